"""add_checks SLUG --round N --golden G@1 (--share X | --number K) --seed S"""

from argparse import ArgumentParser
from typing import Any

from labeling.actions.checks import add_checks
from labeling.management.base import AssayCommand
from labeling.queries.golden import find_release
from labeling.queries.rounds import find_round


class Command(AssayCommand):
    help = "Mix known items into an open round, as hidden checks."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--round", required=True, metavar="NAME")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--share", type=float, help="of the round's own items, for example .05")
        parser.add_argument("--number", type=int)
        parser.add_argument("--seed", type=int, required=True)

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        in_round = find_round(project, options["round"])
        added = add_checks(
            in_round=in_round,
            release=find_release(project, options["golden"]),
            share=options["share"],
            number=options["number"],
            seed=options["seed"],
            by=self.by,
            operator=self.operator,
        )
        self.say(f"{added:,} hidden checks mixed into {in_round.name}.")
