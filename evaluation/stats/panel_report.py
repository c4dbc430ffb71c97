"""All figures of a panel in one report: of scores by a rubric, or of choices between two outputs.

People and models that judge are never pooled: a judge's means stand apart, with how far they lie from the people's on
the same outputs.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from evaluation.stats.bradley_terry import bradley_terry
from evaluation.stats.halo import halo
from evaluation.stats.item_ratios import ratio_over_items
from evaluation.stats.panel_agreement import criterion_agreement
from evaluation.stats.panel_scores import PLAIN, Rated, Sampled, adjust, paired_differences, run_means
from evaluation.stats.resampling import Plan
from evaluation.stats.severity import Deviation, deviations, drift, severity
from evaluation.stats.signed_ranks import signed_ranks
from evaluation.stats.types import LEVEL
from evaluation.stats.win_rate import Chosen, choice_agreement, net_of_items, position_bias, tables_of_items, win_rate

SCALE = (1, 2, 3, 4, 5)
GAPS = 20
WIDE = 2  # points between the lowest and the highest score of an output


def scores_report(
    people: Sequence[Rated],
    judges: Sequence[Rated],
    *,
    runs: Sequence[str],
    criteria: Sequence[str],
    plan: Plan,
    sampled: Sampled = PLAIN,
    reserves: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Of a panel that scores. Runs, raters, items and criteria are named by the keys given.

    Agreement leaves out `reserves`: they are asked where the others differ, so their outputs are the hard ones.
    """
    raters = sorted({one.rater for one in people})
    regular = [rater for rater in raters if rater not in reserves]
    deviating = deviations(people)
    return {
        "kind": "scores",
        "interval": _interval(plan),
        "ratings": len(people),
        "items": len({one.item for one in people}),
        "reserves": sorted(reserves & set(raters)),
        "means": _means(people, runs, criteria, plan, sampled),
        "differences": [
            one.as_dict() for one in paired_differences(people, runs, criteria, plan=plan, sampled=sampled)
        ],
        "agreement": [
            criterion_agreement(people, one, regular, scale=SCALE, plan=plan, sampled=sampled).as_dict()
            for one in criteria
        ],
        "raters": [_rater(rater, deviating, criteria, plan, sampled) for rater in raters],
        "halo": [one.as_dict() for one in halo(people, deviating, criteria, plan=plan, sampled=sampled)],
        "gaps": _gaps(people, criteria, plan, sampled),
        "judges": [
            _judge(judge, [one for one in judges if one.rater == judge], people, runs, criteria, plan, sampled)
            for judge in sorted({one.rater for one in judges})
        ],
    }


def pairs_report(
    people: Sequence[Chosen], judges: Sequence[Chosen], *, runs: Sequence[str], plan: Plan, sampled: Sampled = PLAIN
) -> dict[str, Any]:
    """Of a panel that chooses between two."""
    return {
        "kind": "pairs",
        "interval": _interval(plan),
        **_of_choices(people, runs, plan, sampled),
        "judges": [
            {"rater": judge}
            | _of_choices([one for one in judges if one.rater == judge], runs, plan, sampled, is_one=True)
            for judge in sorted({one.rater for one in judges})
        ],
    }


def _interval(plan: Plan) -> dict[str, Any]:
    method = {"bca": "BCa bootstrap over items", "percentile": "percentile bootstrap over items"}[plan.method]
    return {"method": method, "resamples": plan.resamples, "level": LEVEL, "seed": plan.seed}


def _means(
    rated: Sequence[Rated], runs: Sequence[str], criteria: Sequence[str], plan: Plan, sampled: Sampled
) -> list[dict[str, Any]]:
    found = run_means(rated, runs, criteria, plan=plan, sampled=sampled)
    return [
        {"run": run, "criterion": criterion} | found[(run, criterion)].as_dict()
        for criterion in criteria
        for run in runs
    ]


