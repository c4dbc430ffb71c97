"""What the slices page shows: sentences, marks with their links, and two properties crossed, from a stored audit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from evaluation.stats.cells import SMALLER
from reviewapp.common.charts import Chart, Gap, Square, forest, heat_map

FAMILIES = {"declared": "Attributes", "derived": "Read off the text", "crossed": "Two crossed"}
MEASURES = {"f1": "micro F1", "precision": "precision", "recall": "recall", "exact_match": "exact match"}
CHARTED, SAID, LISTED = 25, 5, 200
NAMED = 4  # values in a sentence
COLUMNS, ROWS = 8, 16  # of a crossed picture, the largest
BLANK = "(blank)"


@dataclass(frozen=True)
class Finding:
    """A slice that stands out, in words."""

    sentence: str
    is_worse: bool
    url: str


@dataclass(frozen=True)
class Row:
    """One slice in the table."""

    by: str
    value: str
    n: int | None
    figures: Mapping[str, Any]
    gap: Mapping[str, Any]
    stands_out: bool
    url: str


@dataclass(frozen=True)
class Crossed:
    """Two properties chosen to be crossed, and their picture."""

    rows_by: str
    columns_by: str
    offered: list[str]
    chart: Chart | None
    left_out: int


@dataclass(frozen=True)
class Board:
    """One family of slices as its tab shows it."""

    report: Mapping[str, Any]
    family: str
    tabs: list[tuple[str, str, int]]  # name, title, how many are worse and stand out
    measure: str
    findings: list[Finding]
    verdict: str
    what_would_change_it: str
    chart: Chart | None
    charted: int
    tested: int
    rows: list[Row]
    left_out: int  # slices that the table does not show
    total: int
    crossed: Crossed | None
    notes: list[str]
    tolerance: float | None
    breaks: bool  # a slice is certainly further below the rest than the objective allows


def board(
    report: Mapping[str, Any],
    *,
    family: str,
    items_url: str,
    rows_by: str = "",
    columns_by: str = "",
    tolerance: float | None = None,
) -> Board:
    """The tab of one family; `items_url` is empty where no items may be seen."""
    mine = _of(report, family)
    tested = sorted((one for one in mine if one["gap"]["p"] is not None), key=lambda one: one["gap"]["value"])
    about = report["families"].get(family, {"tests": 0, "stand_out": 0, "detectable": None, "correction": ""})
    standing = sorted((one for one in tested if one["stands_out"]), key=lambda one: one["gap"]["value"])
    measure = MEASURES[report["measure"]]
    listed = [*tested, *([] if family == "crossed" else _untested(mine))][:LISTED]
    shown = tested if len(tested) <= CHARTED else _ends(tested)
    marks = [_mark(one, items_url) for one in shown]
    return Board(
        report=report,
        family=family,
        tabs=[
            (name, title, sum(one["stands_out"] and one["gap"]["value"] < 0 for one in _of(report, name)))
            for name, title in FAMILIES.items()
            if name in report["families"]
        ],
        measure=measure,
        findings=[
            Finding(_sentence(one, report, about), one["gap"]["value"] < 0, link(one, items_url))
            for one in _without_mirrors(standing, report["items"])[:SAID]
        ],
        verdict=_verdict(about, report["smallest"], more=len(standing) - SAID),
        what_would_change_it=_what_would_change_it(about),
        chart=forest(marks, title=f"Gap in {measure} to the rest, the worst first", measure="gap", tolerance=tolerance)
        if marks
        else None,
        charted=len(shown),
        tested=len(tested),
        rows=[_row(one, items_url) for one in listed],
        left_out=len(mine) - len(listed),
        total=len(mine),
        crossed=_crossed(report, rows_by, columns_by, items_url) if family == "crossed" else None,
        notes=[
            f"{one['name']}: the 30 largest of {one['values']} values are shown, the other {one['pooled']} together as "
            "“other values”."
            for one in report["properties"]
            if one["pooled"] and family in (one["family"], "crossed")
        ]
        + [
            f"The {derived} parts these items just as the attribute {name} does, so it is not shown again."
            for derived, name in report["same"].items()
            if family != "declared"
        ],
        tolerance=tolerance,
        breaks=tolerance is not None
        and any(one["gap"]["high"] is not None and one["gap"]["high"] < -tolerance for one in standing),
    )


def _of(report: Mapping[str, Any], family: str) -> list[Mapping[str, Any]]:
    return [one for one in report["slices"] if one["family"] == family]


def _without_mirrors(standing: Sequence[Mapping[str, Any]], items: int) -> list[Mapping[str, Any]]:
    """Of two slices that are each other's rest only the worse: they say the same."""
    worse = [one for one in standing if one["gap"]["value"] < 0]
    return [
        one
        for one in standing
        if one in worse or not any(one["by"] == other["by"] and one["n"] + other["n"] == items for other in worse)
    ]


