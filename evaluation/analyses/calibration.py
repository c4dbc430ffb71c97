"""Whether stated confidences hold, what a map would mend, and what each threshold would accept."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from evaluation.analyses.asked import Asked
from evaluation.queries.pairing import Paired
from evaluation.queries.small_cells import hidden_estimate, hidden_values, kept_cuts
from evaluation.stats import calibration as stats
from evaluation.stats.decisions import Decisions, decisions
from evaluation.stats.intervals import Plan
from evaluation.stats.recalibration import recalibrated
from evaluation.stats.thresholds import MEASURES, thresholds
from evaluation.stats.venn_abers import venn_abers
from reviewapp.common.errors import Refused

DEFAULTS: dict[str, Any] = {"bins": 10, "label": "", "slice": ""}
FORMAT = 1
ASKED = tuple(step / 20 for step in range(1, 20))  # confidences whose Venn-Abers interval is shown


def compute(asked: Asked) -> dict[str, Any]:
    bins = int(asked.parameters["bins"])
    if not 2 <= bins <= 50:
        raise Refused("There are between 2 and 50 bins.")
    plan = Plan(asked.resampling.resamples, asked.resampling.seed)
    whole = of_run(asked.paired)
    groups = stats.pooled_labels(whole, asked.paired.parents)
    found = chosen(asked.paired, whole, groups, label=asked.parameters["label"], part=asked.parameters["slice"])
    inside = _inside(asked.paired, asked.parameters["slice"])
    gold = [len(entry.labels) if kept else 0 for entry, kept in zip(asked.paired.gold, inside, strict=True)]
    is_whole = not asked.parameters["label"] and not asked.parameters["slice"]
    return {
        **stats.calibration(found, bins=bins, plan=plan).as_dict(),
        "items_total": int(inside.sum()),
        "unstated": whole.unstated,
        "labels": _labels(whole, groups, plan),
        "recalibration": recalibrated(found, plan=plan).as_dict(),
        "venn_abers": [one.as_dict() for one in venn_abers(found.confidence, found.right, ASKED)]
        if found.count
        else [],
        "thresholds": [one.as_dict() for one in thresholds(whole, gold=gold)] if is_whole and whole.count else [],
        "interval": plan.resampled(len(asked.paired.gold)).as_dict(),
    }


def of_run(paired: Paired) -> Decisions:
    return decisions(
        gold=[entry.labels for entry in paired.gold],
        confidences=[
            None if said is None else {code: said.confidences.get(code) for code in said.labels} for said in paired.said
        ],
    )


def chosen(paired: Paired, whole: Decisions, groups: Mapping[str, list[str]], *, label: str, part: str) -> Decisions:
    """The decisions about one group of labels, on one slice of items."""
    kept = np.ones(whole.count, dtype=bool)
    if label:
        if label not in groups:
            raise Refused(f"“{label}” is not a label or group with enough decisions to look at alone.")
        kept &= np.isin(whole.label, groups[label])
    return whole.of(kept & _inside(paired, part)[whole.item])


def _inside(paired: Paired, part: str) -> np.ndarray:
    """Which items are in a slice, written attribute=value; all for an empty text."""
    if not part:
        return np.ones(len(paired.gold), dtype=bool)
    name, equals, value = part.partition("=")
    if not equals or name not in paired.run.project.slices:
        raise Refused(f"“{part}” is no slice of this project. Write it as attribute=value.")
    return np.array([str(entry.attributes.get(name, "")) == value for entry in paired.gold], dtype=bool)


def _labels(whole: Decisions, groups: Mapping[str, list[str]], plan: Plan) -> list[dict[str, Any]]:
    """Each group of labels: how sure the run is of them, how often it is right, and the gap."""
    found = []
    for name, members in groups.items():
        one = stats.calibration(whole.of(np.isin(whole.label, members)), plan=plan)
        measures = {key: one.measures[key].as_dict() for key in ("confidence", "right", "gap", "ece_width", "brier")}
        found.append({"group": name, "labels": members, "n": one.n, **measures})
    return found


def table(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a bin, then one a group of labels, then one a threshold."""
    rows: list[dict[str, Any]] = []
    for binning, found in report["bins"].items():
        for one in found:
            what = {"part": f"bin of equal {binning}", "name": f"{one['low']:g} to {one['high']:g}", "n": one["n"]}
            rows.append(what | {"stated": one["confidence"]} | _figure("right", one["right"]))
    for one in report["labels"]:
        what = {"part": "labels", "name": one["group"] or "all other labels", "n": one["n"]}
        rows.append(what | {"stated": one["confidence"]["value"]} | _figure("right", one["right"]))
    for one in report["thresholds"]:
        line = {"part": "threshold", "name": f"{one['threshold']:.2f}", "n": one["precision"]["n"]}
        for name in MEASURES:
            line |= _figure(name, one[name])
        rows.append(line)
    return rows


