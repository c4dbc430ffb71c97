"""How a quantity is spread: bins of equal width with counts, and lines at the median and the 95th percentile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from reviewapp.common.charts.drawing import Canvas, Chart

STEPS = (1.0, 2.0, 5.0, 10.0)
FAR = 2.5  # times the 95th percentile: what lies beyond is one bin, so that one outlier does not flatten the rest


@dataclass(frozen=True)
class Bin:
    """From `start` up to below `stop`; `stop` None: and all above."""

    start: float
    stop: float | None
    count: int


@dataclass(frozen=True)
class _Page:
    """One of the two sizes."""

    kind: str
    width: int
    left: int
    right: int
    ticks: int
    height: int = 260
    top: int = 44
    bottom: int = 44


WIDE, NARROW = _Page("wide", 880, 52, 24, 8), _Page("narrow", 360, 40, 14, 4)


def quantile(values: Sequence[float], share: float) -> float:
    """Between the two nearest values in order, in proportion (Hyndman & Fan 1996, type 7). ValueError without values.

    >>> quantile([4, 1, 2, 3], 0.5)
    2.5
    """
    if not values:
        raise ValueError("there are no values")
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = floor(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def binned(values: Sequence[float], *, most: int = 24) -> list[Bin]:
    """At most so many bins (and one for what is far) of a round width, from the round number below the least."""
    if not values:
        return []
    least, top = min(values), max(values)
    far = FAR * quantile(values, 0.95)
    end = max(value for value in values if value <= far) if far > least else top
    width = _width((end - least) / most) if end > least else _width(abs(least) / most or 1.0)
    first = floor(least / width + 1e-9)
    count = max(floor(end / width + 1e-9) - first + 1, 1)
    if count > most:
        width = _width(width * 1.01)
        first = floor(least / width + 1e-9)
        count = max(floor(end / width + 1e-9) - first + 1, 1)
    counts = [0] * (count + 1)
    for value in values:
        counts[min(floor(value / width + 1e-9) - first, count)] += 1
    bins = [Bin((first + place) * width, (first + place + 1) * width, counts[place]) for place in range(count)]
    return bins + ([Bin((first + count) * width, None, counts[count])] if counts[count] else [])


def histogram(
    values: Sequence[float],
    *,
    title: str,
    measure: str,
    said: Callable[[float], str] = lambda value: f"{value:,g}",
    most: int = 24,
    counted: str = "items",
) -> Chart:
    """Draw the values; `said` writes one, with its unit. Without values there are axes and an empty table."""
    bins = binned(values, most=most)
    marks = [("median", quantile(values, 0.5)), ("p95", quantile(values, 0.95))] if values else []
    drawn = "".join(
        _drawn(bins, marks, page, title=title, measure=measure, said=said, n=len(values), counted=counted)
        for page in (WIDE, NARROW)
    )
    table = [[measure, counted, "share"]]
    table += [[_name(one, said), f"{one.count:,}", f"{one.count / len(values):.1%}"] for one in bins]
    table += [[f"{name}: {said(value)}", "", ""] for name, value in marks]
    return Chart(drawn, table)


def _drawn(
    bins: Sequence[Bin],
    marks: Sequence[tuple[str, float]],
    page: _Page,
    *,
    title: str,
    measure: str,
    said: Callable[[float], str],
    n: int,
    counted: str,
) -> str:
    described = "".join(f", {name} {said(value)}" for name, value in marks)
    canvas = Canvas(page.width, page.height, title=title, description=f"{measure} of {n:,} {counted}{described}")
    tallest, foot = max((one.count for one in bins), default=1), page.height - page.bottom
    room = (page.width - page.left - page.right) / max(len(bins), 1)

    def y(count: float) -> float:
        return foot - count / tallest * (foot - page.top)

    def x(value: float) -> float:
        last = len(bins) - (1 if bins[-1].stop is None else 0)
        share = (value - bins[0].start) / ((bins[0].stop or 1.0) - bins[0].start)
        return page.left + min(share, last + 0.5) * room

    canvas.open("g", class_="axis")
    step = max(_width(tallest / 4), 1.0)
    for number in range(int(tallest / step + 1e-9) + 1):
        at = y(number * step)
        canvas.add("line", class_="grid", x1=page.left, x2=page.width - page.right, y1=at, y2=at)
        canvas.add("text", f"{number * step:,.0f}", x=page.left - 8, y=at + 4, text_anchor="end")
    every = ceil(len(bins) / page.ticks) or 1
    for place in range(0, len(bins), every):
        canvas.add("text", said(bins[place].start), x=page.left + place * room, y=foot + 18, text_anchor="middle")
    canvas.add("text", f"{measure} →", x=page.width - page.right, y=page.height - 6, text_anchor="end")
    canvas.add("text", f"↑ {counted}", x=4, y=page.height - 6)
    canvas.close("g")
    for place, one in enumerate(bins):
        _bar(
            canvas,
            one,
            x=page.left + place * room,
            width=room,
            top=y(one.count),
            foot=foot,
            said=said,
            page=page,
            counted=counted,
        )
    for place, (name, value) in enumerate(marks):
        _mark(canvas, name, f"{name} {said(value)}", at=x(value), line=14 + 15 * place, foot=foot, width=page.width)
    return canvas.svg().replace('class="chart"', f'class="chart {page.kind}"', 1)


def _bar(
    canvas: Canvas,
    one: Bin,
    *,
    x: float,
    width: float,
    top: float,
    foot: float,
    said: Callable[[float], str],
    page: _Page,
    counted: str,
) -> None:
    label = f"{_name(one, said)}: {one.count:,} {counted.removesuffix('s') if one.count == 1 else counted}"
    canvas.open("g", role="img", aria_label=label)
    canvas.add("title", label)
    canvas.add("rect", class_="hit", x=x, y=page.top, width=width, height=foot - page.top)
    if one.count:
        kind = "bar soft" if one.stop is None else "bar"
        tall = max(foot - top, 1.5)
        canvas.add("rect", class_=kind, x=x + 0.75, y=foot - tall, width=max(width - 1.5, 1.0), height=tall, rx=1)
    canvas.close("g")


def _mark(canvas: Canvas, name: str, text: str, *, at: float, line: int, foot: float, width: int) -> None:
    canvas.add("line", class_="whisker" if name == "median" else "target", x1=at, x2=at, y1=line - 8, y2=foot)
    is_left = at + 8 + 6.6 * len(text) > width
    canvas.add("text", text, x=at - 6 if is_left else at + 6, y=line, text_anchor="end" if is_left else "start")


def _name(one: Bin, said: Callable[[float], str]) -> str:
    return f"{said(one.start)} and more" if one.stop is None else f"{said(one.start)} to {said(one.stop)}"


def _width(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below it."""
    decade = 10.0 ** floor(log10(least))
    return next((step * decade for step in STEPS if step * decade >= least * (1 - 1e-9)), 10 * decade)
