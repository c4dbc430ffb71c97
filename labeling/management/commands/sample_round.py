"""sample_round SLUG --name N --size K --by a,b [--allocation proportional|equal] [--raters N] --seed S"""

from argparse import ArgumentParser
from typing import Any

from labeling.actions.rounds import SampleSpec, sample_round
from labeling.management.base import AssayCommand
from labeling.queries.attributes import attribute_names
from labeling.sampling import ALLOCATIONS
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Draw a stratified sample and make a round of it."
    reports = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        # In this command --by names the attributes to balance over, so the actor is --as.
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--size", type=int, required=True)
        parser.add_argument("--by", default="", dest="attributes", metavar="a,b", help="the attributes to balance over")
        parser.add_argument("--allocation", choices=ALLOCATIONS, default="proportional")
        parser.add_argument("--raters", type=int)
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--as", default="operator", dest="by", metavar="EMAIL", help="who acts, for the audit")
        parser.add_argument("--json", default="", metavar="FILE")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        over = [name.strip() for name in options["attributes"].split(",") if name.strip()]
        if missing := set(over) - set(attribute_names(project)):
            raise Refused(f"The items have no attribute “{min(missing)}”.")
        made = sample_round(
            project=project,
            name=options["name"],
            spec=SampleSpec(size=options["size"], by=over, allocation=options["allocation"], seed=options["seed"]),
            raters=options["raters"],
            by=self.by,
            operator=self.operator,
        )
        table = made.sampling["table"]
        for row in table:
            short = f", {row['shortfall']} short" if row["shortfall"] else ""
            self.say(f"{' · '.join(row['values']) or 'all'}: {row['picked']} of {row['population']}{short}")
        self.say(f"Round {made.name}: {made.tasks.count():,} items, {made.raters} raters each.")
        self.report({"round": made.name, "items": made.tasks.count(), "strata": table})
