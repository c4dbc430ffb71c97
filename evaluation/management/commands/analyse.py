"""analyse SLUG --run R --golden G@1 --split dev --what calibration --json - [--set name=value]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.analyses import analyse
from evaluation.actions.reports import evaluate_run
from evaluation.analyses import NAMES
from evaluation.analyses.asked import Resampling
from evaluation.enums import RunState
from evaluation.queries.runs import find_run
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "One part of an evaluation: calibration, slices, errors, ... A first look at test goes into the ledger."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", required=True, metavar="NAME")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--split", required=True, help="dev or test")
        parser.add_argument("--what", required=True, help=", ".join(NAMES))
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of it")
        parser.add_argument("--resamples", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=0)

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        if options["what"] not in NAMES:
            raise Refused(f"There is no analysis “{options['what']}”. There are: {', '.join(NAMES)}.")
        parameters = dict(_parameter(one) for one in options["set"])
        run = find_run(project, options["run"])
        if run.state in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED):
            self.stderr.write(f"The run “{run.name}” is {run.state}: it cannot be scored yet.")
            return CANNOT_TELL
        evaluation = evaluate_run(
            run=run,
            release=find_release(project, options["golden"]),
            split=options["split"],
            resampling=Resampling(options["resamples"], options["seed"]),
            by=self.by,
            operator=self.operator,
        )
        found = analyse(evaluation=evaluation, kind=options["what"], parameters=parameters, by=self.by)
        self.say(f"{options['what']} of {run.name} on {found.report['golden']}:{found.report['split']}")
        self.report(found.report)
        return None


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused(f"“{text}” sets nothing. Write --set name=value.")
    return name, value
