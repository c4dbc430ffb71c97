"""A square of values between every two of something: shade, number and link in each cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, clip

WIDTH, LEFT, TOP, LEAST, MOST = 880, 150, 34, 18, 44
SHADES = 6


@dataclass(frozen=True)
class Cell:
    """What two have between them, its interval, how much is behind it, and where it leads."""

    value: float | None
    low: float | None
    high: float | None
    note: str = ""
    href: str = ""


def pair_map(
    names: Sequence[str], cells: Mapping[tuple[int, int], Cell], *, title: str, measure: str, start: float, stop: float
) -> Chart:
    """Draw cells (row, column) by the places of the names; the darker, the higher. Missing cells stay empty."""
    size = int(min(MOST, max(LEAST, (WIDTH - LEFT - 20) / max(len(names), 1))))
    canvas = Canvas(WIDTH, TOP + size * len(names) + 10, title=title, description=f"{measure} of {len(cells)} pairs")
    for place, name in enumerate(names):
        middle = size * place + size / 2
        canvas.add("text", clip(name, 20), x=LEFT - 10, y=TOP + middle + 4, text_anchor="end")
        canvas.add("text", str(place + 1), x=LEFT + middle, y=TOP - 10, text_anchor="middle", class_="soft")
    for (row, column), cell in sorted(cells.items()):
        _draw(canvas, cell, x=LEFT + size * column, y=TOP + size * row, size=size, names=(names[row], names[column]),
              shade=_shade(cell.value, start, stop), measure=measure)  # fmt: skip
    table = [["", "", measure, "low", "high", ""]]
    table += [
        [names[row], names[column], _said(cell.value), _said(cell.low), _said(cell.high), cell.note]
        for (row, column), cell in sorted(cells.items())
        if row <= column
    ]
    return Chart(canvas.svg(), table)


def _shade(value: float | None, start: float, stop: float) -> int:
    """0 for nothing known, else 1 to SHADES."""
    if value is None:
        return 0
    share = (min(max(value, start), stop) - start) / (stop - start)
    return min(int(share * SHADES), SHADES - 1) + 1


def _draw(
    canvas: Canvas, cell: Cell, *, x: float, y: float, size: int, names: tuple[str, str], shade: int, measure: str
) -> None:
    said = f"{names[0]} and {names[1]}: {measure} {_said(cell.value)}"
    if cell.low is not None and cell.high is not None:
        said += f", 95% from {_said(cell.low)} to {_said(cell.high)}"
    said = f"{said}, {cell.note}" if cell.note else said
    if cell.href:
        canvas.open("a", href=cell.href, aria_label=said)
    else:
        canvas.open("g", role="img", aria_label=said)
    canvas.add("title", said)
    canvas.add("rect", class_=f"pairshade h{shade}", x=x + 1, y=y + 1, width=size - 2, height=size - 2, rx=3)
    if size >= 24:
        text = "–" if cell.value is None else f"{cell.value:.2f}".replace("0.", ".").replace("-", "−")
        style = "on" if shade > SHADES - 3 else ""
        canvas.add(
            "text", text, x=x + size / 2, y=y + size / 2 + 4, text_anchor="middle", class_=f"pairtext {style}".strip()
        )
    canvas.close("a" if cell.href else "g")


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
