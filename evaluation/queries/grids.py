"""Grids as pages, files and commands show them: each combination with its F1, calibration, flip rate and cost."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse

from evaluation.enums import PredictionState, RunState
from evaluation.models import Grid, GridRun, Prediction, Run
from labeling.models import Project
from reviewapp.common.charts import Chart, Figure, Legend, Range, Spot, range_plot, scatter

MICRO = 1_000_000
ENDED = (PredictionState.DONE, PredictionState.FAILED)
BEST, SAME, WORSE = "best", "not distinguishable from the best", "worse than the best"


@dataclass(frozen=True)
class Listed:
    """A grid in the list."""

    grid: Grid
    runs: int
    ended: int
    is_simulated: bool


@dataclass(frozen=True)
class Row:
    """One combination."""

    place: int
    settings: dict[str, Any]
    runs: list[Run]  # the first, then its repeats
    done: int  # items answered or failed, in all of them
    total: int
    figures: dict[str, Any]
    cost: float | None  # dollars an item
    standing: str

    @property
    def said(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.settings.items())

    @property
    def state(self) -> str:
        """The least finished state of its runs."""
        order = (RunState.PAUSED, RunState.CANCELLED, RunState.RUNNING, RunState.QUEUED)
        states = {run.state for run in self.runs}
        return next((state.label for state in order if state in states), RunState.DONE.label)

    @property
    def reason(self) -> str:
        return next((run.state_reason for run in self.runs if run.state_reason), "")


@dataclass(frozen=True)
class Board:
    """The page of a grid."""

    grid: Grid
    rows: list[Row]
    f1: Chart | None
    steadiness: Chart | None
    cost: Chart | None

    @property
    def is_simulated(self) -> bool:
        return any(run.is_simulated for row in self.rows for run in row.runs)

    @property
    def done(self) -> int:
        return sum(row.done for row in self.rows)

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)

    @property
    def is_going(self) -> bool:
        going = (RunState.QUEUED, RunState.RUNNING)
        return any(run.state in going for row in self.rows for run in row.runs)

    @property
    def spent(self) -> int:
        return sum(run.spent_micro_usd for row in self.rows for run in row.runs)

    @property
    def best(self) -> Row | None:
        return next((row for row in self.rows if row.standing == BEST), None)

    @property
    def alike(self) -> int:
        """How many others cannot be told from the best."""
        return sum(row.standing == SAME for row in self.rows)


def grids_of(project: Project, *, limit: int = 100) -> list[Listed]:
    """The newest grids; one query."""
    over = (RunState.DONE, RunState.CANCELLED)
    found = (
        Grid.objects.filter(project=project)
        .select_related("prompt_version__prompt", "release__golden_set", "created_by")
        .annotate(
            runs=Count("cells"),
            ended=Count("cells", filter=Q(cells__run__state__in=over)),
            simulated=Count("cells", filter=Q(cells__run__is_simulated=True)),
        )
    )
    return [
        Listed(grid, grid.runs, grid.ended, grid.simulated > 0) for grid in found.order_by("-created_at", "-pk")[:limit]
    ]


def board(grid: Grid) -> Board:
    """A grid with what was measured by now (evaluation.actions.grid_figures); three queries."""
    cells = list(grid.cells.select_related("run").order_by("place", "repeat"))
    counted: dict[int, tuple[int, int, int]] = {}
    rows = Prediction.objects.filter(run__in=[cell.run_id for cell in cells]).values("run").order_by()
    rows = rows.annotate(ended=Count("pk", filter=Q(state__in=ENDED)))
    rows = rows.annotate(paid=Count("cost_micro_usd"), spent=Sum("cost_micro_usd"))
    for run, ended, paid, spent in rows.values_list("run", "ended", "paid", "spent"):
        counted[run] = (ended, paid, int(spent or 0))
    places: dict[int, list[GridRun]] = defaultdict(list)
    for cell in cells:
        places[cell.place].append(cell)
    found = [_row(grid, of_place, counted) for of_place in places.values()]
    return Board(grid, found, _f1(grid, found), _steadiness(found), _cost(grid, found))


def _row(grid: Grid, cells: list[GridRun], counted: dict[int, tuple[int, int, int]]) -> Row:
    sums = [counted.get(cell.run_id, (0, 0, 0)) for cell in cells]
    ended, paid, cost = (sum(one[part] for one in sums) for part in range(3))
    first = cells[0]
    return Row(
        place=first.place,
        settings=first.settings,
        runs=[cell.run for cell in cells],
        done=ended,
        total=sum(cell.run.total for cell in cells),
        figures=first.figures or {},
        cost=cost / paid / MICRO if paid else None,
        standing=_standing(grid.ranking, first.place),
    )


def _standing(ranking: dict[str, Any] | None, place: int) -> str:
    if ranking is None:
        return ""
    if ranking["best"] == place:
        return BEST
    against = ranking["against"].get(str(place))
    if against is None or against["p"] is None:
        return ""
    return WORSE if against["is_worse"] else SAME


def _figure(content: dict[str, Any] | None) -> Figure:
    return Figure(content["value"], content["low"], content["high"]) if content else Figure(None)


def _f1(grid: Grid, rows: list[Row]) -> Chart | None:
    if not any(row.figures for row in rows):
        return None
    drawn = [
        Range(
            row.said,
            _figure(row.figures.get("f1")),
            note=row.standing if row.standing == BEST else "",
            href=_url(grid, row),
        )
        for row in rows
    ]
    return range_plot(drawn, title="Micro F1 of each combination", legend=Legend("micro F1"))


def _steadiness(rows: list[Row]) -> Chart | None:
    """Calibration error and flip rate: what an F1 does not tell."""
    if not any(row.figures for row in rows):
        return None
    drawn = [Range(row.said, _figure(row.figures.get("flips")), second=_figure(row.figures.get("ece"))) for row in rows]
    return range_plot(
        drawn, title="Flip rate and calibration error", legend=Legend("flip rate", second="calibration error (ECE)")
    )


def _cost(grid: Grid, rows: list[Row]) -> Chart | None:
    spots = [
        Spot(
            row.said,
            row.cost,
            row.figures["f1"]["value"],
            up_low=row.figures["f1"]["low"],
            up_high=row.figures["f1"]["high"],
            href=_url(grid, row),
        )
        for row in rows
        if row.figures and row.cost
    ]
    if not spots:
        return None
    return scatter(
        spots,
        title="Cost and F1",
        across="dollars an item",
        up="micro F1",
        said=lambda value: f"${value:.5f}".rstrip("0").rstrip("."),
    )


def _url(grid: Grid, row: Row) -> str:
    return reverse("evaluation:run", args=[grid.project.slug, row.runs[0].public_id])


def report(one: Board) -> dict[str, Any]:
    """The grid as a file has it."""
    grid = one.grid
    return {
        "prompt": str(grid.prompt_version),
        "golden": str(grid.release),
        "split": "dev",
        "axes": grid.axes,
        "repeats": grid.repeats,
        "sample": grid.sample,
        "seed": grid.seed,
        "budget_usd": None if grid.budget_micro_usd is None else grid.budget_micro_usd / MICRO,
        "spent_usd": one.spent / MICRO,
        "simulated": one.is_simulated,
        "best": one.best.settings if one.best else None,
        "combinations": [
            {
                "settings": row.settings,
                "runs": [run.name for run in row.runs],
                "state": row.state.lower(),
                "micro_f1": row.figures.get("f1"),
                "ece": row.figures.get("ece"),
                "flips": row.figures.get("flips"),
                "cost_usd_an_item": row.cost,
                "standing": row.standing,
                "against_best": (grid.ranking or {}).get("against", {}).get(str(row.place)),
            }
            for row in one.rows
        ],
    }


def table(one: Board) -> list[dict[str, Any]]:
    """One row a combination."""
    rows = []
    for row in one.rows:
        line = {**row.settings, "state": row.state.lower(), "standing": row.standing, "cost_usd_an_item": row.cost}
        for name, title in (("f1", "micro_f1"), ("ece", "ece"), ("flips", "flips")):
            figure = row.figures.get(name) or {}
            line |= {title: figure.get("value"), f"{title}_low": figure.get("low"), f"{title}_high": figure.get("high")}
        rows.append(line)
    return rows
