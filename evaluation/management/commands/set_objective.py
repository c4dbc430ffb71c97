"""set_objective SLUG NAME [--purpose P] [--counted C] [--target-f1 X] ... [--recall-of code=.8] [--default]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.objectives import Wanted, archive_objective, set_objective
from evaluation.enums import Aim, Counted
from evaluation.forms.objectives import NUMBERS, recalls
from evaluation.queries.objectives import find_objective
from labeling.management.base import AssayCommand


class Command(AssayCommand):
    help = "Say what is good enough for one use of a project. A number that is not given is not asked for."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("name")
        parser.add_argument("--purpose", choices=Aim.values, default=Aim.CORRECTNESS)
        parser.add_argument("--counted", choices=Counted.values, default=Counted.LABEL)
        for name in NUMBERS:
            default = 0.95 if name == "min_precision" else None
            parser.add_argument(f"--{name.replace('_', '-')}", type=float, metavar="X", default=default)
        parser.add_argument("--any-precision", action="store_true", help="ask for no precision (else .95)")
        parser.add_argument("--recall-of", action="append", default=[], metavar="CODE=X")
        parser.add_argument("--default", action="store_true", help="what pages hold figures against at first")
        parser.add_argument("--archive", action="store_true", help="put it away instead")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        if options["archive"]:
            found = find_objective(project, options["name"])
            archive_objective(objective=found, archived=True, by=self.by, operator=self.operator)
            self.say(f"{found.name} is archived.")
            return
        numbers = {name: options[name] for name in NUMBERS}
        if options["any_precision"]:
            numbers["min_precision"] = None
        wanted = Wanted(
            purpose=options["purpose"],
            counted=options["counted"],
            recall_of=recalls(options["recall_of"]),
            **numbers,
        )
        made = set_objective(
            project=project,
            name=options["name"],
            wanted=wanted,
            make_default=options["default"],
            by=self.by,
            operator=self.operator,
        )
        self.say(f"{made.name}, version {made.number}")
