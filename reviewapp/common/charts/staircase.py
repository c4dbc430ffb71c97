"""A sequence of tests, each by the chance that it passes wrongly, up to the first that fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from reviewapp.common.charts.drawing import Canvas, Chart

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 880, 120, 250, 26, 44, 12
LEAST = 1e-6  # a chance below it is drawn at the left edge


@dataclass(frozen=True)
class Stop:
    """One threshold: how many it accepts, how many of them are wrong, and the chance of so few by luck."""

    name: str
    accepted: int
    errors: int
    p: float
    share: float
    passed: bool


def staircase(stops: Sequence[Stop], *, title: str, risk: float, unit: str) -> Chart:
    """Draw p of each stop on a log scale beside the allowed risk."""
    passed = sum(stop.passed for stop in stops)
    height = TOP + ROW * len(stops) + BOTTOM
    canvas = Canvas(WIDTH, height, title=title, description=f"{passed} of {len(stops)} thresholds pass at {risk:.1%}")

    def x(p: float) -> float:
        share = (log10(max(p, LEAST)) - log10(LEAST)) / -log10(LEAST)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    canvas.open("g", class_="axis")
    canvas.add("text", "threshold", x=LEFT - 14, y=TOP - 13, text_anchor="end")
    for tick in (1e-6, 1e-4, 1e-2, 1.0):
        canvas.add("line", class_="grid", x1=x(tick), x2=x(tick), y1=TOP - 8, y2=height - BOTTOM)
        canvas.add("text", f"{tick:g}", x=x(tick), y=TOP - 13, text_anchor="middle")
    canvas.add("text", "chance of so few errors by luck", x=x(1e-3), y=14, text_anchor="middle")
    canvas.close("g")
    canvas.add("line", class_="target", x1=x(risk), x2=x(risk), y1=TOP - 8, y2=height - BOTTOM)
    for place, stop in enumerate(stops):
        y = TOP + ROW * place + ROW / 2
        word = "passes" if stop.passed else "fails"
        told = f"{stop.errors:,} wrong of {stop.accepted:,} {unit}s"
        canvas.open("g", role="img", aria_label=f"threshold {stop.name} {word}: {told}, chance {stop.p:.3g}")
        canvas.add("rect", class_="hit", x=0, y=y - ROW / 2, width=WIDTH, height=ROW, rx=4)
        canvas.add("text", stop.name, x=LEFT - 14, y=y + 4, text_anchor="end")
        canvas.add("line", class_="range", x1=x(LEAST), x2=x(stop.p), y1=y, y2=y)
        canvas.add("circle", class_="dot" if stop.passed else "dot other", cx=x(stop.p), cy=y, r=4.5)
        canvas.add("text", f"{word}: {told}", x=WIDTH - RIGHT + 14, y=y + 4, class_="soft")
        canvas.close("g")
    table = [["Threshold", "Accepted", "Wrong", "Chance by luck", "Share of items", ""]]
    table += [_line(stop) for stop in stops]
    return Chart(canvas.svg(), table)


def _line(stop: Stop) -> list[str]:
    word = "passes" if stop.passed else "fails"
    return [stop.name, f"{stop.accepted:,}", f"{stop.errors:,}", f"{stop.p:.3g}", f"{stop.share:.1%}", word]
