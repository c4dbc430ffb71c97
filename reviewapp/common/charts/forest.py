"""Differences from zero with their intervals, one a row: where something does better or worse than the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 880, 250, 150, 24, 44, 10
MARGIN = 1.08
STEPS = (0.02, 0.05, 0.1, 0.2, 0.25, 0.5)
TICKS = 4  # on each side at most


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
    height = TOP + ROW * len(rows) + BOTTOM
    said = f"{measure} with 95% intervals, {len(rows)} rows, {sum(row.stands_out for row in rows)} stand out"
    canvas = Canvas(WIDTH, height, title=title, description=said)
    ends = [abs(end) for row in rows for end in (row.value, row.low, row.high) if end is not None]
    step = _step(max([*ends, tolerance or 0.0, band or 0.0, 0.05]))
    reach = max([*ends, tolerance or 0.0, band or 0.0, step]) * MARGIN

    def x(value: float) -> float:
        return LEFT + (value + reach) / (2 * reach) * (WIDTH - LEFT - RIGHT)

    if band:
        width, tall = x(0) - x(-band), height - BOTTOM - TOP + 8
        canvas.add("rect", class_="band", x=x(-band), y=TOP - 8, width=width, height=tall)
    canvas.open("g", class_="axis")
    canvas.add("text", f"← {worse}", x=x(0) - 8, y=14, text_anchor="end")
    canvas.add("text", f"{better} →", x=x(0) + 8, y=14)
    for number in range(-int(reach / step), int(reach / step) + 1):
        at = x(number * step)
        canvas.add("line", class_="base" if number == 0 else "grid", x1=at, x2=at, y1=TOP - 8, y2=height - BOTTOM)
        canvas.add("text", _signed(number * step, 2), x=at, y=TOP - 13, text_anchor="middle")
    canvas.close("g")
    if tolerance is not None:
        canvas.add("line", class_="target", x1=x(-tolerance), x2=x(-tolerance), y1=TOP - 8, y2=height - BOTTOM)
    for place, row in enumerate(rows):
        _draw(canvas, row, y=TOP + ROW * place + ROW / 2, x=x, measure=measure)
    table = [["", measure, "low", "high", "stands out", ""]]
    table += [
        [row.name, _signed(row.value), _said(row.low), _said(row.high), "yes" if row.stands_out else "no", row.note]
        for row in rows
    ]
    return Chart(canvas.svg(), table)


def _step(reach: float) -> float:
    """The distance of ticks: the smallest that leaves no more than a few on each side."""
    return next((step for step in STEPS if reach / step <= TICKS), float(ceil(reach / TICKS)))


def _draw(canvas: Canvas, row: Gap, *, y: float, x: object, measure: str) -> None:
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
    canvas.add("rect", class_="hit", x=0, y=y - ROW / 2, width=WIDTH, height=ROW, rx=4)
    canvas.add("text", clip(row.name, 38), x=LEFT - 14, y=y + 4, text_anchor="end")
    if row.low is not None and row.high is not None:
        canvas.add("line", class_=f"range {kind}", x1=x(row.low), x2=x(row.high), y1=y, y2=y)
    if row.stands_out:  # a square beside the dots: told apart without colour
        canvas.add("rect", class_=f"dot {kind}", x=x(row.value) - 5, y=y - 5, width=10, height=10, rx=1)
    else:
        canvas.add("circle", class_=f"dot {kind}", cx=x(row.value), cy=y, r=4.5)
    canvas.add(
        "text", " · ".join(filter(None, [_signed(row.value), row.note])), x=WIDTH - RIGHT + 14, y=y + 4, class_="soft"
    )
    canvas.close(element)


def _signed(value: float, places: int = 3) -> str:
    text = f"{value:+.{places}f}".replace("-", "−")
    return f"{0:.{places}f}" if not text.strip("+−0.") else text


def _said(value: float | None) -> str:
    return "–" if value is None else _signed(value)
