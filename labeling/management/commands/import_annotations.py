"""import_annotations SLUG FILE --round NAME"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from labeling.actions.answers import import_annotations, read_annotations
from labeling.management.answers import AnswersCommand


class Command(AnswersCommand):
    help = "Import ratings made elsewhere (item, rater, labels) as a round of their own."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        super().add_own_arguments(parser)
        parser.add_argument("--round", required=True, metavar="NAME")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        read = read_annotations(Path(options["file"]), project=project, **self.reading(options))
        self.accept(read, skip_bad=options["skip_bad"])
        made = import_annotations(
            project=project, name=options["round"], ratings=read.rows, by=self.by, operator=self.operator
        )
        tasks = made.tasks.count()
        self.say(f"Round {made.name}: {len(read.rows):,} ratings of {tasks:,} items, {len(read.problems):,} refused.")
        self.report({"round": made.name, "ratings": len(read.rows), "items": tasks, "refused": len(read.problems)})
