"""Stated confidence against how often it was right: a reliability diagram with how many decisions lie under it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 880, 420, 64, 190, 16, 44
COUNTS = 64  # height of the bars below
TICKS = 5


@dataclass(frozen=True)
class Mark:
    """Decisions from `low` to `high`: their mean confidence, the share right with its interval, and where they lead."""

    low: float
    high: float
    n: int
    confidence: float | None
    right: float | None
    right_low: float | None
    right_high: float | None
    href: str = ""


def reliability(marks: Sequence[Mark], *, title: str) -> Chart:
    """Above the diagonal the model is right more often than it states, below it less often."""
    shown = [mark for mark in marks if mark.right is not None and mark.confidence is not None]
    said = f"Share right by stated confidence with 95% intervals, {len(shown)} bins with decisions"
    canvas = Canvas(WIDTH, HEIGHT + COUNTS, title=title, description=said)

    def x(value: float) -> float:
        return LEFT + value * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (1 - value) * (HEIGHT - TOP - BOTTOM)

    canvas.open("g", class_="axis")
    for number in range(TICKS + 1):
        at = number / TICKS
        canvas.add("line", class_="grid", x1=x(0), x2=x(1), y1=y(at), y2=y(at))
        canvas.add("text", f"{at:.0%}", x=LEFT - 10, y=y(at) + 4, text_anchor="end")
        canvas.add("text", f"{at:.1f}", x=x(at), y=HEIGHT - BOTTOM + 18, text_anchor="middle")
    canvas.add("text", "stated confidence", x=x(1) + 14, y=HEIGHT - BOTTOM + 18)
    canvas.add("text", "right more often", x=x(1) + 14, y=y(1) + 4)
    canvas.add("text", "than stated ↑", x=x(1) + 14, y=y(1) + 20)
    canvas.add("text", "↓ less often", x=x(1) + 14, y=y(0.86) + 12)
    canvas.add("text", "decisions", x=x(1) + 14, y=HEIGHT + COUNTS - 14)
    canvas.close("g")
    canvas.add("line", class_="target", x1=x(0), x2=x(1), y1=y(0), y2=y(1))
    most = max([mark.n for mark in marks], default=0) or 1
    for mark in marks:
        _draw(canvas, mark, x=x, y=y, most=most)
    table = [["Stated", "Mean stated", "Share right", "low", "high", "Decisions"]]
    table += [
        [
            f"{mark.low:.2f} to {mark.high:.2f}",
            *map(_said, (mark.confidence, mark.right, mark.right_low, mark.right_high)),
            f"{mark.n:,}",
        ]
        for mark in marks
    ]
    return Chart(canvas.svg(), table)


def _draw(canvas: Canvas, mark: Mark, *, x: object, y: object, most: int) -> None:
    assert callable(x)
    assert callable(y)
    told = f"stated {mark.low:.2f} to {mark.high:.2f}: "
    told += "no decisions" if mark.right is None else f"right {mark.right:.1%}"
    if mark.right_low is not None and mark.right_high is not None:
        told += f", 95% from {mark.right_low:.1%} to {mark.right_high:.1%}"
    told += f", {mark.n:,} decisions"
    if mark.href and mark.n:
        canvas.open("a", href=mark.href, aria_label=told)
    else:
        canvas.open("g", role="img", aria_label=told)
    left, right = x(mark.low), max(x(mark.high), x(mark.low) + 2)
    canvas.add("rect", class_="hit", x=left, y=TOP, width=right - left, height=HEIGHT + COUNTS - TOP - 4, rx=3)
    tall = mark.n / most * (COUNTS - 22)
    base = HEIGHT + COUNTS - 8
    canvas.add("rect", class_="bar soft", x=left + 1, y=base - tall, width=max(right - left - 2, 1.0), height=tall)
    if right - left > 34:
        canvas.add("text", f"{mark.n:,}", x=(left + right) / 2, y=base - tall - 4, text_anchor="middle", class_="soft")
    if mark.right is not None and mark.confidence is not None:
        at = x(mark.confidence)
        if mark.right_low is not None and mark.right_high is not None:
            canvas.add("line", class_="range", x1=at, x2=at, y1=y(mark.right_low), y2=y(mark.right_high))
        canvas.add("circle", class_="dot", cx=at, cy=y(mark.right), r=4.5)
    canvas.close("a" if mark.href and mark.n else "g")


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
