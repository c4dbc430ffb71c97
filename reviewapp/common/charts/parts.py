"""Bars made of parts, each part a link to what it counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, LEFT, RIGHT, ROW, TOP, BAR = 880, 230, 90, 30, 6, 18


@dataclass(frozen=True)
class Part:
    """One part of a row; `kind` is a CSS class that all parts of its name share."""

    name: str
    value: int
    kind: str
    href: str = ""


@dataclass(frozen=True)
class Bar:
    """One row, with the same parts in the same order as every other."""

    name: str
    parts: tuple[Part, ...]
    note: str = ""


def part_bars(bars: Sequence[Bar], *, title: str) -> Chart:
    """Each row as a bar of its parts, all rows to one scale."""
    most = max((sum(part.value for part in bar.parts) for bar in bars), default=0) or 1
    names = [part.name for part in bars[0].parts] if bars else []
    canvas = Canvas(WIDTH, TOP + ROW * len(bars) + 6, title=title, description=f"{', '.join(names)} by row")
    for place, bar in enumerate(bars):
        y, at, total = TOP + ROW * place, float(LEFT), sum(part.value for part in bar.parts)
        canvas.add("text", clip(bar.name, 34), x=LEFT - 14, y=y + 18, text_anchor="end")
        for part in bar.parts:
            width = part.value / most * (WIDTH - LEFT - RIGHT)
            if part.value:
                _draw(canvas, bar, part, x=at, y=y + (ROW - BAR) / 2, width=width)
            at += width
        canvas.add("text", bar.note or f"{total:,}", x=at + 8, y=y + 19, class_="soft")
    table = [["", *names, "All"]]
    table += [
        [bar.name, *[f"{part.value:,}" for part in bar.parts], f"{sum(part.value for part in bar.parts):,}"]
        for bar in bars
    ]
    return Chart(canvas.svg(), table)


def _draw(canvas: Canvas, bar: Bar, part: Part, *, x: float, y: float, width: float) -> None:
    said = f"{bar.name}, {part.name}: {part.value:,}"
    element, more = ("a", {"href": part.href}) if part.href else ("g", {"role": "img"})
    canvas.open(element, aria_label=said, **more)
    canvas.add("title", said)
    canvas.add("rect", class_=f"part {part.kind}", x=x, y=y, width=max(width - 1, 0.75), height=BAR, rx=1.5)
    if width > 9 * len(f"{part.value:,}") + 6:
        canvas.add("text", f"{part.value:,}", x=x + width / 2, y=y + BAR / 2 + 4, text_anchor="middle", class_="inside")
    canvas.close(element)
