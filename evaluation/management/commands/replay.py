"""replay SLUG --golden G@1 [--strategy least --strategy rarity=.5,diversity=.5] [--seeds 10] [--budget 500] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.acquisition_replays import start_replay, work_on_replay
from evaluation.models import AcquisitionReplay
from evaluation.stats.acquisition import parse_mix
from evaluation.stats.acquisition_replay import Design
from labeling.management.base import AssayCommand
from labeling.queries.golden import find_release
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "F1 against labels spent, by choice and by lot, replayed on the dev split of a release."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--golden", required=True, metavar="G@1")
        parser.add_argument("--strategy", action="append", metavar="NAME=WEIGHT,...", help="again for another curve")
        parser.add_argument("--seeds", type=int, default=10)
        parser.add_argument("--start", type=int, default=50, help="items drawn by lot at the start")
        parser.add_argument("--batch", type=int, default=50)
        parser.add_argument("--budget", type=int, default=500, help="items in the end")
        parser.add_argument("--random-share", type=float, default=0.3)

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        try:
            mixes = {text: parse_mix(text) for text in options["strategy"] or ["least"]}
        except ValueError as error:
            raise Refused(str(error)) from error
        design = Design(
            mixes=mixes, seeds=options["seeds"], start=options["start"], batch=options["batch"],
            budget=options["budget"], random_share=options["random_share"],
        )  # fmt: skip
        release = find_release(project, options["golden"])
        made = start_replay(release=release, design=design, by=self.by, operator=self.operator, at_once=True)
        work_on_replay(replay_id=made.pk)
        made = AcquisitionReplay.objects.get(pk=made.pk)
        if made.report is None:
            raise Refused(made.error)
        for name, figures in made.report["measures"]["micro_f1"]["curves"].items():
            last = figures["points"][-1]["value"]
            needed = figures.get("needed", {}).get("value")
            more = "" if name == "random" else f", random's F1 after {'–' if needed is None else round(needed)} labels"
            self.say(f"{name}: micro F1 {last:.3f} in the end{more}{': ' if more else ''}{figures.get('verdict', '')}")
        self.report({"golden": str(release), "design": made.design, **made.report})
        return None
