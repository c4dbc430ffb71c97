"""One small bar: a value with its interval, and the line it is held against."""

from reviewapp.common.charts.drawing import Canvas, Chart

WIDTH, HEIGHT, MIDDLE, EDGE = 220, 22, 11, 6


def bullet(
    name: str, *, value: float | None, low: float | None, high: float | None, target: float, most: float = 1.0
) -> Chart:
    """Draw it from 0 to `most`; an undefined value leaves the line alone."""
    said = "not measured" if value is None else f"{value:.3f}"
    between = "" if low is None or high is None else f", 95% between {low:.3f} and {high:.3f}"
    canvas = Canvas(WIDTH, HEIGHT, title=name, description=f"{said}{between}; asked: {target:.3f}")
    canvas.add("line", class_="base", x1=EDGE, x2=WIDTH - EDGE, y1=MIDDLE, y2=MIDDLE)
    if low is not None and high is not None and high > low:
        canvas.add("line", class_="range", x1=_x(low, most), x2=_x(high, most), y1=MIDDLE, y2=MIDDLE)
    if value is not None:
        canvas.add("circle", class_="dot", cx=_x(value, most), cy=MIDDLE, r=4.5)
    canvas.add("line", class_="target", x1=_x(target, most), x2=_x(target, most), y1=1, y2=HEIGHT - 1)
    table = [["", "Value", "Low", "High", "Asked"], [name, said, _cell(low), _cell(high), f"{target:.3f}"]]
    return Chart(canvas.svg().replace('class="chart"', 'class="chart bullet"', 1), table)


def _x(value: float, most: float) -> float:
    return EDGE + min(max(value / most, 0.0), 1.0) * (WIDTH - 2 * EDGE)


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
