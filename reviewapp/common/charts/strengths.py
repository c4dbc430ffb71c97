"""How a figure falls as texts get worse: one small picture a kind, all on the same axis."""

from collections.abc import Callable, Sequence

from reviewapp.common.charts.drawing import Canvas, Chart
from reviewapp.common.charts.lines import Point

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420, 200, 40, 16, 12, 40
MIN_SPAN = 0.2


def axis_of(values: Sequence[float | None]) -> tuple[float, float]:
    """From where to where an axis goes that shows all values, in tenths and within 0 and 1.

    >>> axis_of([0.52, 0.61, None])
    (0.5, 0.7)
    """
    known = [value for value in values if value is not None]
    if not known:
        return 0.0, 1.0
    low, high = int(min(known) * 10 + 1e-9) / 10, min(1.0, int(max(known) * 10 + 1 - 1e-9) / 10)
    if high - low < MIN_SPAN - 1e-9:
        low, high = max(0.0, high - MIN_SPAN), max(high, MIN_SPAN)
    return round(low, 1), round(high, 1)


def strength_chart(
    points: Sequence[Point], *, title: str, measure: str, axis: tuple[float, float], level: float, tolerance: float
) -> Chart:
    """The points in their order, the first of which is clean; a line at the level and a dashed one at the tolerance.

    A point whose value lies below the tolerance is drawn as a loss.
    """
    said = f"{measure} with 95% intervals at {len(points)} strengths; clean {level:.3f}, borne down to {tolerance:.3f}"
    canvas = Canvas(WIDTH, HEIGHT, title=title, description=said)
    step = (WIDTH - LEFT - RIGHT) / max(len(points), 1)
    start, stop = axis

    def y(value: float) -> float:
        share = (min(max(value, start), stop) - start) / (stop - start)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    canvas.open("g", class_="axis")
    for number in range(round((stop - start) * 10) + 1):
        tick = start + number / 10
        if number % (1 if stop - start < 0.55 else 2) == 0:
            canvas.add("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y(tick), y2=y(tick))
            canvas.add("text", f"{tick:.1f}", x=LEFT - 8, y=y(tick) + 4, text_anchor="end")
    canvas.close("g")
    canvas.add("line", class_="base", x1=LEFT, x2=WIDTH - RIGHT, y1=y(level), y2=y(level))
    canvas.add("line", class_="target", x1=LEFT, x2=WIDTH - RIGHT, y1=y(tolerance), y2=y(tolerance))
    places = [LEFT + step * (place + 0.5) for place in range(len(points))]
    known = [(x, y(one.value)) for x, one in zip(places, points, strict=True) if one.value is not None]
    if len(known) > 1:
        canvas.add("polyline", class_="trend", points=" ".join(f"{x:.2f},{height:.2f}" for x, height in known))
    for x, point in zip(places, points, strict=True):
        _draw(canvas, point, x=x, y=y, measure=measure, step=step, tolerance=tolerance)
    table = [["", measure, "low", "high", ""]]
    table += [[one.name, _said(one.value), _said(one.low), _said(one.high), one.note] for one in points]
    return Chart(canvas.svg(), table)


def _draw(
    canvas: Canvas, point: Point, *, x: float, y: Callable[[float], float], measure: str, step: float, tolerance: float
) -> None:
    said = "undefined" if point.value is None else f"{point.value:.3f}"
    if point.low is not None and point.high is not None:
        said += f", 95% from {point.low:.3f} to {point.high:.3f}"
    tone = " loss" if point.value is not None and point.value < tolerance - 1e-9 else ""
    canvas.open("g", role="img", aria_label=f"{point.name}: {measure} {said}, {point.note}".rstrip(", "))
    canvas.add("rect", class_="hit", x=x - step / 2, y=TOP, width=step, height=HEIGHT - TOP, rx=4)
    if point.low is not None and point.high is not None:
        canvas.add("line", class_=f"range{tone}", x1=x, x2=x, y1=y(point.low), y2=y(point.high))
    if point.value is not None:
        canvas.add("circle", class_=f"dot{tone}", cx=x, cy=y(point.value), r=4.5)
    canvas.add("text", point.name, x=x, y=HEIGHT - BOTTOM + 18, text_anchor="middle")
    canvas.add("text", _said(point.value), x=x, y=HEIGHT - BOTTOM + 33, text_anchor="middle", class_="soft")
    canvas.close("g")


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
