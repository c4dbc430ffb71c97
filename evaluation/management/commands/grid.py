"""grid SLUG NAME@N --on G@1 --axis temperature=0,.7 --axis few_shot=0,4 [--repeats 2] [--sample N] [--wait] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.grid_figures import measure_grid
from evaluation.actions.grids import read_axes, start_grid
from evaluation.actions.prompts import find_version
from evaluation.enums import RunState
from evaluation.management.waiting import work_to_the_end
from evaluation.models import Grid, Run
from evaluation.queries import grids as queries
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.queries.golden import find_release


class Command(AssayCommand):
    help = "Try a prompt version with many parameters on the dev split of a release."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("prompt", help="a prompt's name, or name@3; built in: baseline-zero, baseline-few")
        parser.add_argument("--on", required=True, metavar="G@1")
        parser.add_argument("--axis", action="append", required=True, metavar="NAME=VALUE,VALUE")
        parser.add_argument("--repeats", type=int, default=2, help="of each combination, beside its first run")
        parser.add_argument("--sample", type=int, metavar="N", help="so many items, drawn by the seed")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--budget", type=float, metavar="USD", help="for all runs together")
        parser.add_argument("--wait", action="store_true", help="do the work here and now, and wait for its end")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        grid = start_grid(
            version=find_version(project=project, reference=options["prompt"], **acts),
            release=find_release(project, options["on"]),
            axes=read_axes(options["axis"]),
            repeats=options["repeats"],
            sample=options["sample"],
            seed=options["seed"],
            budget_usd=options["budget"],
            **acts,
        )
        runs = [cell.run for cell in grid.cells.select_related("run").order_by("place", "repeat")]
        if options["wait"]:
            work_to_the_end(runs)
            measure_grid(grid)
        self._tell(grid)
        return CANNOT_TELL if options["wait"] and not _all_done(runs) else None

    def _tell(self, grid: Grid) -> None:
        board = queries.board(grid)
        for row in board.rows:
            f1, flips = (row.figures.get(name, {}).get("value") for name in ("f1", "flips"))
            figures = "" if f1 is None else f" micro F1 {f1:.3f}"
            figures += "" if flips is None else f", flips {flips:.3f}"
            self.say(f"{row.said}: {row.state.lower()}{figures}{f', {row.standing}' if row.standing else ''}")
        self.report(queries.report(board) | {"grid": str(grid.public_id)})


def _all_done(runs: list[Run]) -> bool:
    return all(run.state == RunState.DONE for run in runs)
