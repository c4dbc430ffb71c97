"""evaluate SLUG --run R --golden G@1 --split dev --json - [--resamples 1000] [--seed 0] [--method M] [--clusters A]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.reports import evaluate_run
from evaluation.analyses.asked import Resampling
from evaluation.enums import RunState
from evaluation.management.commands.agreement import shown
from evaluation.queries.reading import reading
from evaluation.queries.runs import find_run
from evaluation.stats.resampling import METHODS
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.queries.golden import find_release


class Command(AssayCommand):
    help = "Score a run against one split of a release. A look at test goes into the ledger."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", required=True, metavar="NAME")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--split", required=True, help="dev or test")
        parser.add_argument("--resamples", type=int, default=1000)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--method", default="bca", choices=METHODS)
        parser.add_argument("--clusters", default="", metavar="ATTRIBUTE", help="items with one value belong together")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        run = find_run(project, options["run"])
        if run.state in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED):
            self.stderr.write(f"The run “{run.name}” is {run.state}: it cannot be scored yet.")
            return CANNOT_TELL
        evaluation = evaluate_run(
            run=run,
            release=find_release(project, options["golden"]),
            split=options["split"],
            resampling=Resampling(*(options[name] for name in ("resamples", "seed", "method", "clusters"))),
            by=self.by,
            operator=self.operator,
        )
        report = evaluation.report
        self.say(f"{run.name} on {report['golden']}:{report['split']}, {report['items']} items")
        for average in ("micro", "macro", "weighted", "samples"):
            self.say(f"{average} F1: {shown(report[average]['f1'])}")
        if report["population"]:
            self.say(f"micro F1 of the population: {shown(report['population']['micro']['f1'])}")
        names = dict(evaluation.release.taxonomy_version.labels.values_list("code", "name"))
        for line in reading(report, names).lines:
            self.say(line)
        self.report(report)
        return None