def _figure(name: str, estimate: Mapping[str, Any]) -> dict[str, Any]:
    return {name: estimate["value"], f"{name}_low": estimate["low"], f"{name}_high": estimate["high"]}


def redact(report: Mapping[str, Any]) -> dict[str, Any]:
    """What a held-out split may show: nothing of fewer than 20 decisions or items, and no two figures that differ by
    fewer, since a run may state a confidence of its own for each item.

    So of thresholds and bins of equal width only those whose ends are far apart; no bins of equal mass, whose ends lie
    between; no steps that were fitted to single decisions.
    """
    steps = report["thresholds"]
    counts = [(one["precision"]["n"], one["items_right"]["n"]) for one in steps]
    edges = {round(one[end], 9) for one in report["bins"]["width"] for end in ("low", "high")}
    at = {round(one["threshold"], 9): place for place, one in enumerate(steps)}
    kept = kept_cuts(
        counts, sorted(range(len(steps)), key=lambda at: (round(steps[at]["threshold"], 9) not in edges, at))
    )

    def between(one: Mapping[str, Any]) -> bool:
        low, high = (at.get(round(one[end], 9), -1) for end in ("low", "high"))
        above = counts[high][0] if high in kept and one["high"] < 1 else 0
        return low in kept and (one["high"] >= 1 or high in kept) and one["n"] == counts[low][0] - above

    return {
        **report,
        "bins": {
            "width": [one if between(one) else _hidden_bin(one) for one in report["bins"]["width"]],
            "mass": [_hidden_bin(one) for one in report["bins"]["mass"]],
        },
        "labels": _labels_to_show(report),
        "thresholds": [
            one if place in kept else one | {name: hidden_estimate() for name in ("precision", "recall", "items_right")}
            for place, one in enumerate(steps)
        ],
        "venn_abers": [],
        "recalibration": report["recalibration"]
        | {"maps": {way: one for way, one in report["recalibration"]["maps"].items() if way != "isotonic"}},
    }


def _hidden_bin(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "n": 0, "confidence": None, "right": hidden_estimate(0)}


def _labels_to_show(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """None where some confidence is wanting: beside the scores those labels would tell of the decisions without."""
    few = hidden_values({one["group"]: one["n"] for one in report["labels"]})
    return [] if report["unstated"] else [one for one in report["labels"] if one["group"] not in few]


def members(paired: Paired, wanted: Mapping[str, str]) -> tuple[str, list[int]]:
    """The items with a decision in one bin, or of one group of labels."""
    whole = of_run(paired)
    groups = stats.pooled_labels(whole, paired.parents)
    found = chosen(paired, whole, groups, label=wanted.get("label", ""), part=wanted.get("slice", ""))
    binning = "mass" if wanted.get("binning") == "mass" else "width"
    asked = wanted.get("bin", "")
    if not asked.isdecimal() or len(asked) > 3:
        return "with a label of this group", sorted({int(place) for place in found.item})
    bins = int(wanted["bins"]) if wanted.get("bins", "").isdecimal() and len(wanted["bins"]) < 4 else DEFAULTS["bins"]
    places, edges = stats.places_in(binning, found.confidence, min(max(bins, 2), 50))
    number = min(int(asked), len(edges) - 2)
    said = f"with a label whose stated confidence is from {edges[number]:.2g} to {edges[number + 1]:.2g}"
    return said, sorted({int(place) for place in found.item[places == number]})
