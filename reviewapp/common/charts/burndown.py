"""What is left day by day, and where it leads: the line of a round."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reviewapp.common.charts.drawing import Canvas, Chart

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 880, 260, 62, 24, 26, 34
TICKS = 6  # dates along the axis
ROWS = 60  # days in the table; of a longer round the last ones


@dataclass(frozen=True)
class Ahead:
    """The expected end and its interval; None as `latest`: beyond the picture."""

    end: date
    earliest: date | None
    latest: date | None


def burndown(
    days: Sequence[tuple[date, int]], *, title: str, total: int, ahead: Ahead | None = None, due: date | None = None
) -> Chart:
    """A step line of what was left, a dashed line to the expected end within its interval, and the due day."""
    first, today, left = days[0][0], days[-1][0], days[-1][1]
    last = _last_day(first, today, ahead, due)
    said = f"{left:,} of {total:,} left on {today:%-d %b %Y}"
    if ahead:
        said += f", expected to end on {ahead.end:%-d %b %Y}"
    canvas = Canvas(WIDTH, HEIGHT, title=title, description=said)
    span, top = max((last - first).days, 1), max(total, 1)

    def x(day: date) -> float:
        return LEFT + max((day - first).days, 0) / span * (WIDTH - LEFT - RIGHT)

    def y(seats: float) -> float:
        return TOP + (1 - seats / top) * (HEIGHT - TOP - BOTTOM)

    canvas.open("g", class_="axis")
    for seats in sorted({0, total // 2, total}):
        canvas.add("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y(seats), y2=y(seats))
        canvas.add("text", f"{seats:,}", x=LEFT - 10, y=y(seats) + 4, text_anchor="end")
    for day in _ticks(first, last):
        canvas.add("text", f"{day:%-d %b}", x=x(day), y=HEIGHT - 10, text_anchor="middle")
    canvas.close("g")
    if ahead and left:
        _draw_ahead(canvas, ahead, today=today, left=left, last=last, x=x, y=y)
    canvas.add("path", class_="line", d=_steps([(x(day), y(seats)) for day, seats in days], y(total)))
    canvas.add("circle", class_="dot", cx=x(today), cy=y(left), r=4.5)
    if due:
        at, side = x(due), "end" if (due - first).days > span / 2 else "start"
        canvas.add("line", class_="target", x1=at, x2=at, y1=TOP - 8, y2=HEIGHT - BOTTOM)
        canvas.add("text", f"due {due:%-d %b}", x=at - 6 if side == "end" else at + 6, y=TOP - 12, text_anchor=side)
    return Chart(canvas.svg(), _table(days, ahead=ahead, due=due))


def _last_day(first: date, today: date, ahead: Ahead | None, due: date | None) -> date:
    """The right edge: all that is known of the end, but not so far that what happened becomes a sliver."""
    known = [today, due, *([ahead.end, ahead.latest] if ahead else [])]
    farthest = today + timedelta(days=max(14, 3 * (today - first).days))
    return max(first + timedelta(days=1), due or today, min(max(day for day in known if day), farthest))


def _draw_ahead(canvas: Canvas, ahead: Ahead, *, today: date, left: int, last: date, x: object, y: object) -> None:
    assert callable(x)
    assert callable(y)

    def cut(end: date) -> tuple[float, float]:
        """Where a line from today to its end leaves the picture."""
        days = (end - today).days
        if end <= last or not days:
            return x(end), y(0)
        return x(last), y(left * (1 - (last - today).days / days))

    early = cut(ahead.earliest or ahead.end)
    late = cut(ahead.latest) if ahead.latest else (x(last), y(left))
    corners = [(x(today), y(left)), early, (max(late[0], early[0]), y(0)), late]
    if ahead.latest and ahead.latest <= last:
        del corners[2]
    canvas.add("polygon", class_="cone", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in corners))
    to = cut(ahead.end)
    canvas.add("line", class_="ahead", x1=x(today), y1=y(left), x2=to[0], y2=to[1])


def _steps(points: Sequence[tuple[float, float]], start: float) -> str:
    """A path that holds its level through each day: the first drop is from the total."""
    path = f"M{points[0][0]:.1f},{start:.1f}V{points[0][1]:.1f}"
    return path + "".join(f"H{a:.1f}V{b:.1f}" for a, b in points[1:])


def _ticks(first: date, last: date) -> list[date]:
    span = (last - first).days
    step = max(1, -(-span // (TICKS - 1)))
    return [first + timedelta(days=number) for number in range(0, span + 1, step)]


def _table(days: Sequence[tuple[date, int]], *, ahead: Ahead | None, due: date | None) -> list[list[str]]:
    table = [["Day", "Left"], *[[f"{day:%-d %b %Y}", f"{seats:,}"] for day, seats in days[-ROWS:]]]
    if ahead:
        early, late = (f"{day:%-d %b %Y}" if day else "–" for day in (ahead.earliest, ahead.latest))
        table.append([f"{ahead.end:%-d %b %Y} (expected, 95% from {early} to {late})", "0"])
    if due:
        table.append([f"{due:%-d %b %Y} (due)", ""])
    return table
