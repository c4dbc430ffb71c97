"""One figure a row with its interval, a second one to hold it against, and small marks for its parts.

It is drawn twice, wide and narrow, and the style sheet shows the one that fits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, Page, clip

TOP = 56
GAP = 18  # between entries of the legend
SHAPES = ("triangle", "diamond")


@dataclass(frozen=True)
class Figure:
    """A value with its interval; `low` None: it has none, `value` None: undefined."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Range:
    """One row."""

    name: str
    main: Figure
    second: Figure | None = None
    marks: tuple[float | None, ...] = ()  # in the order of the chart's marks
    target: float | None = None
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class Legend:
    """What the signs of a chart stand for."""

    main: str
    second: str = ""
    marks: tuple[str, ...] = ()
    target: str = ""


class _Page(Page):
    """An axis from 0 to 1 beside the names."""

    def x(self, value: float) -> float:
        return self.left + min(max(value, 0.0), 1.0) * (self.width - self.left - self.right)


WIDE = _Page("wide", 880, 230, 170, 26, 13)
NARROW = _Page("narrow", 360, 12, 56, 46, 32, is_narrow=True)
SECOND = 13  # from a row's line to that of its second figure


def range_plot(rows: Sequence[Range], *, title: str, legend: Legend) -> Chart:
    """Draw the rows in their order from 0 to 1; an undefined value is a row without a dot."""
    drawn = "".join(_drawn(rows, title=title, legend=legend, page=page) for page in (WIDE, NARROW))
    return Chart(drawn, _table(rows, legend))


def _drawn(rows: Sequence[Range], *, title: str, legend: Legend, page: _Page) -> str:
    heights = [page.row + (SECOND if row.second else 0) for row in rows]
    height = TOP + sum(heights) + 10
    canvas = Canvas(page.width, height, title=title, description=f"{legend.main} with 95% intervals, {len(rows)} rows")
    _draw_legend(canvas, legend, has_target=any(row.target is not None for row in rows))
    canvas.open("g", class_="axis")
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        canvas.add("line", class_="grid", x1=page.x(tick), x2=page.x(tick), y1=TOP - 6, y2=height - 8)
        canvas.add("text", f"{tick:.1f}", x=page.x(tick), y=TOP - 11, text_anchor="middle")
    canvas.close("g")
    top = float(TOP)
    for row, tall in zip(rows, heights, strict=True):
        _draw_row(canvas, row, top=top, tall=tall, legend=legend, page=page)
        top += tall
    return page.kept(canvas)


def _draw_legend(canvas: Canvas, legend: Legend, *, has_target: bool) -> None:
    x, y = 14.0, 16.0
    signs: list[tuple[str, Callable[[float], None]]] = [(legend.main, lambda at: _dot(canvas, at, y, "dot"))]
    if legend.second:
        signs.append((legend.second, lambda at: _dot(canvas, at, y, "dot other")))
    for shape, name in zip(SHAPES, legend.marks, strict=False):
        signs.append((name, lambda at, shape=shape: _mark(canvas, shape, at, y)))  # type: ignore[misc]
    if has_target:
        signs.append((legend.target, lambda at: canvas.add("line", class_="target", x1=at, x2=at, y1=y - 8, y2=y + 8)))
    canvas.open("g", class_="axis")
    for name, draw in signs:
        draw(x)
        canvas.add("text", name, x=x + 10, y=y + 4)
        x += 10 + 6.6 * len(name) + GAP
    canvas.close("g")


def _dot(canvas: Canvas, x: float, y: float, kind: str) -> None:
    canvas.add("circle", class_=kind, cx=x, cy=y, r=4.5 if kind == "dot" else 3.5)


def _mark(canvas: Canvas, shape: str, x: float, y: float) -> None:
    points = {
        "triangle": ((-4, 4), (4, 4), (0, -4)),
        "diamond": ((-4, 0), (0, -4), (4, 0), (0, 4)),
    }[shape]
    canvas.add("polygon", class_="mark", points=" ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in points))


def _draw_row(canvas: Canvas, row: Range, *, top: float, tall: float, legend: Legend, page: _Page) -> None:
    y = top + page.line
    label = f"{row.name}: {legend.main} {_spoken(row.main)}"
    if row.second:
        label += f"; {legend.second} {_spoken(row.second)}"
    if row.href:
        canvas.open("a", href=row.href, aria_label=label)
    else:
        canvas.open("g", role="img", aria_label=label)
    canvas.add("rect", class_="hit", x=0.0, y=top, width=page.width, height=tall, rx=4)
    beside = page.width - page.right + 16
    if page.is_narrow:
        canvas.add("text", clip(row.name, 34), x=page.left, y=top + 16)
        canvas.add("text", row.note, x=page.width - 4, y=top + 16, text_anchor="end", class_="soft")
    else:
        canvas.add("text", clip(row.name, 34), x=page.left - 14, y=y + 4, text_anchor="end")
        canvas.add("text", row.note, x=beside + 48, y=y + 4, class_="soft")
    _draw_figure(canvas, row.main, y, "dot", page)
    canvas.add("text", _said(row.main.value), x=beside, y=y + 4)
    if row.second:
        _draw_figure(canvas, row.second, y + SECOND, "dot other", page)
        canvas.add("text", _said(row.second.value), x=beside, y=y + SECOND + 4, class_="soft")
    for shape, value in zip(SHAPES, row.marks, strict=False):
        if value is not None:
            _mark(canvas, shape, page.x(value), y)
    if row.target is not None:
        at = page.x(row.target)
        canvas.add("line", class_="target", x1=at, x2=at, y1=y - 11, y2=top + tall - 2)
    canvas.close("a" if row.href else "g")


def _draw_figure(canvas: Canvas, figure: Figure, y: float, kind: str, page: _Page) -> None:
    if figure.low is not None and figure.high is not None:
        canvas.add("line", class_="range", x1=page.x(figure.low), x2=page.x(figure.high), y1=y, y2=y)
    if figure.value is not None:
        _dot(canvas, page.x(figure.value), y, kind)


def _spoken(figure: Figure) -> str:
    if figure.value is None:
        return "undefined"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f}, 95% from {figure.low:.3f} to {figure.high:.3f}"


def _table(rows: Sequence[Range], legend: Legend) -> list[list[str]]:
    has_second, has_target = any(row.second for row in rows), any(row.target is not None for row in rows)
    head = ["", legend.main, "low", "high", *legend.marks]
    head += [legend.second, "low", "high"] if has_second else []
    table = [head + ([legend.target] if has_target else []) + [""]]
    for row in rows:
        line = [row.name, *map(_said, (row.main.value, row.main.low, row.main.high)), *map(_said, row.marks)]
        line += [""] * (4 + len(legend.marks) - len(line))
        if has_second:
            second = row.second or Figure(None)
            line += [_said(second.value), _said(second.low), _said(second.high)]
        table.append(line + ([_said(row.target)] if has_target else []) + [row.note])
    return table


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
