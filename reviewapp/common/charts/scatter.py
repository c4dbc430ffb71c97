"""Two figures of each thing against each other, both with intervals: what quality costs.

It is drawn twice, wide and narrow, and the style sheet shows the one that fits. On a logarithmic axis 0 has no place:
it stands on a line of its own at the left edge.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from reviewapp.common.charts.drawing import Canvas, Chart, clip

LETTER = 6.6  # the width of one, about
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
CLOSEST = 42.0  # of a number to the word at the left edge
FEWEST_DECADES = 1.0
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Spot:
    """One thing: across (at least 0) and up (0 to 1), each with its interval, and where it leads."""

    name: str
    across: float | None
    up: float | None
    across_low: float | None = None
    across_high: float | None = None
    up_low: float | None = None
    up_high: float | None = None
    on_frontier: bool = False
    note: str = ""
    href: str = ""

    @property
    def is_drawn(self) -> bool:
        return self.across is not None and self.up is not None


@dataclass(frozen=True)
class _Page:
    """One of the two sizes."""

    kind: str
    width: int
    height: int
    left: int
    right: int
    letters: int  # of a name
    ticks: int
    top: int = 16
    bottom: int = 46
    edge: int = 34  # where things at 0 stand, right of the axis


WIDE = _Page("wide", 880, 400, 56, 30, 30, 7)
NARROW = _Page("narrow", 360, 340, 42, 14, 16, 4)


def scatter(
    spots: Sequence[Spot],
    *,
    title: str,
    across: str,
    up: str,
    is_log: bool = False,
    said: Callable[[float], str] = lambda value: f"{value:g}",
    zero: str = "free",
) -> Chart:
    """Draw the spots; those on the frontier are squares joined by a step line. `said` writes a value across.

    A spot that lacks one of the two figures is in the table alone. ValueError for a value across below 0.
    """
    if any(one.across is not None and one.across < 0 for one in spots):
        raise ValueError("a value across is not below 0")
    drawn = "".join(
        _drawn(spots, page, title=title, across=across, up=up, is_log=is_log, said=said, zero=zero)
        for page in (WIDE, NARROW)
    )
    table = [["", across, "low", "high", up, "low", "high", "on the frontier", ""]]
    for one in spots:
        cells = [_text(value, said) for value in (one.across, one.across_low, one.across_high)]
        cells += [_text(value, _three) for value in (one.up, one.up_low, one.up_high)]
        table.append([one.name, *cells, "yes" if one.on_frontier else "no", one.note])
    return Chart(drawn, table)


class _Axis:
    """Values across to places, linear or logarithmic."""

    def __init__(self, spots: Sequence[Spot], page: _Page, *, is_log: bool) -> None:
        ends = [end for one in spots for end in (one.across, one.across_low, one.across_high) if end is not None]
        above = [end for end in ends if end > 0]
        self.is_log = is_log and bool(above)
        self.has_zero = self.is_log and any(one.across == 0 for one in spots)
        self.start = page.left + (page.edge if self.has_zero else 0)
        self.stop = page.width - page.right
        self.zero = page.left + page.edge / 2
        if self.is_log:
            low, high = log10(min(above)), log10(max(above))
            room = max((high - low) * 0.06, (FEWEST_DECADES - (high - low)) / 2, 0.03)
            self.low, self.high = low - room, high + room
        else:
            self.low, self.high = 0.0, max(above, default=1.0) * 1.06

    def x(self, value: float) -> float:
        if self.is_log and value <= 0:
            return self.zero if self.has_zero else float(self.start)
        place = log10(value) if self.is_log else value
        share = (place - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.stop - self.start)

    def ticks(self, most: int) -> list[float]:
        """Round values: 1, 2 and 5 of each decade as far as they fit, or even steps."""
        if not self.is_log:
            step = round_step(self.high / most)
            return [number * step for number in range(int(self.high / step + 1e-9) + 1)]
        decades = range(floor(self.low), ceil(self.high) + 1)
        for parts in ((1, 2, 5), (1, 3), (1,)):
            found = [part * 10.0**decade for decade in decades for part in parts]
            found = [value for value in found if self.low <= log10(value) <= self.high]
            if len(found) <= most:
                return found
        return found[:: ceil(len(found) / most)]


def round_step(least: float) -> float:
    """The smallest round number that is not below it."""
    decade = 10.0 ** floor(log10(least))
    return next((step * decade for step in STEPS if step * decade >= least * (1 - 1e-9)), 10 * decade)


def _drawn(
    spots: Sequence[Spot],
    page: _Page,
    *,
    title: str,
    across: str,
    up: str,
    is_log: bool,
    said: Callable[[float], str],
    zero: str,
) -> str:
    shown = [one for one in spots if one.is_drawn]
    axis = _Axis(shown, page, is_log=is_log)
    ends = [end for one in shown for end in (one.up, one.up_low, one.up_high) if end is not None]
    low = floor(max(min(ends, default=0.0) - 0.02, 0.0) * 10 + 1e-9) / 10
    high = min(max(ceil(max(ends, default=1.0) * 10 - 1e-9) / 10, low + 0.1), 1.0) if ends else 1.0
    low = min(low, high - 0.1)

    def y(value: float) -> float:
        return page.top + (high - value) / (high - low) * (page.height - page.top - page.bottom)

    description = f"{up} against {across} with 95% intervals, {len(shown)} points"
    canvas = Canvas(page.width, page.height, title=title, description=description)
    _grid(canvas, page, axis, y, low=low, high=high, across=across, up=up, said=said, zero=zero)
    _frontier(canvas, shown, axis, y)
    names = _names(shown, page, axis, y)
    for one, name in zip(shown, names, strict=True):
        _spot(canvas, one, name, page, axis, y, across=across, up=up, said=said)
    return canvas.svg().replace('class="chart"', f'class="chart {page.kind}"', 1)


def _grid(
    canvas: Canvas,
    page: _Page,
    axis: _Axis,
    y: Callable[[float], float],
    *,
    low: float,
    high: float,
    across: str,
    up: str,
    said: Callable[[float], str],
    zero: str,
) -> None:
    foot = page.height - page.bottom
    canvas.open("g", class_="axis")
    tenths = round((high - low) * 10)
    step = 0.02 if tenths <= 1 else 0.05 if tenths <= 3 else 0.1 if tenths <= 6 else 0.2
    for number in range(round((high - low) / step + 1e-6) + 1):
        at = low + number * step
        if at <= high + 1e-9:
            canvas.add("line", class_="grid", x1=page.left, x2=axis.stop, y1=y(at), y2=y(at))
            canvas.add("text", f"{at:.2f}", x=page.left - 8, y=y(at) + 4, text_anchor="end")
    if axis.has_zero:
        canvas.add("line", class_="base", x1=axis.zero, x2=axis.zero, y1=page.top, y2=foot)
        canvas.add("text", zero, x=axis.zero, y=foot + 18, text_anchor="middle")
    for at in axis.ticks(page.ticks):
        if axis.has_zero and axis.x(at) - axis.zero < CLOSEST:
            continue
        canvas.add("line", class_="grid", x1=axis.x(at), x2=axis.x(at), y1=page.top, y2=foot)
        canvas.add("text", said(at), x=axis.x(at), y=foot + 18, text_anchor="middle")
    canvas.add("text", f"{across} →", x=axis.stop, y=page.height - 8, text_anchor="end")
    canvas.add("text", f"↑ {up}", x=4, y=page.height - 8)
    canvas.close("g")


def _frontier(canvas: Canvas, shown: Sequence[Spot], axis: _Axis, y: Callable[[float], float]) -> None:
    """What is to be had for a price: level to the right until something better costs no more."""
    corners = _corners(shown, axis, y)
    if corners:
        canvas.add("polyline", class_="frontier", points=" ".join(f"{a:.2f},{b:.2f}" for a, b in corners))


def _corners(shown: Sequence[Spot], axis: _Axis, y: Callable[[float], float]) -> list[tuple[float, float]]:
    known = [(one.across, one.up) for one in shown if one.on_frontier and one.across is not None and one.up is not None]
    corners: list[tuple[float, float]] = []
    for value, height in sorted(known):
        corners += [(axis.x(value), corners[-1][1])] if corners else []
        corners.append((axis.x(value), y(height)))
    return [*corners, (float(axis.stop), corners[-1][1])] if corners else []


def _spot(
    canvas: Canvas,
    one: Spot,
    name: tuple[float, float, str, str] | None,
    page: _Page,
    axis: _Axis,
    y: Callable[[float], float],
    *,
    across: str,
    up: str,
    said: Callable[[float], str],
) -> None:
    assert one.across is not None
    assert one.up is not None
    label = f"{one.name}: {across} {_full(one.across, one.across_low, one.across_high, said)}"
    label += f"; {up} {_full(one.up, one.up_low, one.up_high, _three)}" + (
        "; on the frontier" if one.on_frontier else ""
    )
    at, height = axis.x(one.across), y(one.up)
    element, more = ("a", {"href": one.href}) if one.href else ("g", {"role": "img"})
    canvas.open(element, aria_label=label, **more)
    canvas.add("title", label)
    if one.across_low is not None and one.across_high is not None:
        canvas.add("line", class_="range", x1=axis.x(one.across_low), x2=axis.x(one.across_high), y1=height, y2=height)
    if one.up_low is not None and one.up_high is not None:
        canvas.add("line", class_="range", x1=at, x2=at, y1=y(one.up_low), y2=y(one.up_high))
    canvas.add("rect", class_="hit", x=at - 12, y=height - 12, width=24, height=24, rx=4)
    if one.on_frontier:  # a square beside circles: told apart without colour
        canvas.add("rect", class_="dot", x=at - 5, y=height - 5, width=10, height=10, rx=1)
    else:
        canvas.add("circle", class_="dot other", cx=at, cy=height, r=4.5)
    if name:
        canvas.add("text", name[3], x=name[0], y=name[1], text_anchor=name[2], class_="spotname")
    canvas.close(element)


def _names(
    shown: Sequence[Spot], page: _Page, axis: _Axis, y: Callable[[float], float]
) -> list[tuple[float, float, str, str] | None]:
    """Where each name goes so that it covers no other name and no spot; None where there is no room.

    Those on the frontier choose first. A name left out is still in the spot's title, and in the table.
    """
    places = [(axis.x(one.across or 0.0), y(one.up or 0.0)) for one in shown]
    taken: list[Box] = [(a - 6, b - 6, a + 6, b + 6) for a, b in places]
    lines = [_whisker(one, axis, y) for one in shown]
    lines += [
        (min(a, c), min(b, d) - 1, max(a, c), max(b, d) + 1) for (a, b), (c, d) in pairwise(_corners(shown, axis, y))
    ]
    found: list[tuple[float, float, str, str] | None] = [None] * len(shown)
    for place in sorted(range(len(shown)), key=lambda number: (not shown[number].on_frontier, number)):
        text, (a, b) = clip(shown[place].name, page.letters), places[place]
        width = LETTER * len(text)
        tries = [(a + 9, b - 7, "start"), (a - 9, b - 7, "end"), (a + 9, b + 16, "start"), (a - 9, b + 16, "end")]
        tries += [(a + 9, b - 21, "start"), (a - 9, b - 21, "end"), (a + 9, b + 30, "start"), (a - 9, b + 30, "end")]
        free: list[tuple[int, int, tuple[float, float, str, str], Box]] = []
        for x, line, anchor in tries:
            left = x if anchor == "start" else x - width
            box = (left, line - 10, left + width, line + 3)
            is_inside = page.left <= box[0] and box[2] <= page.width - 2 and box[1] >= 2 and box[3] < page.height - 46
            if is_inside and not any(_meet(box, other) for other in taken):
                crossed = sum(_meet(box, other) for other in lines)
                free.append((crossed, len(free), (x, line, anchor, text), box))
        if free:
            _, _, found[place], box = min(free)
            taken.append(box)
    return found


def _whisker(one: Spot, axis: _Axis, y: Callable[[float], float]) -> Box:
    """The upright interval of a spot: names keep off it where they can."""
    at = axis.x(one.across or 0.0)
    if one.up_low is None or one.up_high is None:
        return (at, 0.0, at, 0.0)
    return (at - 2, y(one.up_high), at + 2, y(one.up_low))


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _full(value: float, low: float | None, high: float | None, said: Callable[[float], str]) -> str:
    return said(value) + (f", 95% from {said(low)} to {said(high)}" if low is not None and high is not None else "")


def _three(value: float) -> str:
    return f"{value:.3f}"


def _text(value: float | None, said: Callable[[float], str]) -> str:
    return "–" if value is None else said(value)
