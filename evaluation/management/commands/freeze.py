"""freeze SLUG --round N --name G --splits ... --seed S [--require-all] [--retire-test REASON] [--preview]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.releases import freeze
from labeling.actions.dealing import FreezeSpec, SplitPreview, preview_splits
from labeling.management.base import AssayCommand
from labeling.queries.earlier_splits import compared_sentences
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

        parser.add_argument(
            "--retire-test", default="", metavar="REASON", help="deal what earlier releases hold out anew, and say why"
        )
        parser.add_argument("--preview", action="store_true", help="write nothing, say how the splits would come out")

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        spec = FreezeSpec(
            name=options["name"],
            shares=parse_shares(options["splits"]),
            seed=options["seed"],
            stratified_by=[name.strip() for name in options["stratify"].split(",") if name.strip()],
            retire_test=options["retire_test"],
        )
        in_round = find_round(project, options["round"])
        if options["preview"]:
            self._show(preview_splits(in_round, spec))
            return
        release = freeze(
            in_round=in_round,
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
        for sentence in compared_sentences(counts.get("earlier", {}), counts["splits"]["test"]):
            self.say(sentence)
        self.report({"release": str(release), "digest": release.digest, "counts": counts})

    def _show(self, found: SplitPreview) -> None:
        self.say(", ".join(f"{split} {number:,}" for split, number in found.dealt.splits.items()) + ".")
        for sentence in found.sentences:
            self.say(sentence)
        counts = {"entries": sum(found.dealt.splits.values()), "splits": found.dealt.splits}
        held_out_by = [str(one) for one in found.holders]
        self.report({"release": None, "counts": counts | {"earlier": found.dealt.earlier}, "held_out_by": held_out_by})