def _ends(tested: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The worst, and a few of the best."""
    return [*tested[: CHARTED - 5], *tested[-5:]]


def _untested(mine: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted((one for one in mine if one["gap"]["p"] is None), key=lambda one: (-(one["n"] or 0), one["value"]))


def link(one: Mapping[str, Any], items_url: str) -> str:
    """Where the items of a slice are; nowhere on a held-out split."""
    if not items_url:
        return ""
    query = {"of": "slices", "by": one["by"][0], "value": one["value"][0]}
    if len(one["by"]) > 1:
        query |= {"by2": one["by"][1], "value2": one["value"][1]}
    return f"{items_url}?{urlencode(query)}"


def _mark(one: Mapping[str, Any], items_url: str) -> Gap:
    gap = one["gap"]
    return Gap(
        name=f"{' × '.join(one['by'])}: {_value(one)}" if len(one["by"]) == 1 else _value(one),
        value=gap["value"],
        low=gap["low"],
        high=gap["high"],
        note=f"n {one['n']:,}",
        stands_out=one["stands_out"],
        href=link(one, items_url),
    )


def _value(one: Mapping[str, Any]) -> str:
    return " × ".join(value or BLANK for value in one["value"])


def _row(one: Mapping[str, Any], items_url: str) -> Row:
    return Row(
        by=" × ".join(one["by"]),
        value=_value(one),
        n=one["n"],
        figures={name: one.get(name) for name in ("f1", "precision", "recall", "exact_match", "macro_f1")},
        gap=one["gap"],
        stands_out=one["stands_out"],
        url=link(one, items_url) if one["n"] else "",
    )


def _sentence(one: Mapping[str, Any], report: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    gap, measure = one["gap"], MEASURES[report["measure"]]
    where = " and ".join(_where(by, value, report) for by, value in zip(one["by"], one["value"], strict=True))
    how = "lower" if gap["value"] < 0 else "higher"
    between = ""
    if gap["low"] is not None and gap["high"] is not None:
        ends = sorted((abs(gap["low"]), abs(gap["high"])))
        between = f" (between {ends[0]:.2f} and {ends[1]:.2f})" if gap["low"] * gap["high"] > 0 else ""
    tests = about["tests"]
    after = f", more than chance explains after correcting for {tests} slices" if tests > 1 else ""
    return f"Items whose {where} score {abs(gap['value']):.2f} {how} than the rest in {measure}{between}{after}."


def _where(by: str, value: str, report: Mapping[str, Any]) -> str:
    if value != SMALLER:
        return f"{by} is {f'“{value}”' if value else 'blank'}"
    small: list[str] = next((one["smaller"] for one in report["properties"] if one["name"] == by), [])
    named = ", ".join(f"“{one or BLANK}”" for one in small[:NAMED])
    more = f" or {len(small) - NAMED} others" if len(small) > NAMED else ""
    return f"{by} is one of the smaller values ({named}{more})"


def _verdict(about: Mapping[str, Any], smallest: int, *, more: int) -> str:
    if not about["tests"]:
        return (
            f"Nothing could be tested: no slice has at least {smallest} items with {smallest} others beside it. "
            "Score more items, or slice by an attribute with fewer values."
        )
    if about["stand_out"]:
        rest = about["tests"] - about["stand_out"]
        others = f" {more} more stand out, in the table below." if more > 0 else ""
        stand = "stands" if about["stand_out"] == 1 else "stand"
        return f"{about['stand_out']} of {about['tests']} slices {stand} out; the other {rest} could be chance.{others}"
    found = about["detectable"]
    seen = ""
    if found:
        seen = f" The smallest gap this test could see is about {found['least']:.2f}"
        seen += (
            f", in the smallest slices about {found['most']:.2f}." if found["most"] > found["least"] + 0.005 else "."
        )
    return f"No slice differs from the rest by more than chance would give.{seen}"


def _what_would_change_it(about: Mapping[str, Any]) -> str:
    if not about["tests"]:
        return ""
    return (
        "Four times as many items would halve the gap that can be seen. "
        "Each further value tested makes every test a little stricter, so slice by what matters."
    )


def _crossed(report: Mapping[str, Any], rows_by: str, columns_by: str, items_url: str) -> Crossed | None:
    """The two properties as a picture: those asked for, else the pair with the worst crossed slice."""
    offered = [one["name"] for one in report["properties"] if one["values"] > 1]
    if len(offered) < 2:
        return None
    pairs = [one for one in report["slices"] if one["family"] == "crossed"]
    if rows_by not in offered or columns_by not in offered or rows_by == columns_by:
        tested = [one for one in pairs if one["gap"]["value"] is not None]
        worst = min(tested, key=lambda one: one["gap"]["value"])["by"] if tested else offered[:2]
        rows_by, columns_by = worst
        sizes = {one["name"]: one["values"] for one in report["properties"]}
        if sizes[columns_by] > sizes[rows_by]:
            rows_by, columns_by = columns_by, rows_by
    turned = [rows_by, columns_by] not in [one["by"] for one in pairs]
    mine = [one for one in pairs if one["by"] == ([columns_by, rows_by] if turned else [rows_by, columns_by])]
    cells = {_pair(one, turned): _square(one, report, items_url) for one in mine}
    rows, columns = _largest(report, rows_by, ROWS), _largest(report, columns_by, COLUMNS)
    left_out = sum(place[0] not in rows or place[1] not in columns for place in cells)
    chart = heat_map(
        {(row or BLANK, column or BLANK): square for (row, column), square in cells.items()},
        rows=[value or BLANK for value in rows],
        columns=[value or BLANK for value in columns],
        title=f"{MEASURES[report['measure']]} by {rows_by} and {columns_by}",
        measure=MEASURES[report["measure"]],
    )
    return Crossed(rows_by, columns_by, offered, chart if cells else None, left_out)


def _pair(one: Mapping[str, Any], turned: bool) -> tuple[str, str]:
    first, second = one["value"]
    return (second, first) if turned else (first, second)


def _square(one: Mapping[str, Any], report: Mapping[str, Any], items_url: str) -> Square:
    figure = one.get(report["measure"]) or {"value": None}
    return Square(
        value=figure["value"],
        distance=one["gap"]["value"],
        n=one["n"],
        note="" if figure["value"] is not None else f"under {report['smallest']} items",
        stands_out=one["stands_out"],
        href=link(one, items_url),
    )


def _largest(report: Mapping[str, Any], name: str, most: int) -> list[str]:
    """The largest values of a property, in their own order: 51-250 before 251+."""
    found = [one for one in report["slices"] if one["by"] == [name] and one["value"] != [SMALLER]]
    kept = sorted(found, key=lambda one: (-one["n"], one["value"]))[:most]
    return sorted((one["value"][0] for one in kept), key=_by_number)


def _by_number(value: str) -> tuple[tuple[int, int, str], ...]:
    """Runs of digits as numbers, and whatever is between them."""
    parts = re.findall(r"\d+|\D+", value)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
