"""compare SLUG RUN_A RUN_B --golden G@1 --split dev --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.reports import compare_runs
from evaluation.analyses.asked import Resampling
from evaluation.management.commands.agreement import shown
from evaluation.queries.runs import find_run
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand
from labeling.queries.golden import find_release

CODES = {"better": DONE, "not_worse": DONE, "worse": GATE_FAILED, "cannot_tell": CANNOT_TELL}


class Command(AssayCommand):
    help = "Compare two runs on the same items: B against A."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("run_a")
        parser.add_argument("run_b")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--split", required=True, help="dev or test")
        parser.add_argument("--margin", type=float, default=0.02, help="the loss of micro F1 that would not matter")
        parser.add_argument("--gate", action="store_true", help="exit 1 if B is worse, 3 if it cannot be told")
        parser.add_argument("--resamples", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=0)

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        report = compare_runs(
            run_a=find_run(project, options["run_a"]),
            run_b=find_run(project, options["run_b"]),
            release=find_release(project, options["golden"]),
            split=options["split"],
            margin=options["margin"],
            resampling=Resampling(options["resamples"], options["seed"]),
            by=self.by,
            operator=self.operator,
        )
        for name, value in report["diff"].items():
            self.say(f"{name}, B - A: {shown(value)}")
        self.say(f"verdict: {report['verdict'].replace('_', ' ')} (margin {report['margin']:g})")
        self.report(report)
        return CODES[report["verdict"]] if options["gate"] else None
