"""May the model take a rater's place? And what the whole collection looks like, from a few labels and many predictions.

Ratings are those of the release's round, of the items that the run was scored on, and only once the round has ended.
Raters are numbered here, in the order of their public ids; who may read their names is for the page to say.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.analyses.asked import Asked
from evaluation.queries.pairing import Paired, Said
from evaluation.queries.population import predictions_of_rest, run_called
from evaluation.queries.ratings import numbers_of_raters, ratings_of
from evaluation.queries.small_cells import SMALLEST_CELL, hidden_estimate
from evaluation.stats.alt_test import EPSILONS, LIKENESSES, alt_test
from evaluation.stats.prediction_powered import METHOD, Powered, powered_mean
from evaluation.stats.types import undefined
from labeling.enums import RoundState
from labeling.queries.golden import Gold
from reviewapp.common.errors import Refused

DEFAULTS: dict[str, Any] = {"epsilon": EPSILONS["expert"], "likeness": "jaccard", "population": ""}
FORMAT = 3
LEAST_POSITIVES = 5  # gold items that have a label: with fewer the normal interval means nothing
LEAST_PREDICTED = 10  # items with gold where a label was predicted, for its precision
NO_ROUND = "no_round"
STILL_OPEN = "still_open"
NO_POPULATION = "no_population"


def compute(asked: Asked) -> dict[str, Any]:
    epsilon, likeness = float(asked.parameters["epsilon"]), str(asked.parameters["likeness"])
    if not 0 <= epsilon < 1:
        raise Refused("Epsilon is from 0 to below 1: .2 for experts, .15 for trained raters, .1 for a crowd.")
    if likeness not in LIKENESSES:
        raise Refused(f"Label sets are compared by {' or '.join(LIKENESSES)}, not by “{likeness}”.")
    return {
        "alt_test": _against_people(asked, epsilon, likeness),
        "population": _population(asked.paired, str(asked.parameters["population"])),
        "interval": {
            "method": f"bootstrap over items; Wilson for shares; prevalence by {METHOD}",
            "resamples": asked.resampling.resamples,
            "level": 0.95,
            "seed": asked.resampling.seed,
        },
    }


def _against_people(asked: Asked, epsilon: float, likeness: str) -> dict[str, Any]:
    in_round = asked.paired.release.round
    if in_round is None:
        return {"missing": NO_ROUND}
    if in_round.state == RoundState.OPEN:
        return {"missing": STILL_OPEN, "round": in_round.name}
    predicted = {
        entry.external_id: answer for entry, answer in zip(asked.paired.gold, asked.paired.predicted, strict=True)
    }
    ratings = ratings_of(in_round)
    numbers = numbers_of_raters(ratings)
    found = alt_test(
        ratings=[rating for rating in ratings if rating[0] in predicted],
        predicted=predicted,
        epsilon=epsilon,
        likeness=likeness,
        resamples=asked.resampling.resamples,
        seed=asked.resampling.seed,
    ).as_dict()
    del found["interval"]
    for one in found["raters"]:
        one["rater"] = numbers[one["rater"]]
    return {"round": in_round.name, **found}


def _population(paired: Paired, wanted: str) -> dict[str, Any]:
    """Prevalence of each label in everything that a run has answered; gold corrects what the run gets wrong."""
    run = run_called(paired.run, wanted)
    said, pool = predictions_of_rest(run, [entry.item_id for entry in paired.gold])
    labelled = [
        (entry, said[entry.item_id]) for entry in paired.gold if entry.item_id in said
    ]  # a label without a prediction has nothing to correct
    if len(pool) < 2 or len(labelled) < 2:
        return {"missing": NO_POPULATION, "run": run.name, "labelled": len(labelled), "unlabelled": len(pool)}
    weights = [entry.weight for entry, _ in labelled]
    known = dict.fromkeys([*paired.codes, *sorted({code for answer in pool for code in answer.labels})])
    labels, rare = {}, 0
    for code in known:
        found = powered_mean(
            [float(code in entry.labels) for entry, _ in labelled],
            [float(code in answer.labels) for _, answer in labelled],
            [float(code in answer.labels) for answer in pool],
            weights=weights,
        )
        if sum(code in entry.labels for entry, _ in labelled) < LEAST_POSITIVES:
            rare += bool(found.naive.value or found.labels_only.value)
            continue
        if found.naive.value or found.labels_only.value:
            labels[code] = _as_shares(found)
    return {
        "run": run.name,
        "labelled": len(labelled),
        "unlabelled": len(pool),
        "weighted": len(set(weights)) > 1,
        "all_labels": _precision_of_all(labelled, pool, weights),
        "labels": labels,
        "rare": rare,
        "least_positives": LEAST_POSITIVES,
        "precision": {code: _precision(code, labelled, pool, weights) for code in labels},
    }


def _precision_of_all(
    labelled: Sequence[tuple[Gold, Said]], pool: Sequence[Said], weights: Sequence[float]
) -> dict[str, Any]:
    """The share of all labels predicted that are right: right ones an item, over labels predicted an item.

    The second is counted over the whole collection. Stated confidences, or 1 without one, stand in for right ones.
    """
    each = [len(answer.labels) for answer in [*pool, *(answer for _, answer in labelled)]]
    divisor = sum(each) / len(each)
    if not divisor:
        return {name: undefined(0, "nothing was predicted").as_dict() for name in ("powered", "labels_only", "naive")}
    found = powered_mean(
        [len(entry.labels & answer.labels) / divisor for entry, answer in labelled],
        [_expected(answer) / divisor for _, answer in labelled],
        [_expected(answer) / divisor for answer in pool],
        weights=weights,
    )
    return _as_shares(found)


def _expected(answer: Said) -> float:
    """How many of an answer's labels are right, if its confidences are to be believed."""
    stated = (answer.confidences.get(code) for code in answer.labels)
    return sum(1.0 if one is None else one for one in stated)


