"""What the stability page shows: the verdict, the pictures and the items, from a run and its repeats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.models import Run
from evaluation.queries.repeats import Flipping, Repeated, most_flipping, report
from reviewapp.common.charts import Chart, Figure, Legend, Range, range_plot

CHARTED = 25


@dataclass(frozen=True)
class Board:
    """The stability page."""

    one: Repeated
    report: dict[str, Any]
    sentences: list[str]
    tone: str
    chart: Chart | None
    uncharted: int
    f1: list[tuple[Run, float | None]]  # of each repeat, on dev only
    items: list[Flipping]


def board(one: Repeated, names: Mapping[str, str]) -> Board:
    """The page of a run and its repeats; `names` are those of labels."""
    content = report(one)
    found = content["stability"]
    said = _said_labels(found, names) if found else []
    spread = found["micro_f1"] if found else None
    return Board(
        one=one,
        report=content,
        sentences=_verdict(found) if found else [],
        tone="good" if found and found["sets"]["value"] == 0 else "",
        chart=_chart(said[:CHARTED]) if said else None,
        uncharted=max(len(said) - CHARTED, 0),
        f1=list(zip(one.compared, spread["values"], strict=True)) if spread else [],
        items=most_flipping(one),
    )


def _verdict(found: Mapping[str, Any]) -> list[str]:
    sets, times = found["sets"], found["repeats"]
    if sets["value"] is None:
        return ["No item was answered every time, so nothing can be compared."]
    if sets["value"] == 0:
        first = f"All {sets['n']:,} items got the same labels in all {times} runs"
        bound = f"; with so many items up to {sets['high']:.1%} may still flip" if sets["high"] else ""
        sentences = [f"{first}{bound}."]
    else:
        count = round(sets["value"] * sets["n"])
        between = "" if sets["low"] is None else f", between {sets['low']:.1%} and {sets['high']:.1%}"
        sentences = [
            f"{count:,} of {sets['n']:,} items ({sets['value']:.1%}{between}) did not get the same labels in all "
            f"{times} runs."
        ]
        sentences.append(f"Between any two of the runs {found['pairwise']['value']:.1%} of the items differ.")
    if found["answering"]["value"]:
        part = found["answering"]["value"]
        sentences.append(f"{part:.1%} of the items were answered by some runs and not by others; they are not counted.")
    return sentences


def _said_labels(found: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, Mapping[str, Any]]]:
    """The labels that some repeat gave, those that flip most first."""
    said = [
        (names.get(code, code), one) for code, one in found["labels"].items() if one["when_said"]["value"] is not None
    ]
    return sorted(said, key=lambda pair: (-pair[1]["flipped"], -pair[1]["when_said"]["value"], pair[0]))


def _chart(said: list[tuple[str, Mapping[str, Any]]]) -> Chart:
    rows = [
        Range(
            name,
            _figure(one["when_said"]),
            note=f"{one['flipped']:,} of {one['when_said']['n']:,}",
        )
        for name, one in said
    ]
    return range_plot(rows, title="Flip rate by label", legend=Legend("flip rate where it was said"))


def _figure(found: Mapping[str, Any]) -> Figure:
    return Figure(found["value"], found["low"], found["high"])
