"""sample_round SLUG --name N --size K --by a,b [--allocation proportional|equal] [--raters N] --seed S
[--due DAY] [--quick-labels a;b] [--asks-summary] [--distinct-groups] [--needs-qualification] [--check-bar X]
[--check-least N] [--second-share X] [--audit-share X]"""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from labeling.actions.rounds import RoundOptions, SampleSpec, sample_round
from labeling.management.base import AssayCommand
from labeling.queries.attributes import attribute_names
from labeling.sampling import ALLOCATIONS
from reviewapp.common.errors import Refused


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


class Command(AssayCommand):
    help = "Draw a stratified sample and make a round of it."
    reports = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        # In this command --by names the attributes to balance over, so the actor is --as.
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--size", type=int, required=True)
        parser.add_argument("--by", default="", dest="attributes", metavar="a,b", help="the attributes to balance over")
        parser.add_argument("--where", action="append", default=[], metavar="ATTRIBUTE=VALUE", help="only such items")
        parser.add_argument("--allocation", choices=ALLOCATIONS, default="proportional")
        parser.add_argument("--raters", type=int)
        parser.add_argument("--seed", type=int, required=True)
        plain = RoundOptions()
        parser.add_argument("--due", type=date.fromisoformat, dest="due_on", metavar="YYYY-MM-DD")
        parser.add_argument("--quick-labels", default="", metavar="a;b", help="codes for the keys 1 to 9")
        parser.add_argument("--asks-summary", action="store_true", help="raters also write a reference summary")
        parser.add_argument(
            "--distinct-groups", action="store_true", help="an item's raters come from different groups"
        )
        parser.add_argument("--needs-qualification", action="store_true", help="only raters with a passed training")
        parser.add_argument("--check-bar", type=share, help="pause raters below this likeness on hidden checks")
        parser.add_argument("--check-least", type=int, default=plain.check_least, help="... after so many of them")
        parser.add_argument("--second-share", type=share, default=plain.second_share, help="settled twice, blind")
        parser.add_argument("--audit-share", type=share, default=plain.audit_share, help="of agreements looked at")
        parser.add_argument("--as", default="operator", dest="by", metavar="EMAIL", help="who acts, for the audit")
        parser.add_argument("--json", default="", metavar="FILE")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        over = [name.strip() for name in options["attributes"].split(",") if name.strip()]
        if missing := set(over) - set(attribute_names(project)):
            raise Refused(f"The items have no attribute “{min(missing)}”.")
        where = [_pair(text) for text in options["where"]]
        if unknown := {name for name, _ in where} - set(attribute_names(project)):
            raise Refused(f"The items have no attribute “{min(unknown)}”.")
        made = sample_round(
            project=project,
            name=options["name"],
            spec=SampleSpec(options["size"], over, options["allocation"], options["seed"], where),
            raters=options["raters"],
            options=self._options(options),
            by=self.by,
            operator=self.operator,
        )
        table = made.sampling["table"]
        for row in table:
            short = f", {row['shortfall']} short" if row["shortfall"] else ""
            self.say(f"{' · '.join(row['values']) or 'all'}: {row['picked']} of {row['population']}{short}")
        self.say(f"Round {made.name}: {made.tasks.count():,} items, {made.raters} raters each.")
        self.report({"round": made.name, "items": made.tasks.count(), "strata": table})

    def _options(self, given: dict[str, Any]) -> RoundOptions:
        chosen = {name: given[name] for name in RoundOptions.__dataclass_fields__ if name in given}
        codes = [code.strip() for code in given["quick_labels"].split(";") if code.strip()]
        return RoundOptions(**{**chosen, "quick_labels": codes})


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused(f"“{text}” restricts nothing. Write --where attribute=value.")
    return name, value
