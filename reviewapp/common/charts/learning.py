"""Learning curves: a figure against labels spent, one line a way of choosing, each with its band."""

from collections.abc import Sequence

from reviewapp.common.charts.curve import Series
from reviewapp.common.charts.drawing import Canvas, Chart

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 880, 320, 56, 24, 16, 44
TICKS = 5
MOST = 4  # lines that can be told apart


def learning_curves(
    labels: Sequence[int], series: Sequence[Series], *, title: str, measure: str, target: float | None = None
) -> Chart:
    """Draw up to four lines over the labels spent; the scale ends at what the curves reach."""
    drawn = series[:MOST]
    canvas = Canvas(WIDTH, HEIGHT, title=title, description=f"{measure} with 95% bands by labels spent")
    tops = [point[2] or point[0] or 0.0 for one in drawn for point in one.values]
    feet = [point[0] if point[1] is None else point[1] for one in drawn for point in one.values]
    stop, start = min(1.0, max([*tops, target or 0.0, 0.1]) * 1.05), max(0.0, min([foot or 0.0 for foot in feet]) * 0.9)
    reach = max(labels[-1] - labels[0], 1)

    def x(value: float) -> float:
        return LEFT + (value - labels[0]) / reach * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (stop - min(max(value, start), stop)) / (stop - start) * (HEIGHT - TOP - BOTTOM)

    canvas.open("g", class_="axis")
    for number in range(TICKS + 1):
        tick = start + (stop - start) * number / TICKS
        canvas.add("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y(tick), y2=y(tick))
        canvas.add("text", f"{tick:.3f}", x=LEFT - 10, y=y(tick) + 4, text_anchor="end")
    for value in labels[:: max(1, -(-len(labels) // 12))]:
        canvas.add("text", f"{value:,}", x=x(value), y=HEIGHT - BOTTOM + 18, text_anchor="middle")
    canvas.add("text", "items labelled", x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 6, text_anchor="middle")
    canvas.close("g")
    if target is not None:
        canvas.add("line", class_="target", x1=LEFT, x2=WIDTH - RIGHT, y1=y(target), y2=y(target))
    for number, one in enumerate(drawn, start=1):
        places = [place for place, point in enumerate(one.values) if point[0] is not None]
        banded = [place for place in places if None not in one.values[place]]
        high = [(x(labels[place]), y(one.values[place][2] or 0.0)) for place in banded]
        low = [(x(labels[place]), y(one.values[place][1] or 0.0)) for place in reversed(banded)]
        if high:
            canvas.add("polygon", class_=f"band s{number}", points=_points([*high, *low]))
        line = [(x(labels[place]), y(one.values[place][0] or 0.0)) for place in places]
        canvas.add("polyline", class_=f"trend s{number}", points=_points(line))
    table = [["items labelled", *(one.name for one in series)]]
    table += [[f"{labels[place]:,}", *(_said(one.values[place]) for one in series)] for place in range(len(labels))]
    return Chart(canvas.svg(), table)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{a:.2f},{b:.2f}" for a, b in points)


def _said(values: tuple[float | None, float | None, float | None]) -> str:
    value, low, high = values
    if value is None:
        return "–"
    return f"{value:.3f}" + (f" ({low:.3f} to {high:.3f})" if low is not None and high is not None else "")
