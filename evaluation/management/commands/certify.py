"""certify SLUG --run R --golden G@1 --split dev [--target .95] [--risk .05] [--unit item|label] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.certificates import Promise, certify, verdict_of
from evaluation.actions.reports import evaluate_run
from evaluation.enums import RunState
from evaluation.queries.certificates import statement
from evaluation.queries.runs import find_run
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.queries.golden import find_release


class Command(AssayCommand):
    help = "From which confidence on a run's answers may be accepted without a person. Exit 3: not certifiable yet."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", required=True, metavar="NAME")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--split", required=True, help="dev, or test, which is a look")
        parser.add_argument("--target", type=float, default=0.95, help="the precision to be kept")
        parser.add_argument("--risk", type=float, default=0.05, help="the chance that the promise is wrong")
        parser.add_argument("--unit", default="item", help="item or label")
        parser.add_argument("--days", type=int, default=90, help="how long it holds")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        promise = Promise(options["target"], options["risk"], options["unit"], options["days"])
        run = find_run(project, options["run"])
        if run.state in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED):
            self.stderr.write(f"The run “{run.name}” is {run.state}: it cannot be certified yet.")
            return CANNOT_TELL
        release = find_release(project, options["golden"])
        evaluation = evaluate_run(run=run, release=release, split=options["split"], by=self.by, operator=self.operator)
        made = certify(evaluation=evaluation, promise=promise, by=self.by, operator=self.operator)
        if made:
            self.say(statement(made))
            self.report({**made.report, "certificate": str(made.public_id), "expires": made.expires_at.isoformat()})
            return None
        verdict = verdict_of(evaluation, promise)
        self.say(f"Not certifiable yet: {verdict.reason}.")
        if verdict.more:
            self.say(f"Audit about {verdict.more:,} more items.")
        self.report(verdict.as_dict() | {"certificate": None})
        return CANNOT_TELL
