"""What is left after each step of a way, and what was lost at it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, LEFT, RIGHT, ROW, TOP, BAR = 880, 230, 190, 44, 8, 24


@dataclass(frozen=True)
class Step:
    """One step: how many are left of all, the share with its interval, and a link to those lost here."""

    name: str
    count: int
    share: float | None
    low: float | None
    high: float | None
    lost: int = 0
    href: str = ""


def funnel(steps: Sequence[Step], *, title: str, measure: str) -> Chart:
    """Draw the steps from top to bottom: solid what is left, hollow what was lost at the step."""
    canvas = Canvas(WIDTH, TOP + ROW * len(steps) + 24, title=title, description=f"{measure}, with 95% intervals")
    span = WIDTH - LEFT - RIGHT
    canvas.open("g", class_="axis")
    for number in range(6):
        x = LEFT + span * number / 5
        canvas.add("line", class_="grid", x1=x, x2=x, y1=TOP, y2=TOP + ROW * len(steps))
        canvas.add("text", f"{number * 20}%", x=x, y=TOP + ROW * len(steps) + 16, text_anchor="middle")
    canvas.close("g")
    for place, step in enumerate(steps):
        _draw(canvas, step, y=TOP + ROW * place, span=span, all_of=steps[0].count)
    table = [["", "Left", measure, "low", "high", "Lost here"]]
    table += [
        [step.name, f"{step.count:,}", _said(step.share), _said(step.low), _said(step.high), f"{step.lost:,}"]
        for step in steps
    ]
    return Chart(canvas.svg(), table)


def _draw(canvas: Canvas, step: Step, *, y: float, span: float, all_of: int) -> None:
    interval = "" if step.low is None else f", 95% from {_said(step.low)} to {_said(step.high)}"
    said = f"{step.name}: {step.count:,}, {_said(step.share)}{interval}, {step.lost:,} lost here"
    element, more = ("a", {"href": step.href}) if step.href else ("g", {"role": "img"})
    canvas.open(element, aria_label=said, **more)
    canvas.add("title", said)
    canvas.add("rect", class_="hit", x=0, y=y, width=WIDTH, height=ROW, rx=4)
    canvas.add("text", clip(step.name, 34), x=LEFT - 14, y=y + ROW / 2 + 4, text_anchor="end")
    top, width = y + (ROW - BAR) / 2, step.count / max(all_of, 1) * span
    if step.count:
        canvas.add("rect", class_="part k-left", x=LEFT, y=top, width=width, height=BAR, rx=2)
    if step.lost:
        lost = step.lost / max(all_of, 1) * span
        canvas.add("rect", class_="part k-lost", x=LEFT + width, y=top, width=lost, height=BAR, rx=2)
    middle, right = y + ROW / 2, WIDTH - RIGHT + 14
    if step.low is not None and step.high is not None and step.low < step.high:
        low, high = LEFT + step.low * span, LEFT + step.high * span
        canvas.add("line", class_="whisker", x1=low, x2=high, y1=middle, y2=middle)
    canvas.add("text", f"{step.count:,} · {_said(step.share)}", x=right, y=middle - 2)
    canvas.add("text", f"{step.lost:,} lost here" if step.lost else "none lost", x=right, y=middle + 13, class_="soft")
    canvas.close(element)


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
