"""freeze SLUG --round N --name G --splits ... --seed S [--require-all]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.releases import freeze
from labeling.actions.golden import FreezeSpec
from labeling.management.base import AssayCommand
from labeling.queries.rounds import find_round
from labeling.splitting import parse_shares


class Command(AssayCommand):
    help = "Freeze a round's settled tasks into the next release of a golden set."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--round", required=True, metavar="NAME")
        parser.add_argument("--name", required=True, metavar="G")
        parser.add_argument("--splits", required=True, help="for example dev=.5,test=.4,fewshot=.1")
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--stratify", default="", metavar="a,b", help="attributes that each split mirrors")
        parser.add_argument("--require-all", action="store_true", help="refuse while a task is unsettled")
        parser.add_argument("--override", default="", metavar="REASON", help="freeze below the agreement objective")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        spec = FreezeSpec(
            name=options["name"],
            shares=parse_shares(options["splits"]),
            seed=options["seed"],
            stratified_by=[name.strip() for name in options["stratify"].split(",") if name.strip()],
        )
        release = freeze(
            in_round=find_round(project, options["round"]),
            spec=spec,
            require_all=options["require_all"],
            override_reason=options["override"],
            by=self.by,
            operator=self.operator,
        )
        counts = release.counts
        self.say(
            f"Release {release}: {counts['entries']:,} entries, {counts['left_out']:,} tasks left out, "
            f"digest {release.digest[:12]}."
        )
        self.report({"release": str(release), "digest": release.digest, "counts": counts})
