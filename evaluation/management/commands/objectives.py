"""objectives SLUG [--json -]: what is asked for in a project."""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.objectives import numbers_of
from evaluation.queries.objectives import in_use
from labeling.management.base import AssayCommand


class Command(AssayCommand):
    help = "List a project's objectives with their numbers."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")

    def work(self, **options: Any) -> None:
        found = in_use(self.project(options["slug"]))
        rows = [{**numbers_of(one), "number": one.number, "is_default": one.is_default} for one in found]
        for row in rows:
            asked = [
                f"{name} {value}"
                for name, value in row.items()
                if name.startswith(("target", "min", "max")) and value is not None
            ]
            asked += [f"recall of {code} {least}" for code, least in row["recall_of"].items()]
            self.say(f"{row['name']}{' (default)' if row['is_default'] else ''}: {', '.join(asked)}")
        if not rows:
            self.say("No objective yet.")
        self.report({"objectives": rows})
