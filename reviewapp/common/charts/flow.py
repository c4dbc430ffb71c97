"""What flows from one list of names to another: two columns, and a ribbon for each pair, as wide as its count."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, SIDE, BAR, TOP, GAP, SLOT = 880, 250, 8, 30, 6, 15
TALL = 420  # the height of all ribbons of one column together


@dataclass(frozen=True)
class Ribbon:
    """So many from one name to another. `kind` is a CSS class; `said` is read out and stands in the table."""

    source: str
    target: str
    count: int
    kind: str
    said: str = ""
    share: str = ""
    href: str = ""


def flow_chart(
    ribbons: Sequence[Ribbon],
    *,
    title: str,
    columns: tuple[str, str],
    last: tuple[str, str] = ("", ""),
    headings: tuple[str, str] = ("How", "Share"),
) -> Chart:
    """Draw the ribbons between two columns; a source or target called `last` goes to the foot of its column."""
    scale = TALL / max(sum(ribbon.count for ribbon in ribbons), 1)
    given, taken = (_sums((getattr(one, end), one.count) for one in ribbons) for end in ("source", "target"))
    sources = sorted(given, key=lambda name: (name == last[0], -given[name], name))
    targets = _near_their_sources(ribbons, sources, taken, last[1])
    tall = max(_tall(sources, given, scale), _tall(targets, taken, scale))
    canvas = Canvas(WIDTH, round(TOP + tall + GAP), title=title, description=f"{len(ribbons)} flows between two lists")
    canvas.open("g", class_="axis")
    canvas.add("text", columns[0], x=SIDE, y=14, text_anchor="end")
    canvas.add("text", columns[1], x=WIDTH - SIDE, y=14)
    canvas.close("g")
    left = _column(canvas, sources, given, scale=scale, tall=tall, is_left=True)
    right = _column(canvas, targets, taken, scale=scale, tall=tall, is_left=False)
    _draw(canvas, ribbons, left, right, scale)
    table = [[*columns, headings[0], "Errors", headings[1]]]
    table += [[one.source, one.target, one.said, f"{one.count:,}", one.share] for one in ribbons]
    return Chart(canvas.svg(), table)


def _sums(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for name, count in pairs:
        found[name] += count
    return dict(found)


def _near_their_sources(
    ribbons: Sequence[Ribbon], sources: Sequence[str], taken: Mapping[str, int], last: str
) -> list[str]:
    """Targets by where on average their ribbons come from, so that few cross."""
    at = {name: float(place) for place, name in enumerate(sources)}
    middle: dict[str, float] = defaultdict(float)
    for one in ribbons:
        middle[one.target] += one.count * at[one.source] / taken[one.target]
    return sorted(taken, key=lambda name: (name == last, middle[name], -taken[name], name))


def _slot(count: int, scale: float) -> float:
    """The room of one name: its bar, but at least a line of text."""
    return max(count * scale, SLOT) + GAP


def _tall(names: Sequence[str], sums: Mapping[str, int], scale: float) -> float:
    return sum(_slot(sums[name], scale) for name in names)


def _column(
    canvas: Canvas, names: Sequence[str], sums: Mapping[str, int], *, scale: float, tall: float, is_left: bool
) -> dict[str, float]:
    """Draw a column's bars and names, spread over the whole height; where the top of each bar is."""
    spare = (tall - _tall(names, sums, scale)) / max(len(names), 1)
    tops: dict[str, float] = {}
    y = TOP + spare / 2
    for name in names:
        slot, height = _slot(sums[name], scale), max(sums[name] * scale, 1.0)
        tops[name] = y + (slot - GAP - height) / 2
        middle = tops[name] + height / 2 + 4
        x = SIDE if is_left else WIDTH - SIDE - BAR
        canvas.add("rect", class_="node", x=x, y=tops[name], width=BAR, height=height)
        text = f"{clip(name, 30)} {sums[name]:,}" if is_left else f"{sums[name]:,} {clip(name, 30)}"
        if is_left:
            canvas.add("text", text, x=SIDE - 8, y=middle, text_anchor="end")
        else:
            canvas.add("text", text, x=WIDTH - SIDE + 8, y=middle)
        y += slot + spare
    return tops


def _draw(
    canvas: Canvas, ribbons: Sequence[Ribbon], left: Mapping[str, float], right: Mapping[str, float], scale: float
) -> None:
    """The ribbons, the widest first, so that a thin one lies on top and can be hit."""
    starts = _stretches([(left[one.source], right[one.target], one.count * scale) for one in ribbons])
    ends = _stretches([(right[one.target], left[one.source], one.count * scale) for one in ribbons])
    x, to = float(SIDE + BAR), float(WIDTH - SIDE - BAR)
    for one, a, b in zip(ribbons, starts, ends, strict=True):
        said = f"{one.source} to {one.target}: {one.count:,}, {one.said} {one.share}".strip()
        more = {"href": one.href} if one.href else {"role": "img"}
        canvas.open("a" if one.href else "g", aria_label=said, **more)
        canvas.add("title", said)
        canvas.add("path", class_=f"ribbon {one.kind}", d=_ribbon(x, to, a, b, one.count * scale))
        canvas.close("a" if one.href else "g")


def _ribbon(x: float, to: float, a: float, b: float, thick: float) -> str:
    """A band from height a at x to height b at `to`."""
    middle = (x + to) / 2
    over = f"M{x:.1f},{a:.2f} C{middle:.1f},{a:.2f} {middle:.1f},{b:.2f} {to:.1f},{b:.2f}"
    c, d = a + thick, b + thick
    return f"{over} L{to:.1f},{d:.2f} C{middle:.1f},{d:.2f} {middle:.1f},{c:.2f} {x:.1f},{c:.2f} Z"


def _stretches(ends: Sequence[tuple[float, float, float]]) -> list[float]:
    """Where each ribbon starts on its bar, given the bar's top, the top at its other end, and how thick it is."""
    found = [0.0] * len(ends)
    used: dict[float, float] = defaultdict(float)
    for place in sorted(range(len(ends)), key=lambda one: (ends[one][:2], one)):
        top, _, thick = ends[place]
        found[place] = top + used[top]
        used[top] += thick
    return found
