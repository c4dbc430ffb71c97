"""import_predictions SLUG FILE --run NAME"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.importing import read_predictions
from labeling.management.answers import AnswersCommand


class Command(AnswersCommand):
    help = "Import predictions made elsewhere (item, labels) as a finished run."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        super().add_own_arguments(parser)
        parser.add_argument("--run", required=True, metavar="NAME")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        read = read_predictions(Path(options["file"]), project=project, **self.reading(options))
        self.accept(read, skip_bad=options["skip_bad"])
        run = import_predictions(
            project=project,
            name=options["run"],
            predictions={row.item: row.values for row in read.rows},
            by=self.by,
            operator=self.operator,
        )
        self.say(f"Run {run.name}: {run.total:,} predictions, {len(read.problems):,} refused.")
        self.report({"run": run.name, "predictions": run.total, "refused": len(read.problems)})
