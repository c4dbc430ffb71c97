"""A control chart: a figure window after window, and the limits that chance keeps it within."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 880, 220, 60, 30, 16, 44
NAMES, TICKS = 12, 4
LEAST_ROOM = 0.02  # so that a figure that never moves is not drawn as if it did


@dataclass(frozen=True)
class Watched:
    """One window: its name, value and limits. `value` None: it held too little."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    note: str = ""
    is_out: bool = False


def control_chart(points: Sequence[Watched], *, title: str, measure: str, centre: float) -> Chart:
    """The limits as bars behind the line, the reference's mean as a line; what lies outside is a square."""
    out = sum(point.is_out for point in points)
    canvas = Canvas(
        WIDTH, HEIGHT, title=title, description=f"{measure}: {len(points)} windows, {out} outside the limits"
    )
    known = [end for point in points for end in (point.value, point.low, point.high) if end is not None] + [centre]
    start, stop = min(known), max(known)
    room = max((stop - start) * 0.08, LEAST_ROOM)
    start, stop = start - room, stop + room
    step = (WIDTH - LEFT - RIGHT) / max(len(points), 1)

    def x(place: int) -> float:
        return LEFT + step * (place + 0.5)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - start) / (stop - start) * (HEIGHT - TOP - BOTTOM)

    canvas.open("g", class_="axis")
    for number in range(TICKS + 1):
        tick = start + (stop - start) * number / TICKS
        canvas.add("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y(tick), y2=y(tick))
        canvas.add("text", f"{tick:.2f}".replace("-", "−"), x=LEFT - 10, y=y(tick) + 4, text_anchor="end")
    canvas.close("g")
    for place, point in enumerate(points):
        if point.low is not None and point.high is not None:
            tall = y(point.low) - y(point.high)
            canvas.add("rect", class_="limits", x=x(place) - step / 2, y=y(point.high), width=step, height=max(tall, 1))
    canvas.add("line", class_="base", x1=LEFT, x2=WIDTH - RIGHT, y1=y(centre), y2=y(centre))
    line = [(place, point.value) for place, point in enumerate(points) if point.value is not None]
    if len(line) > 1:
        path = " ".join(f"{x(place):.2f},{y(value):.2f}" for place, value in line)
        canvas.add("polyline", class_="trend", points=path)
    every = -(-len(points) // NAMES) or 1
    for place, point in enumerate(points):
        said = "too few items" if point.value is None else f"{point.value:.3f}"
        said += f", limits {point.low:.3f} to {point.high:.3f}" if point.low is not None else ""
        said += ", outside the limits" if point.is_out else ""
        canvas.open("g", role="img", aria_label=f"{point.name}: {measure} {said} {point.note}".strip())
        canvas.add("rect", class_="hit", x=x(place) - step / 2, y=TOP, width=step, height=HEIGHT - TOP, rx=4)
        if point.value is not None and point.is_out:  # a square: told apart without colour
            canvas.add("rect", class_="dot loss", x=x(place) - 5, y=y(point.value) - 5, width=10, height=10, rx=1)
        elif point.value is not None:
            canvas.add("circle", class_="dot", cx=x(place), cy=y(point.value), r=4.5)
        if place % every == 0:
            canvas.add("text", clip(point.name, 12), x=x(place), y=HEIGHT - BOTTOM + 20, text_anchor="middle")
            canvas.add(
                "text", clip(point.note or "–", 12), x=x(place), y=HEIGHT - BOTTOM + 36, text_anchor="middle",
                class_="soft",
            )  # fmt: skip
        canvas.close("g")
    table = [["Window", measure, "low limit", "high limit", "outside", ""]]
    table += [
        [one.name, _said(one.value), _said(one.low), _said(one.high), "yes" if one.is_out else "no", one.note]
        for one in points
    ]
    return Chart(canvas.svg(), table)


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
