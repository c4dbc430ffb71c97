"""import_golden SLUG FILE --name G [--splits dev=.5,test=.4,fewshot=.1 --seed S] [--retire-test REASON]"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from labeling.actions.answers import read_golden
from labeling.actions.dealing import FreezeSpec
from labeling.actions.golden import import_golden
from labeling.management.answers import AnswersCommand
from labeling.queries.earlier_splits import compared_sentences
from labeling.splitting import parse_shares


class Command(AnswersCommand):
    help = "Freeze gold made elsewhere (item, labels) as a release."

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        super().add_own_arguments(parser)
        parser.add_argument("--name", required=True)
        parser.add_argument("--splits", default="dev=1", help="for example dev=.5,test=.4,fewshot=.1")
        parser.add_argument("--seed", type=int, default=0)

        parser.add_argument(
            "--retire-test", default="", metavar="REASON", help="deal what earlier releases hold out anew, and say why"
        )

    def work(self, **options: Any) -> None:
        project = self.project(options["slug"])
        shares = parse_shares(options["splits"])
        read = read_golden(Path(options["file"]), project=project, **self.reading(options))
        self.accept(read, skip_bad=options["skip_bad"])
        release = import_golden(
            project=project,
            spec=FreezeSpec(
                name=options["name"], shares=shares, seed=options["seed"], retire_test=options["retire_test"]
            ),
            gold={row.item: row.values for row in read.rows},
            by=self.by,
            operator=self.operator,
        )
        self.say(f"Release {release}: {release.counts['entries']:,} entries, digest {release.digest[:12]}.")
        for sentence in compared_sentences(release.counts.get("earlier", {}), release.counts["splits"]["test"]):
            self.say(sentence)
        self.report(
            {"release": str(release), "digest": release.digest, "counts": release.counts, "refused": len(read.problems)}
        )
