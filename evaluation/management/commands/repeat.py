"""repeat SLUG RUN [--times N] [--sample N] [--seed S] [--budget USD] [--wait] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.repeats import repeat_run
from evaluation.enums import RunState
from evaluation.management.commands.agreement import shown
from evaluation.management.waiting import work_to_the_end
from evaluation.models import Run
from evaluation.queries.repeats import repeated, report
from evaluation.queries.runs import find_run
from labeling.management.base import CANNOT_TELL, AssayCommand


class Command(AssayCommand):
    help = "Run a finished run again, and say how often its answers flip."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("run")
        parser.add_argument("--times", type=int, default=2, help="how many more repeats; 0 reads those there are")
        parser.add_argument("--sample", type=int, metavar="N", help="so many of its items, drawn by the seed")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--budget", type=float, metavar="USD", help="for all of them together")
        parser.add_argument("--wait", action="store_true", help="do the work here and now, and wait for its end")

    def work(self, **options: Any) -> int | None:
        run = find_run(self.project(options["slug"]), options["run"])
        started = self._start(run, options) if options["times"] else []
        if options["wait"]:
            work_to_the_end(started)
        for one in started:
            self.say(f"Run {one.name}: {one.state}.{f' {one.state_reason}' if one.state_reason else ''}")
        content = report(repeated(run)) | {"started": [{"run": one.name, "state": one.state} for one in started]}
        if found := content["stability"]:
            self.say(f"items that flip: {shown(found['sets'])} over {found['repeats']} runs")
            self.say(f"any two runs differ: {shown(found['pairwise'])}")
        self.report(content)
        return CANNOT_TELL if options["wait"] and any(one.state != RunState.DONE for one in started) else None

    def _start(self, run: Run, options: dict[str, Any]) -> list[Run]:
        return repeat_run(
            run=run,
            times=options["times"],
            sample=options["sample"],
            seed=options["seed"],
            budget_usd=options["budget"],
            by=self.by,
            operator=self.operator,
        )
