"""Two properties crossed: a table of figures, tinted by how far each is from the rest, with n in each cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewapp.common.charts.drawing import Canvas, Chart, clip

LEFT, TOP, WIDE, HIGH, GAP, WIDTH = 190, 46, 92, 44, 3, 880
BANDS = (0.02, 0.05, 0.1, 0.2)  # of the distance: the deeper the tint, the farther
LETTERS = 12  # of a name over a column


@dataclass(frozen=True)
class Square:
    """One cell. `value` None is too small or undefined: it is hatched, and `note` says why."""

    value: float | None
    distance: float | None  # from the rest: below 0 is worse
    n: int
    note: str = ""
    stands_out: bool = False
    href: str = ""


def heat_map(
    cells: Mapping[tuple[str, str], Square],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    measure: str,
) -> Chart:
    """Draw `cells` by (row, column); a pair that is missing has no items and stays empty."""
    wide = max(WIDE, (WIDTH - LEFT) / max(len(columns), 1) if len(columns) > 5 else 120)
    width, height = max(WIDTH, round(LEFT + wide * len(columns))), TOP + HIGH * len(rows) + 4
    said = f"{measure} of {len(rows)} by {len(columns)} groups, with the number of items in each"
    canvas = Canvas(width, height, title=title, description=said)
    canvas.open("defs")
    canvas.open("pattern", id="hatched", width=7, height=7, patternUnits="userSpaceOnUse")
    canvas.add("path", class_="hatch", d="M-1,1 L1,-1 M0,7 L7,0 M6,8 L8,6")
    canvas.close("pattern")
    canvas.close("defs")
    canvas.open("g", class_="axis")
    for place, name in enumerate(columns):
        shown = clip(name, max(LETTERS, int(wide / 8)))
        canvas.add("text", shown, x=LEFT + wide * (place + 0.5), y=TOP - 14, text_anchor="middle")
    canvas.close("g")
    for down, row in enumerate(rows):
        canvas.add("text", clip(row, 26), x=LEFT - 12, y=TOP + HIGH * down + HIGH / 2 + 4, text_anchor="end")
        for along, column in enumerate(columns):
            if square := cells.get((row, column)):
                _draw(canvas, square, x=LEFT + wide * along, y=TOP + HIGH * down, wide=wide, name=f"{row}, {column}")
    table = [["", "", measure, "from the rest", "n", ""]]
    pairs = ((row, column) for row in rows for column in columns if (row, column) in cells)
    table += [[*pair, *_in_words(cells[pair])] for pair in pairs]
    return Chart(canvas.svg(), table)


def _in_words(square: Square) -> list[str]:
    return [_said(square.value), _signed(square.distance), f"{square.n:,}", square.note]


def _draw(canvas: Canvas, square: Square, *, x: float, y: float, wide: float, name: str) -> None:
    said = f"{name}: {_said(square.value)}, {square.n:,} items"
    if square.distance is not None:
        said += f", {_signed(square.distance)} from the rest" + (", stands out" if square.stands_out else "")
    said += f", {square.note}" if square.note else ""
    if square.href:
        canvas.open("a", href=square.href, aria_label=said)
    else:
        canvas.open("g", role="img", aria_label=said)
    box: dict[str, Any] = {"x": x + GAP / 2, "y": y + GAP / 2, "width": wide - GAP, "height": HIGH - GAP, "rx": 4}
    if square.value is None:
        canvas.add("rect", class_="heat small", **box)
        canvas.add("rect", fill="url(#hatched)", **box)
        canvas.add("text", "too few", x=x + wide / 2, y=y + 20, text_anchor="middle", class_="soft")
    else:
        canvas.add("rect", class_=f"heat {_tint(square.distance)}".strip(), **box)
        canvas.add("text", f"{square.value:.2f}", x=x + wide / 2, y=y + 20, text_anchor="middle")
    if square.stands_out:
        canvas.add("rect", class_="heat-edge", **box)
    canvas.add("text", f"n {square.n:,}", x=x + wide / 2, y=y + 35, text_anchor="middle", class_="soft")
    canvas.close("a" if square.href else "g")


def _tint(distance: float | None) -> str:
    """worse or better, and how much in four steps."""
    if distance is None:
        return ""
    depth = sum(abs(distance) >= band for band in BANDS)
    return f"{'worse' if distance < 0 else 'better'} d{depth}" if depth else ""


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")
