"""report SLUG --run R --golden G@1 --split dev -o FILE.html [--objective NAME]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.reports import evaluate_run
from evaluation.enums import RunState
from evaluation.models import Evaluation
from evaluation.queries.objectives import chosen_objective, find_objective
from evaluation.queries.runs import find_run
from evaluation.views.report import as_html
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.queries.golden import find_release


class Command(AssayCommand):
    help = "An evaluation with all its parts as one HTML file. A first look at test goes into the ledger."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", required=True, metavar="NAME")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--split", required=True, help="dev or test")
        parser.add_argument("--objective", default="", metavar="NAME", help="the project's default if left out")
        parser.add_argument("-o", "--output", default="-", metavar="FILE")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        run = find_run(project, options["run"])
        if run.state in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED):
            self.stderr.write(f"The run “{run.name}” is {run.state}: it cannot be scored yet.")
            return CANNOT_TELL
        named = options["objective"]
        objective = find_objective(project, named) if named else chosen_objective(project, {})
        made = evaluate_run(
            run=run,
            release=find_release(project, options["golden"]),
            split=options["split"],
            by=self.by,
            operator=self.operator,
        )
        evaluation = Evaluation.objects.select_related(
            "run__project", "run__prompt_version__prompt", "release__golden_set", "release__taxonomy_version"
        ).get(pk=made.pk)
        with self.output(options["output"]) as stream:
            stream.write(as_html(evaluation, by=self.by, objective=objective))
        return None
