"""Several figures along a threshold: lines with bands, and a mark that a script moves."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 880, 300, 56, 24, 16, 40
TICKS = 5


@dataclass(frozen=True)
class Series:
    """One line: a value and its interval at each threshold; None where it is undefined."""

    name: str
    values: Sequence[tuple[float | None, float | None, float | None]]  # value, low, high


def curve(
    at: Sequence[float], series: Sequence[Series], *, title: str, axis: str, chosen: int, target: float | None = None
) -> Chart:
    """Draw up to four lines over the thresholds `at` (0 to 1), with a mark at the chosen one."""
    said = f"{', '.join(one.name for one in series)} at each {axis} from 0 to 1, with 95% bands"
    canvas = Canvas(WIDTH, HEIGHT, title=title, description=said)

    def x(value: float) -> float:
        return LEFT + value * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return TOP + (1 - value) * (HEIGHT - TOP - BOTTOM)

    canvas.open("g", class_="axis")
    for number in range(TICKS + 1):
        tick = number / TICKS
        canvas.add("line", class_="grid", x1=x(0), x2=x(1), y1=y(tick), y2=y(tick))
        canvas.add("text", f"{tick:.0%}", x=LEFT - 10, y=y(tick) + 4, text_anchor="end")
        canvas.add("text", f"{tick:.1f}", x=x(tick), y=HEIGHT - BOTTOM + 18, text_anchor="middle")
    canvas.add("text", axis, x=x(0.5), y=HEIGHT - 6, text_anchor="middle")
    canvas.close("g")
    if target is not None:
        canvas.add("line", class_="target", x1=x(0), x2=x(1), y1=y(target), y2=y(target))
    for number, one in enumerate(series, start=1):
        for places in _stretches(one):
            tops = [(x(at[place]), y(one.values[place][2] or 0.0)) for place in places]
            feet = [(x(at[place]), y(one.values[place][1] or 0.0)) for place in reversed(places)]
            canvas.add("polygon", class_=f"band s{number}", points=_points([*tops, *feet]))
            line = [(x(at[place]), y(one.values[place][0] or 0.0)) for place in places]
            canvas.add("polyline", class_=f"trend s{number}", points=_points(line))
    mark = x(at[chosen])
    canvas.add(
        "line", class_="cursor", data_cursor=f"{x(0):.2f} {x(1):.2f}", x1=mark, x2=mark, y1=TOP, y2=HEIGHT - BOTTOM
    )
    step = max(1, len(at) // 20)
    table = [[axis, *(one.name for one in series)]]
    table += [[f"{at[place]:.2f}", *(_said(one.values[place]) for one in series)] for place in range(0, len(at), step)]
    return Chart(canvas.svg(), table)  # the page names the lines beside their figures


def _stretches(series: Series) -> list[list[int]]:
    """The places of defined values with intervals, as stretches without a gap."""
    found: list[list[int]] = [[]]
    for place, values in enumerate(series.values):
        if None not in values:
            found[-1].append(place)
        elif found[-1]:
            found.append([])
    return [one for one in found if one]


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{a:.2f},{b:.2f}" for a, b in points)


def _said(values: tuple[float | None, float | None, float | None]) -> str:
    value, low, high = values
    if value is None:
        return "–"
    return f"{value:.1%}" + (f" ({low:.1%} to {high:.1%})" if low is not None and high is not None else "")