def _precision(
    code: str, labelled: Sequence[tuple[Gold, Said]], pool: Sequence[Said], weights: Sequence[float]
) -> dict[str, Any]:
    """How often the label is right where it is predicted, its stated confidence standing in for the unlabelled."""
    mine = [
        (float(code in entry.labels), answer.confidences.get(code), weight)
        for (entry, answer), weight in zip(labelled, weights, strict=True)
        if code in answer.labels
    ]
    if len(mine) < LEAST_PREDICTED:
        reason = f"predicted for {len(mine)} items with gold, fewer than {LEAST_PREDICTED}"
        return {"labels_only": undefined(len(mine), reason).as_dict(), "labelled": len(mine)}
    rest = [answer.confidences.get(code) for answer in pool if code in answer.labels]
    stated = [(right, confidence, weight) for right, confidence, weight in mine if confidence is not None]
    told = [confidence for confidence in rest if confidence is not None]
    if len(stated) < len(mine) or len(told) < len(rest):  # without confidences the predictions say nothing of precision
        found = powered_mean([one[0] for one in mine], [0.0] * len(mine), [], weights=[one[2] for one in mine])
        return {"labels_only": _cut(found.labels_only.as_dict()), "labelled": len(mine), "unlabelled": len(rest)}
    full: Powered = powered_mean(
        [one[0] for one in stated], [one[1] for one in stated], told, weights=[one[2] for one in stated]
    )
    return _as_shares(full)


def _as_shares(found: Powered) -> dict[str, Any]:
    """The estimates with intervals cut to what a share can be: the normal one does not know where shares end."""
    content = found.as_dict()
    return content | {name: _cut(content[name]) for name in ("powered", "labels_only")}


def _cut(estimate: dict[str, Any]) -> dict[str, Any]:
    ends = {name: min(1.0, max(0.0, estimate[name])) for name in ("low", "high") if estimate[name] is not None}
    return estimate | ends


def table(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a rater, then one a label of the collection."""
    rows = [
        {
            "kind": "rater",
            "name": one["rater"],
            "items": one["items"],
            "model_wins": one["model_wins"]["value"],
            "model_wins_low": one["model_wins"]["low"],
            "model_wins_high": one["model_wins"]["high"],
            "rater_wins": one["rater_wins"]["value"],
            "advantage": one["advantage"]["value"],
            "advantage_low": one["advantage"]["low"],
            "advantage_high": one["advantage"]["high"],
            "p": one["p"],
            "p_adjusted": one["p_adjusted"],
            "may_replace": one["may_replace"],
            "note": one.get("reason", ""),
        }
        for one in report["alt_test"].get("raters", ())
    ]
    rows += [
        {
            "kind": "label",
            "name": code,
            "items": one["labelled"],
            "others": one["unlabelled"],
            "prevalence": one["powered"]["value"],
            "prevalence_low": one["powered"]["low"],
            "prevalence_high": one["powered"]["high"],
            "labels_only": one["labels_only"]["value"],
            "labels_only_low": one["labels_only"]["low"],
            "labels_only_high": one["labels_only"]["high"],
            "model_share": one["naive"]["value"],
            "lambda": one["lambda"],
        }
        for code, one in report["population"].get("labels", {}).items()
    ]
    return rows


def redact(report: Mapping[str, Any]) -> dict[str, Any]:
    """On a held-out split: no figure of a label or a rater with fewer than 20 items, none of precision."""
    population = dict(report["population"])
    labelled = population.get("labelled", 0)
    if labelled < SMALLEST_CELL:
        population = {name: population[name] for name in ("run", "unlabelled") if name in population}
        population |= {"missing": NO_POPULATION, "labelled": 0}
    if "labels" in population:
        population["labels"] = {
            code: one
            for code, one in population["labels"].items()
            if round(one["labels_only"]["value"] * labelled) >= SMALLEST_CELL
        }
    population.pop("precision", None)
    people = dict(report["alt_test"])
    if "raters" in people:
        people["raters"] = [one if one["items"] >= SMALLEST_CELL else _hidden(one) for one in people["raters"]]
    return {**report, "alt_test": people, "population": population}


def _hidden(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, **{name: hidden_estimate() for name in ("model_wins", "rater_wins", "advantage")}}
