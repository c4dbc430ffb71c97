"""Two properties crossed: how many are covered of how many there are, with the empty groups standing out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewapp.common.charts.drawing import Canvas, Chart, clip

LEFT, TOP, HIGH, GAP, WIDTH, NARROWEST = 190, 46, 40, 3, 880, 84
SHADES = (0.02, 0.05, 0.1, 0.25)  # of the share covered: the deeper the tint, the more


@dataclass(frozen=True)
class Plot:
    """One group: how many are covered, of how many, and where a thin one leads."""

    covered: int
    population: int
    href: str = ""


def coverage_grid(
    plots: Mapping[tuple[str, str], Plot],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    names: Mapping[str, str],
    title: str,
    wanted: int,
) -> Chart:
    """Draw `plots` by (row, column); a pair that is missing has nothing in it and is empty. `names`: of odd values."""
    wide = max(NARROWEST, (WIDTH - LEFT) / max(len(columns), 1)) if len(columns) > 3 else 180
    width, height = max(WIDTH, round(LEFT + wide * len(columns))), TOP + HIGH * len(rows) + 4
    thin = sum(plot.covered < wanted for plot in plots.values())
    said = f"{len(rows)} by {len(columns)} groups, {thin} of them with fewer than {wanted} covered"
    canvas = Canvas(width, height, title=title, description=said)
    canvas.open("g", class_="axis")
    for place, name in enumerate(columns):
        shown = clip(names.get(name, name), max(10, int(wide / 8)))
        canvas.add("text", shown, x=LEFT + wide * (place + 0.5), y=TOP - 14, text_anchor="middle")
    canvas.close("g")
    for down, row in enumerate(rows):
        y = TOP + HIGH * down
        canvas.add("text", clip(names.get(row, row), 26), x=LEFT - 12, y=y + HIGH / 2 + 4, text_anchor="end")
        for along, column in enumerate(columns):
            if plot := plots.get((row, column)):
                name = ", ".join(part for part in (names.get(row, row), names.get(column, column)) if part)
                _draw(canvas, plot, name=name, x=LEFT + wide * along, y=y, wide=wide, wanted=wanted)
    table = [["", "", "Covered", "All", "Share"]]
    pairs = [(row, column) for row in rows for column in columns if (row, column) in plots]
    for row, column in pairs:
        covered, all_of = plots[row, column].covered, plots[row, column].population
        where = [names.get(row, row), names.get(column, column)]
        table.append([*where, f"{covered:,}", f"{all_of:,}", f"{covered / all_of:.1%}"])
    return Chart(canvas.svg(), table)


def _draw(canvas: Canvas, plot: Plot, *, name: str, x: float, y: float, wide: float, wanted: int) -> None:
    share = plot.covered / plot.population
    shade = sum(share >= edge for edge in SHADES) + 1
    is_thin = plot.covered < wanted
    told = f"{name}: {plot.covered:,} of {plot.population:,}" + (f", fewer than {wanted}" if is_thin else "")
    if plot.href:
        canvas.open("a", href=plot.href, aria_label=f"{told}: start a round here")
    else:
        canvas.open("g", role="img", aria_label=told)
    kind = "cover thin" if is_thin else f"cover c{shade}"
    canvas.add("rect", class_=kind, x=x, y=y, width=wide - GAP, height=HIGH - GAP, rx=4)
    text = f"{plot.covered:,}" + (" +" if plot.href else "")
    canvas.add("text", text, x=x + wide / 2, y=y + 17, text_anchor="middle", class_="covered")
    canvas.add("text", f"of {plot.population:,}", x=x + wide / 2, y=y + 31, text_anchor="middle", class_="soft")
    canvas.close("a" if plot.href else "g")
