"""Differences from zero with their intervals, one a row: where something does better or worse than the rest.

It is drawn twice, wide and narrow, and the style sheet shows the one that fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from reviewapp.common.charts.drawing import Canvas, Chart, Page

TOP, BOTTOM = 44, 10
WIDE = Page("wide", 880, 250, 150, 24, 12)
NARROW = Page("narrow", 360, 16, 16, 42, 30, is_narrow=True)
MARGIN = 1.08
STEPS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5)
TICKS = {"wide": 4, "narrow": 2}  # on each side at most


@dataclass(frozen=True)
class Gap:
    """One row: a difference, its interval, whether it stands out, and where its name leads."""

    name: str
    value: float
    low: float | None
    high: float | None
    note: str = ""  # for example "n 120"
    stands_out: bool = False
    href: str = ""
    tone: str = ""  # loss, gain or quiet; by itself the sign of what stands out


def forest(
    rows: Sequence[Gap],
    *,
    title: str,
    measure: str,
    worse: str = "worse than the rest",
    better: str = "better than the rest",
    tolerance: float | None = None,
    band: float | None = None,
) -> Chart:
    """Draw the rows in their order around a line of no difference.

    `tolerance` is the loss that is still allowed, a dashed line; `band` one that would not matter, a strip up to 0.
    """
    drawn = "".join(
        _drawn(rows, title, measure, (worse, better), tolerance, band, page=page) for page in (WIDE, NARROW)
    )
    table = [["", measure, "low", "high", "stands out", ""]]
    table += [
        [row.name, _signed(row.value), _said(row.low), _said(row.high), "yes" if row.stands_out else "no", row.note]
        for row in rows
    ]
    return Chart(drawn, table)


def _drawn(
    rows: Sequence[Gap], title: str, measure: str, sides: tuple[str, str], tolerance: float | None, band: float | None,
    *, page: Page,
) -> str:  # fmt: skip
    height = TOP + page.row * len(rows) + BOTTOM
    said = f"{measure} with 95% intervals, {len(rows)} rows, {sum(row.stands_out for row in rows)} stand out"
    canvas = Canvas(page.width, height, title=title, description=said)
    ends = [abs(end) for row in rows for end in (row.value, row.low, row.high) if end is not None]
    step = _step(max([*ends, tolerance or 0.0, band or 0.0, 0.05]), TICKS[page.kind])
    reach = max([*ends, tolerance or 0.0, band or 0.0, step]) * MARGIN

    def x(value: float) -> float:
        return page.left + (value + reach) / (2 * reach) * (page.width - page.left - page.right)

    if band:
        width, tall = x(0) - x(-band), height - BOTTOM - TOP + 8
        canvas.add("rect", class_="band", x=x(-band), y=TOP - 8, width=width, height=tall)
    canvas.open("g", class_="axis")
    canvas.add("text", f"← {sides[0]}", x=x(0) - 8, y=14, text_anchor="end")
    canvas.add("text", f"{sides[1]} →", x=x(0) + 8, y=14)
    for number in range(-int(reach / step), int(reach / step) + 1):
        at = x(number * step)
        canvas.add("line", class_="base" if number == 0 else "grid", x1=at, x2=at, y1=TOP - 8, y2=height - BOTTOM)
        canvas.add("text", _signed(number * step, 2), x=at, y=TOP - 13, text_anchor="middle")
    canvas.close("g")
    if tolerance is not None:
        canvas.add("line", class_="target", x1=x(-tolerance), x2=x(-tolerance), y1=TOP - 8, y2=height - BOTTOM)
    for place, row in enumerate(rows):
        _draw(canvas, row, y=float(TOP + page.row * place + page.line), x=x, measure=measure, page=page)
    return page.kept(canvas)


def _step(reach: float, most: int) -> float:
    """The distance of ticks: the smallest that leaves no more than a few on each side."""
    return next((step for step in STEPS if reach / step <= most), float(ceil(reach / most)))


def _draw(canvas: Canvas, row: Gap, *, y: float, x: object, measure: str, page: Page) -> None:
    assert callable(x)
    said = f"{row.name}: {measure} {_signed(row.value)}"
    if row.low is not None and row.high is not None:
        said += f", 95% from {_signed(row.low)} to {_signed(row.high)}"
    said += ", stands out" if row.stands_out else ""
    element = "a" if row.href else "g"
    if row.href:
        canvas.open("a", href=row.href, aria_label=said)
    else:
        canvas.open("g", role="img", aria_label=said)
    kind = row.tone or (("loss" if row.value < 0 else "gain") if row.stands_out else "quiet")
    canvas.add("rect", class_="hit", x=0, y=y - page.line, width=page.width, height=page.row, rx=4)
    page.name(canvas, row.name, " · ".join(filter(None, [_signed(row.value), row.note])), y=y)
    if row.low is not None and row.high is not None:
        canvas.add("line", class_=f"range {kind}", x1=x(row.low), x2=x(row.high), y1=y, y2=y)
    if row.stands_out:  # a square beside the dots: told apart without colour
        canvas.add("rect", class_=f"dot {kind}", x=x(row.value) - 5, y=y - 5, width=10, height=10, rx=1)
    else:
        canvas.add("circle", class_=f"dot {kind}", cx=x(row.value), cy=y, r=4.5)
    canvas.close(element)


def _signed(value: float, places: int = 3) -> str:
    text = f"{value:+.{places}f}".replace("-", "−")
    return f"{0:.{places}f}" if not text.strip("+−0.") else text


def _said(value: float | None) -> str:
    return "–" if value is None else _signed(value)
