"""Shares told three ways, one a row: the estimate with its interval, that from less, and a bare figure beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 880, 230, 170, 30, 34, 8
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
TICKS = 6


@dataclass(frozen=True)
class Share:
    """One row. `thin` is the wider interval drawn under the estimate's own; `bare` a figure without one."""

    name: str
    value: float
    low: float | None
    high: float | None
    thin: tuple[float, float] | None = None
    bare: float | None = None
    note: str = ""


def share_plot(rows: Sequence[Share], *, title: str, series: tuple[str, str, str]) -> Chart:
    """Draw the rows in their order from 0 to the largest of their figures; `series` names estimate, thin and bare."""
    height = TOP + ROW * len(rows) + BOTTOM
    canvas = Canvas(WIDTH, height, title=title, description=f"{', '.join(series)}, {len(rows)} rows")
    most = max((end for row in rows for end in _ends(row)), default=0.05)
    step = next((one for one in STEPS if most / one <= TICKS), 0.2)
    reach = max(most, step) * 1.04

    def x(value: float) -> float:
        return LEFT + min(max(value, 0.0), reach) / reach * (WIDTH - LEFT - RIGHT)

    canvas.open("g", class_="axis")
    for number in range(int(reach / step) + 1):
        at = x(number * step)
        canvas.add("line", class_="base" if number == 0 else "grid", x1=at, x2=at, y1=TOP - 8, y2=height - BOTTOM)
        canvas.add("text", f"{number * step:.0%}", x=at, y=TOP - 14, text_anchor="middle")
    canvas.close("g")
    for place, row in enumerate(rows):
        _draw(canvas, row, y=TOP + ROW * place + ROW / 2, x=x, series=series)
    table = [["", series[0], "low", "high", f"{series[1]}, low", f"{series[1]}, high", series[2], ""]]
    for row in rows:
        figures = (row.value, row.low, row.high, *(row.thin or (None, None)), row.bare)
        table.append([row.name, *map(_said, figures), row.note])
    return Chart(canvas.svg(), table)


def _ends(row: Share) -> list[float]:
    return [end for end in (row.value, row.high, *(row.thin or ()), row.bare) if end is not None]


def _draw(canvas: Canvas, row: Share, *, y: float, x: object, series: tuple[str, str, str]) -> None:
    assert callable(x)
    said = f"{row.name}: {series[0]} {row.value:.1%}"
    if row.low is not None and row.high is not None:
        said += f", 95% from {row.low:.1%} to {row.high:.1%}"
    said += f", {series[2]} {row.bare:.1%}" if row.bare is not None else ""
    canvas.open("g", role="img", aria_label=said)
    canvas.add("rect", class_="hit", x=0, y=y - ROW / 2, width=WIDTH, height=ROW, rx=4)
    canvas.add("text", clip(row.name, 34), x=LEFT - 14, y=y + 4, text_anchor="end")
    if row.thin is not None:
        canvas.add("line", class_="thin", x1=x(row.thin[0]), x2=x(row.thin[1]), y1=y + 7, y2=y + 7)
    if row.low is not None and row.high is not None:
        canvas.add("line", class_="range", x1=x(row.low), x2=x(row.high), y1=y - 2, y2=y - 2)
    canvas.add("circle", class_="dot", cx=x(row.value), cy=y - 2, r=4.5)
    if row.bare is not None:
        at = x(row.bare)
        canvas.add("path", class_="bare", d=f"M{at:.1f},{y - 9:.1f}l5,7l-5,7l-5,-7z")
    canvas.add(
        "text", " · ".join(filter(None, [f"{row.value:.1%}", row.note])), x=WIDTH - RIGHT + 14, y=y + 4, class_="soft"
    )
    canvas.close("g")


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
