"""acquire SLUG --run R [--strategy least=.6,diversity=.4] --size N [--random-share .3] [--round NAME] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.acquisition import make_round, start_acquisition, work_on_acquisition
from evaluation.models import Acquisition
from evaluation.queries.acquisition import Ask, plan, rounds_to_top_up, why
from evaluation.queries.runs import find_run
from evaluation.stats.acquisition import parse_mix
from labeling.management.base import AssayCommand
from labeling.models import Item
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Choose what people label next from a run's answers: a random share, and what the strategies pick."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--run", required=True, metavar="NAME")
        parser.add_argument("--with", action="append", default=[], metavar="NAME", help="another run of a committee")
        parser.add_argument("--strategy", default="least", metavar="NAME=WEIGHT,...")
        parser.add_argument("--size", type=int, default=100)
        parser.add_argument("--random-share", type=float, default=0.3)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--round", default="", metavar="NAME", help="an open round is topped up, else a new one")
        parser.add_argument("--preview", action="store_true", help="write nothing, say what would be chosen")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        try:
            mix = parse_mix(options["strategy"])
        except ValueError as error:
            raise Refused(str(error)) from error
        runs = [find_run(project, name) for name in (options["run"], *options["with"])]
        ask = Ask(runs[0], mix, options["size"], options["random_share"], options["seed"], runs[1:])
        name = None
        if options["preview"]:
            planned = plan(ask)
            chosen, counts = planned.chosen, planned.counts
        else:
            acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
            made = start_acquisition(ask=ask, at_once=True, **acts)
            work_on_acquisition(acquisition_id=made.pk)
            made = Acquisition.objects.get(pk=made.pk)
            if made.state != "done":
                raise Refused(made.error)
            open_one = next((one for one in rounds_to_top_up(project) if one.name == options["round"]), None)
            name = make_round(acquisition=made, name=options["round"], top_up=open_one, **acts).name
            chosen, counts = made.chosen, made.counts
        items = Item.objects.in_bulk([row["item"] for row in chosen])
        self.say(f"{counts['chosen']} items, {counts['random']} by lot, out of {counts['pool']} in the pool.")
        rows = [{**row, "item": items[row["item"]].external_id, "why": why(row, mix)} for row in chosen]
        self.report({"round": name, "mix": mix, "counts": counts, "items": rows})
        return None
