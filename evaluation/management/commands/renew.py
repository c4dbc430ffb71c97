"""renew SLUG --golden G@1 [--round NAME] [--override REASON] [--preview]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.releases import renew
from labeling.actions.renewals import renewal_of
from labeling.management.base import AssayCommand
from labeling.queries.golden import find_release
from labeling.queries.rounds import find_round


class Command(AssayCommand):
    help = "Freeze the next release of a golden set: in the newest codes, with what a round answered anew."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--round", default="", metavar="NAME", help="whose answers go in")
        parser.add_argument("--override", default="", metavar="REASON", help="freeze where something is wanting")
        parser.add_argument("--preview", action="store_true", help="write nothing, say what it would hold")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        release = find_release(project, options["golden"])
        in_round = find_round(project, options["round"]) if options["round"] else None
        if options["preview"]:
            found = renewal_of(release, in_round)
            self.say(f"{len(found.entries):,} items on taxonomy v{found.version.number}.")
            self.report({"release": None, "entries": len(found.entries), "renewed": found.counts()})
            return
        made = renew(
            release=release, in_round=in_round, override_reason=options["override"], by=self.by, operator=self.operator
        )
        self.say(f"Release {made}: {made.counts['entries']:,} entries, digest {made.digest[:12]}.")
        self.report({"release": str(made), "digest": made.digest, "counts": made.counts})
