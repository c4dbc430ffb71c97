"""make_training SLUG --name N --golden G@1 --size K [--split dev|fewshot] [--bar .8] --seed S"""

from argparse import ArgumentParser
from typing import Any

from labeling.actions.training import make_training_round
from labeling.enums import Split
from labeling.management.base import AssayCommand
from labeling.queries.golden import find_release


class Command(AssayCommand):
    help = "Make a training round of known items, with feedback after each answer."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--split", choices=[Split.DEV.value, Split.FEWSHOT.value], default=Split.DEV.value)
        parser.add_argument("--size", type=int, required=True)
        parser.add_argument("--bar", type=float, default=0.8, help="the mean likeness that passes")
        parser.add_argument("--seed", type=int, required=True)

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        made = make_training_round(
            project=project,
            name=options["name"],
            release=find_release(project, options["golden"]),
            split=options["split"],
            size=options["size"],
            bar=options["bar"],
            seed=options["seed"],
            by=self.by,
            operator=self.operator,
        )
        self.say(f"Training {made.name}: {made.tasks.count():,} items, passed at {made.training_bar:g}.")
