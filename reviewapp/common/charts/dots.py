"""Values with their intervals, one a row: the chart for figures by label.

It is drawn twice, wide and narrow, and the style sheet shows the one that fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, Page

TOP = 30
WIDE = Page("wide", 880, 230, 150, 24, 12)
NARROW = Page("narrow", 360, 16, 16, 42, 30, is_narrow=True)


@dataclass(frozen=True)
class Dot:
    """One row: a value from `start` to `stop` of the axis, its interval, and where its name leads."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    note: str = ""  # for example "n 120"
    href: str = ""


def dot_plot(
    rows: Sequence[Dot],
    *,
    title: str,
    measure: str,
    start: float = 0.0,
    stop: float = 1.0,
    target: float | None = None,
) -> Chart:
    """Draw the rows in their order; an undefined value is a row without a dot."""
    drawn = "".join(_drawn(rows, title, measure, (start, stop), target, page=page) for page in (WIDE, NARROW))
    table = [["", measure, "low", "high", ""]]
    table += [[row.name, _said(row.value), _said(row.low), _said(row.high), row.note] for row in rows]
    return Chart(drawn, table)


def _drawn(
    rows: Sequence[Dot], title: str, measure: str, ends: tuple[float, float], target: float | None, *, page: Page
) -> str:
    start, stop = ends
    height = TOP + page.row * len(rows) + 10
    canvas = Canvas(page.width, height, title=title, description=f"{measure} with 95% intervals, {len(rows)} rows")

    def x(value: float) -> float:
        share = (min(max(value, start), stop) - start) / (stop - start)
        return page.left + share * (page.width - page.left - page.right)

    canvas.open("g", class_="axis")
    for tick in _ticks(start, stop):
        canvas.add("line", class_="grid", x1=x(tick), x2=x(tick), y1=TOP - 8, y2=height - 8)
        canvas.add("text", f"{tick:.1f}".replace("-", "−"), x=x(tick), y=TOP - 13, text_anchor="middle")
    canvas.close("g")
    if target is not None:
        canvas.add("line", class_="target", x1=x(target), x2=x(target), y1=TOP - 8, y2=height - 8)
    for place, row in enumerate(rows):
        _draw_row(canvas, row, y=float(TOP + page.row * place + page.line), x=x, measure=measure, page=page)
    return page.kept(canvas)


def _ticks(start: float, stop: float) -> list[float]:
    """Round numbers along the axis."""
    step = 0.2 if stop - start < 1.5 else 0.5
    return [number * step for number in range(round(start / step), round(stop / step) + 1)]


def _draw_row(canvas: Canvas, row: Dot, *, y: float, x: object, measure: str, page: Page) -> None:
    assert callable(x)
    said = "undefined" if row.value is None else f"{row.value:.3f}"
    if row.low is not None and row.high is not None:
        said += f", 95% from {row.low:.3f} to {row.high:.3f}"
    label = f"{row.name}: {measure} {said}"
    if row.href:
        canvas.open("a", href=row.href, aria_label=label)
    else:
        canvas.open("g", role="img", aria_label=label)
    canvas.add("rect", class_="hit", x=0, y=y - page.line, width=page.width, height=page.row, rx=4)
    text = "–" if row.value is None else f"{row.value:.3f}".replace("-", "−")
    page.name(canvas, row.name, f"{text}   {row.note}".strip(), y=y)
    if row.low is not None and row.high is not None:
        canvas.add("line", class_="range", x1=x(row.low), x2=x(row.high), y1=y, y2=y)
    if row.value is not None:
        canvas.add("circle", class_="dot", cx=x(row.value), cy=y, r=4.5)
    canvas.close("a" if row.href else "g")


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
