"""What the calibration page shows: sentences, pictures and the table of thresholds, from a stored analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from reviewapp.common.charts import Chart, Dot, Mark, Series, curve, dot_plot, reliability

MEASURES = {
    "ece_width": ("ECE, equal width", "mean distance between stated and right, over bins of equal width"),
    "ece_mass": ("ECE, equal mass", "the same over bins with as many decisions each"),
    "mce_width": ("MCE", "the largest distance of any bin"),
    "brier": ("Brier score", "mean squared distance of each confidence from what was true; 0 is best"),
    "log_loss": ("Log loss", "how surprised one would be who believed the confidences; 0 is best"),
}
WAYS = {"platt": "Platt (two numbers)", "temperature": "Temperature (one number)", "isotonic": "Isotonic (steps)"}
CHARTED = 25
SERIES = {
    "precision": "accepted labels that are right",
    "recall": "gold labels that are accepted",
    "items_accepted": "items accepted without a person",
    "items_right": "accepted items that are right",
}


@dataclass(frozen=True)
class Row:
    """A line of the table of measures."""

    name: str
    meaning: str
    estimate: Mapping[str, Any]
    perfect: Mapping[str, float] | None


@dataclass(frozen=True)
class Board:
    """The calibration page."""

    report: Mapping[str, Any]
    sentences: list[str]
    tone: str
    change: str
    chart: Chart
    rows: list[Row]
    labels: Chart | None
    ways: list[tuple[str, Mapping[str, Any], bool]]
    slider: "Slider | None"


@dataclass(frozen=True)
class Slider:
    """The thresholds, the one chosen, and what each would bring."""

    chosen: int
    steps: Sequence[Mapping[str, Any]]
    chart: Chart
    script: list[list[Any]]  # for the script: of each threshold the texts of its figures

    @property
    def now(self) -> Mapping[str, Any]:
        return self.steps[self.chosen]

    @property
    def listed(self) -> list[Mapping[str, Any]]:
        return [step for place, step in enumerate(self.steps) if place % 5 == 0]


def board(
    report: Mapping[str, Any],
    *,
    names: Mapping[str, str],
    items_url: str,
    binning: str,
    threshold: float,
    target: float | None = None,
) -> Board:
    """The page of a report; `names` are those of labels, `items_url` is empty where no items may be shown."""
    parameters = report["parameters"]
    asked = {"of": "calibration", "label": parameters["label"], "slice": parameters["slice"]}
    marks = [
        Mark(
            low=one["low"],
            high=one["high"],
            n=one["n"],
            confidence=one["confidence"],
            right=one["right"]["value"],
            right_low=one["right"]["low"],
            right_high=one["right"]["high"],
            href=_link(items_url, asked | {"binning": binning, "bins": parameters["bins"], "bin": place}),
        )
        for place, one in enumerate(report["bins"][binning])
    ]
    sentences, tone = _said(report)
    return Board(
        report=report,
        sentences=sentences,
        tone=tone,
        change=_change(report),
        chart=reliability(marks, title="Stated confidence and how often it was right"),
        rows=[
            Row(title, meaning, report["measures"][name], report["perfect"].get(name))
            for name, (title, meaning) in MEASURES.items()
        ],
        labels=_labels(report["labels"], names, items_url),
        ways=[
            (title, report["recalibration"]["after"][way], way == report["recalibration"]["recommended"])
            for way, title in WAYS.items()
            if way in report["recalibration"]["after"]
        ],
        slider=_slider(report["thresholds"], threshold, target),
    )


def group_name(group: str, members: Sequence[str], names: Mapping[str, str]) -> str:
    if not group:
        return "all other labels"
    name = names.get(group, group)
    return name if list(members) == [group] else f"{name} and below"


def _link(items_url: str, query: Mapping[str, Any]) -> str:
    return f"{items_url}?{urlencode(query)}" if items_url else ""


def _said(report: Mapping[str, Any]) -> tuple[list[str], str]:
    gap, stated, right = (report["measures"][name] for name in ("gap", "confidence", "right"))
    if gap["value"] is None:
        return ["This run states no confidences, so there is nothing to hold it to."], ""
    found = [
        f"On average it states {stated['value']:.2f} and is right {right['value']:.0%} of the time{_between(right)}."
    ]
    tone = ""
    if gap["high"] is not None and gap["high"] < 0:
        found[0] = found[0][:-1] + ": it promises too much."
        tone = "bad"
    elif gap["low"] is not None and gap["low"] > 0:
        found[0] = found[0][:-1] + ": it promises too little."
    elif gap["low"] is not None:
        found[0] = found[0][:-1] + ": on average it keeps what it states, as far as these items can tell."
    sure = next(
        (one for one in reversed(report["bins"]["width"]) if one["n"] >= 10 and one["right"]["value"] is not None), None
    )
    if sure:
        found.append(
            f"Where it is surest, from {sure['low']:.1f} on, it is right {sure['right']['value']:.0%} of the time"
            f"{_between(sure['right'])}, {sure['n']:,} decisions."
        )
    return found, tone


def _between(estimate: Mapping[str, Any]) -> str:
    if estimate["low"] is None:
        return ""
    return f" (between {estimate['low']:.0%} and {estimate['high']:.0%})"


def _change(report: Mapping[str, Any]) -> str:
    ece, perfect = report["measures"]["ece_width"], report["perfect"]["ece_width"]
    if ece["value"] is None or perfect is None:
        return ""
    if ece["value"] <= perfect["high"]:
        return (
            f"The distance between stated and right (ECE {ece['value']:.3f}) is no larger than perfect confidences "
            f"would show with so few decisions (up to {perfect['high']:.3f}). More decisions could still show a fault."
        )
    return (
        f"The distance between stated and right (ECE {ece['value']:.3f}) is more than the {perfect['high']:.3f} that "
        f"chance would give perfect confidences. A map from stated to true chances would mend it: see below."
    )


def _labels(found: Sequence[Mapping[str, Any]], names: Mapping[str, str], items_url: str) -> Chart | None:
    """The gap of each group of labels, the worst promise first."""
    told = sorted((one for one in found if one["gap"]["value"] is not None), key=lambda one: one["gap"]["value"])
    if not told:
        return None
    return dot_plot(
        [
            Dot(
                group_name(one["group"], one["labels"], names),
                one["gap"]["value"],
                one["gap"]["low"],
                one["gap"]["high"],
                note=f"n {one['n']}",
                href=_link(items_url, {"of": "calibration", "label": one["group"]}) if one["group"] else "",
            )
            for one in told[:CHARTED]
        ],
        title="Share right minus stated confidence, by label",
        measure="gap",
        start=-1.0,
        target=0.0,
    )


def _slider(steps: Sequence[Mapping[str, Any]], threshold: float, target: float | None) -> Slider | None:
    if not steps:
        return None
    chosen = min(range(len(steps)), key=lambda place: abs(steps[place]["threshold"] - threshold))
    series = [
        Series(title, [(step[name]["value"], step[name]["low"], step[name]["high"]) for step in steps])
        for name, title in SERIES.items()
    ]
    chart = curve(
        [step["threshold"] for step in steps],
        series,
        title="What each threshold accepts",
        axis="threshold on stated confidence",
        chosen=chosen,
        target=target,
    )
    script = [[f"{step['threshold']:.2f}", *(_text(step[name]) for name in SERIES)] for step in steps]
    return Slider(chosen, steps, chart, script)


def _text(estimate: Mapping[str, Any]) -> list[str]:
    """Value and interval as the page writes them."""
    if estimate["value"] is None:
        return ["–", estimate.get("reason", "")]
    if estimate["low"] is None:
        return [f"{estimate['value']:.1%}", ""]
    return [f"{estimate['value']:.1%}", f"{estimate['low']:.1%} to {estimate['high']:.1%}"]
