"""set_spending SLUG [--day USD | --no-day-limit] [--item USD] [--item-aim USD]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.spending import Limits, set_spending
from evaluation.queries.spending import limits_of
from labeling.management.base import AssayCommand


class Command(AssayCommand):
    help = "Set what a project may spend a day and an item, and aims to spend an item; without options, show it."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        day = parser.add_mutually_exclusive_group()
        day.add_argument("--day", type=float, metavar="USD")
        day.add_argument("--no-day-limit", action="store_true")
        parser.add_argument("--item", type=float, metavar="USD")
        parser.add_argument("--item-aim", type=float, metavar="USD")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        now = limits_of(project)
        if options["no_day_limit"] or any(options[name] is not None for name in ("day", "item", "item_aim")):
            day = None if options["no_day_limit"] else now.day if options["day"] is None else options["day"]
            wanted = Limits(
                day,
                now.item if options["item"] is None else options["item"],
                now.item_aim if options["item_aim"] is None else options["item_aim"],
            )
            set_spending(project=project, limits=wanted, by=self.by, operator=self.operator)
            now = limits_of(project)
        day_said = "no limit" if now.day is None else f"at most {now.day:.2f} USD"
        self.say(f"A day: {day_said}. An item: at most {now.item:.2f} USD, aim {now.item_aim:.2f} USD.")
        self.report({"day_usd": now.day, "item_usd": now.item, "item_aim_usd": now.item_aim})
        return None
