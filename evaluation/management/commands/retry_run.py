"""retry_run SLUG RUN [--kind K] [--budget USD] [--wait]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.retries import retry_failures
from evaluation.enums import RunState
from evaluation.management.waiting import work_to_the_end
from evaluation.queries.runs import find_run, progress_of
from labeling.management.base import CANNOT_TELL, AssayCommand


class Command(AssayCommand):
    help = "Ask the failed items of a run again: a finished run gets another run over them, any other takes them back."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("run")
        parser.add_argument("--kind", default="", help="only failures of this kind, such as timeout")
        parser.add_argument("--budget", type=float, metavar="USD", help="of the new run; what is left if left out")
        parser.add_argument("--wait", action="store_true", help="do the work here and now, and wait for its end")

    def work(self, **options: Any) -> int | None:
        found = find_run(self.project(options["slug"]), options["run"])
        run = retry_failures(
            run=found, kind=options["kind"], budget_usd=options["budget"], by=self.by, operator=self.operator
        )
        if options["wait"]:
            work_to_the_end([run])
        progress = progress_of(run)
        self.say(f"Run {run.name}: {run.state}, {progress.waiting:,} to ask, {progress.failed:,} failed.")
        self.report({"run": run.name, "state": run.state, "waiting": progress.waiting, "failed": progress.failed})
        return CANNOT_TELL if options["wait"] and run.state != RunState.DONE else None