def _rater(
    rater: str, deviating: Sequence[Deviation], criteria: Sequence[str], plan: Plan, sampled: Sampled
) -> dict[str, Any]:
    own = [one for one in deviating if one.rater == rater]
    return {
        "rater": rater,
        "severity": severity(own, plan=plan, sampled=sampled).as_dict(),
        "criteria": {
            criterion: severity(
                [one for one in own if one.criterion == criterion], plan=plan, sampled=sampled
            ).as_dict()
            for criterion in criteria
        },
        "drift": drift(own, plan=plan, sampled=sampled).as_dict(),
    }


def _gaps(people: Sequence[Rated], criteria: Sequence[str], plan: Plan, sampled: Sampled) -> dict[str, Any]:
    """The outputs that raters are widest apart on, and how often they are two points or more apart."""
    given: dict[tuple[str, str], list[Rated]] = defaultdict(list)
    for one in people:
        given[(one.item, one.run)].append(one)
    rows: list[dict[str, Any]] = []
    wide: dict[str, dict[str, tuple[float, float]]] = {criterion: {} for criterion in criteria}
    for (item, run), ratings in sorted(given.items()):
        for criterion in criteria:
            scores = {one.rater: one.scores[criterion] for one in ratings if criterion in one.scores}
            if len(scores) < 2:
                continue
            gap = max(scores.values()) - min(scores.values())
            above, below = wide[criterion].get(item, (0.0, 0.0))
            wide[criterion][item] = (above + (gap >= WIDE), below + 1)
            if gap >= 1:
                rows.append({"item": item, "run": run, "criterion": criterion, "gap": gap, "scores": scores})
    rows.sort(key=lambda row: (-row["gap"], -float(np.var(list(row["scores"].values()))), row["item"]))
    shares = {
        criterion: ratio_over_items(parts, plan=plan, strata=sampled.strata).as_dict()
        for criterion, parts in wide.items()
    }
    return {"wide": WIDE, "shares": shares, "outputs": rows[:GAPS], "apart": len(rows)}


def _judge(
    judge: str,
    rated: Sequence[Rated],
    people: Sequence[Rated],
    runs: Sequence[str],
    criteria: Sequence[str],
    plan: Plan,
    sampled: Sampled,
) -> dict[str, Any]:
    against = deviations(rated, people)
    return {
        "rater": judge,
        "ratings": len(rated),
        "means": _means(rated, runs, criteria, plan, sampled),
        "above_people": {
            criterion: severity(
                [one for one in against if one.criterion == criterion], plan=plan, sampled=sampled
            ).as_dict()
            for criterion in criteria
        },
    }


def _of_choices(
    chosen: Sequence[Chosen], runs: Sequence[str], plan: Plan, sampled: Sampled, *, is_one: bool = False
) -> dict[str, Any]:
    tables = tables_of_items(chosen, runs)
    content = {
        "choices": len(chosen),
        "items": len({one.item for one in chosen}),
        "win_rates": win_rates(chosen, runs, plan, sampled),
        "strengths": bradley_terry(tables, runs, plan=plan, strata=sampled.strata).as_dict(),
    }
    if not is_one:  # a judge is asked in both orders: its bias of place is told with its comparison
        content["position"] = position_bias(chosen, plan=plan, strata=sampled.strata).as_dict()
        content["agreement"] = choice_agreement(chosen, plan=plan, strata=sampled.strata).as_dict()
    return content


def win_rates(chosen: Sequence[Chosen], runs: Sequence[str], plan: Plan, sampled: Sampled) -> list[dict[str, Any]]:
    """Of every two runs, how often the first wins, with the corrected test."""
    pairs = list(combinations(runs, 2))
    tests = [signed_ranks(net_of_items(chosen, *pair)) for pair in pairs]
    adjusted = adjust([test.p for test in tests])
    return [
        {
            "a": a,
            "b": b,
            "a_wins": win_rate(chosen, a, b, plan=plan, strata=sampled.strata).as_dict(),
            "choices": sum({one.a, one.b} == {a, b} for one in chosen),
            "ties": sum({one.a, one.b} == {a, b} and one.better == "t" for one in chosen),
            "wilcoxon": test.as_dict(),
            "p_adjusted": p,
        }
        for (a, b), test, p in zip(pairs, tests, adjusted, strict=True)
    ]
