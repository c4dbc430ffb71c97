"""An amount each day, and the most that a day may have. Drawn twice, wide and narrow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from reviewapp.common.charts.drawing import Canvas, Chart
from reviewapp.common.charts.scatter import round_step


@dataclass(frozen=True)
class _Page:
    """One of the two sizes."""

    kind: str
    width: int
    left: int
    ticks: int
    height: int = 220
    right: int = 16
    top: int = 22
    bottom: int = 30


WIDE, NARROW = _Page("wide", 880, 70, 8), _Page("narrow", 360, 58, 4)


def day_bars(
    days: Sequence[tuple[date, float]],
    *,
    title: str,
    measure: str,
    limit: float | None = None,
    said: Callable[[float], str] = lambda value: f"{value:,g}",
) -> Chart:
    """Bars by day, from the first to the last, with a line at the limit. ValueError without days."""
    if not days:
        raise ValueError("there are no days")
    drawn = "".join(_drawn(days, page, title=title, measure=measure, limit=limit, said=said) for page in (WIDE, NARROW))
    table = [["Day", measure], *[[f"{day:%-d %b %Y}", said(value)] for day, value in days]]
    return Chart(drawn, table)


def _drawn(
    days: Sequence[tuple[date, float]],
    page: _Page,
    *,
    title: str,
    measure: str,
    limit: float | None,
    said: Callable[[float], str],
) -> str:
    most = max(value for _, value in days) or 1.0
    shows_limit = limit is not None and 0 < limit <= 4 * most  # one far above would flatten the days
    top = max(most, limit or 0.0) if shows_limit else most
    step = round_step(top / 4)
    high = ceil(top / step - 1e-9) * step
    foot, room = page.height - page.bottom, (page.width - page.left - page.right) / len(days)
    total = said(sum(value for _, value in days))
    canvas = Canvas(page.width, page.height, title=title, description=f"{measure} by day, {total} in all")

    def y(value: float) -> float:
        return foot - value / high * (foot - page.top)

    canvas.open("g", class_="axis")
    for number in range(round(high / step) + 1):
        at = y(number * step)
        canvas.add("line", class_="grid", x1=page.left, x2=page.width - page.right, y1=at, y2=at)
        canvas.add("text", said(number * step) if number else "0", x=page.left - 8, y=at + 4, text_anchor="end")
    every = ceil(len(days) / page.ticks)
    for place in range(len(days) - 1, -1, -every):
        middle = page.left + (place + 0.5) * room
        canvas.add("text", f"{days[place][0]:%-d %b}", x=middle, y=page.height - 8, text_anchor="middle")
    canvas.close("g")
    for place, (day, value) in enumerate(days):
        if not value:
            continue
        label = f"{day:%-d %b %Y}: {said(value)}"
        canvas.open("g", role="img", aria_label=label)
        canvas.add("title", label)
        height = max(foot - y(value), 1.0)
        canvas.add(
            "rect", class_="bar", x=page.left + place * room + room * 0.12, y=foot - height, width=room * 0.76,
            height=height, rx=min(2.0, room / 6),
        )  # fmt: skip
        canvas.close("g")
    if shows_limit and limit is not None:
        canvas.add("line", class_="target", x1=page.left, x2=page.width - page.right, y1=y(limit), y2=y(limit))
        canvas.add(
            "text", f"limit {said(limit)}", x=page.width - page.right, y=y(limit) - 6, text_anchor="end", class_="soft"
        )
    return canvas.svg().replace('class="chart"', f'class="chart {page.kind}"', 1)
