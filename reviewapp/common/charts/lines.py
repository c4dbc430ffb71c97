"""A value over time with its intervals: how somebody or something drifts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 880, 260, 60, 30, 16, 44
LABELS = 12  # so many names fit under the axis


@dataclass(frozen=True)
class Point:
    """One moment: its name, its value and interval, and how much is behind it."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    note: str = ""  # for example "n 12"


def line_chart(
    points: Sequence[Point],
    *,
    title: str,
    measure: str,
    start: float = 0.0,
    stop: float = 1.0,
    target: float | None = None,
    digits: int = 1,
) -> Chart:
    """Draw the points in their order; the line breaks where a value is undefined. `digits` are those of the axis."""
    description = f"{measure} with 95% intervals, {len(points)} points"
    canvas = Canvas(WIDTH, HEIGHT, title=title, description=description)
    step = (WIDTH - LEFT - RIGHT) / max(len(points), 1)

    def x(place: int) -> float:
        return LEFT + step * (place + 0.5)

    def y(value: float) -> float:
        share = (min(max(value, start), stop) - start) / (stop - start)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    _draw_axis(canvas, y, start=start, stop=stop, target=target, digits=digits)
    for run in _runs(points):
        if len(run) > 1:
            path = " ".join(f"{x(place):.2f},{y(points[place].value or 0.0):.2f}" for place in run)
            canvas.add("polyline", class_="trend", points=path)
    every = -(-len(points) // LABELS) or 1
    for place, point in enumerate(points):
        _draw_point(canvas, point, x=x(place), y=y, step=step, measure=measure, named=place % every == 0)
    table = [["", measure, "low", "high", ""]]
    table += [[point.name, _said(point.value), _said(point.low), _said(point.high), point.note] for point in points]
    return Chart(canvas.svg(), table)


def _draw_axis(
    canvas: Canvas, y: Callable[[float], float], *, start: float, stop: float, target: float | None, digits: int
) -> None:
    canvas.open("g", class_="axis")
    for number in range(6):
        tick = start + (stop - start) * number / 5
        canvas.add("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y(tick), y2=y(tick))
        canvas.add("text", f"{tick:.{digits}f}".replace("-", "−"), x=LEFT - 10, y=y(tick) + 4, text_anchor="end")
    canvas.close("g")
    if target is not None:
        canvas.add("line", class_="target", x1=LEFT, x2=WIDTH - RIGHT, y1=y(target), y2=y(target))


def _draw_point(
    canvas: Canvas, point: Point, *, x: float, y: Callable[[float], float], step: float, measure: str, named: bool
) -> None:
    said = "undefined" if point.value is None else f"{point.value:.3f}"
    if point.low is not None and point.high is not None:
        said += f", 95% from {point.low:.3f} to {point.high:.3f}"
    canvas.open("g", role="img", aria_label=f"{point.name}: {measure} {said} {point.note}".strip())
    canvas.add("rect", class_="hit", x=x - step / 2, y=TOP, width=step, height=HEIGHT - TOP, rx=4)
    if point.low is not None and point.high is not None:
        canvas.add("line", class_="range", x1=x, x2=x, y1=y(point.low), y2=y(point.high))
    if point.value is not None:
        canvas.add("circle", class_="dot", cx=x, cy=y(point.value), r=4.5)
    if named:
        canvas.add("text", clip(point.name, 12), x=x, y=HEIGHT - BOTTOM + 20, text_anchor="middle")
        canvas.add(
            "text", clip(point.note or "–", 12), x=x, y=HEIGHT - BOTTOM + 36, text_anchor="middle", class_="soft"
        )
    canvas.close("g")


def _runs(points: Sequence[Point]) -> list[list[int]]:
    """The places of defined values, as stretches without a gap."""
    runs: list[list[int]] = [[]]
    for place, point in enumerate(points):
        if point.value is not None:
            runs[-1].append(place)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
