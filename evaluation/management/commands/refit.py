"""refit SLUG --golden G@2 [--budget USD] [--wait] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.refits import settle, start_refit
from evaluation.management.waiting import work_to_the_end
from evaluation.queries.refits import held_of
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.queries.golden import find_release


class Command(AssayCommand):
    help = "Measure on a new release what was measured on the one before, and compare; asked again, it goes on."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--golden", required=True, metavar="G@2")
        parser.add_argument("--budget", type=float, metavar="USD", help="of each run that is paid for")
        parser.add_argument("--wait", action="store_true", help="do the work here and now, and wait for its end")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        release = find_release(project, options["golden"])
        refit = start_refit(
            project=project, release=release, budget_usd=options["budget"], by=self.by, operator=self.operator
        )
        if options["wait"]:
            work_to_the_end([row.run for row in refit.rows.select_related("run") if row.run])
            for row in refit.rows.all():
                settle(row_id=row.pk)
        rows = held_of(refit)
        for one in rows:
            self.say(f"{one.row.version}: {one.state}. {one.row.obstacle}")
            for line in one.measures:
                change = f"{line.paired['value']:+.4f} on {line.paired['n']}" if line.paired else line.why
                self.say(f"   {line.name}: {line.before['value']} -> {line.now['value']}; {change}")
        self.report({
            "release": str(release),
            "prompts": {
                str(one.row.version): {"state": one.state, "obstacle": one.row.obstacle, "report": one.row.report}
                for one in rows
            },
        })  # fmt: skip
        return CANNOT_TELL if options["wait"] and any(not one.row.report for one in rows) else None
