"""Bars: counts side by side, and parts of a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, LEFT, RIGHT, ROW, TOP = 880, 230, 150, 26, 10


@dataclass(frozen=True)
class Stack:
    """One row of parts; `values` in the order of the series."""

    name: str
    values: tuple[float, ...]
    note: str = ""


def stacked_bars(rows: Sequence[Stack], *, title: str, series: Sequence[str]) -> Chart:
    """Each row as a bar of its parts, all rows to one scale."""
    most = max((sum(row.values) for row in rows), default=0) or 1
    canvas = Canvas(WIDTH, TOP + ROW * len(rows) + 6, title=title, description=f"{', '.join(series)} by row")
    for place, row in enumerate(rows):
        y = TOP + ROW * place
        canvas.open("g", role="img", aria_label=f"{row.name}: {_listed(series, row.values)}")
        canvas.add("text", clip(row.name, 34), x=LEFT - 14, y=y + 16, text_anchor="end")
        at = float(LEFT)
        for number, value in enumerate(row.values, start=1):
            width = value / most * (WIDTH - LEFT - RIGHT)
            if width:
                canvas.add("rect", class_=f"bar s{number}", x=at, y=y + 5, width=max(width - 1, 0.5), height=15, rx=2)
            at += width
        canvas.add("text", row.note or f"{sum(row.values):,.0f}", x=at + 8, y=y + 16, class_="soft")
        canvas.close("g")
    return Chart(canvas.svg(), [["", *series], *[[row.name, *map(_said, row.values)] for row in rows]], list(series))


def grouped_bars(rows: Sequence[tuple[str, float, float]], *, title: str, series: tuple[str, str]) -> Chart:
    """Two shares a row, one under the other: the sample beside its population."""
    most = max((max(one, other) for _, one, other in rows), default=0) or 1
    step = 34
    canvas = Canvas(WIDTH, TOP + step * len(rows) + 6, title=title, description=f"{series[0]} beside {series[1]}")
    for place, (name, one, other) in enumerate(rows):
        y = TOP + step * place
        canvas.open("g", role="img", aria_label=f"{name}: {series[0]} {one:.1%}, {series[1]} {other:.1%}")
        canvas.add("text", clip(name, 34), x=LEFT - 14, y=y + 18, text_anchor="end")
        for offset, value, kind in ((4, one, "s1"), (15, other, "s2")):
            width = value / most * (WIDTH - LEFT - RIGHT)
            canvas.add("rect", class_=f"bar {kind}", x=LEFT, y=y + offset, width=max(width, 0.5), height=9, rx=2)
        canvas.add("text", f"{one:.1%} · {other:.1%}", x=WIDTH - RIGHT + 10, y=y + 18, class_="soft")
        canvas.close("g")
    table = [["", *series], *[[name, f"{one:.1%}", f"{other:.1%}"] for name, one, other in rows]]
    return Chart(canvas.svg(), table, list(series))


def _listed(series: Sequence[str], values: Sequence[float]) -> str:
    return ", ".join(f"{name} {value:,.0f}" for name, value in zip(series, values, strict=True))


def _said(value: float) -> str:
    return f"{value:,.0f}"
