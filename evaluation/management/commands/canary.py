"""canary SLUG NAME@N start|draw|read [--share .1] [--seed S] [--size N] [--disagreements .5] [--budget USD] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.canaries import MARGIN, draw_canary, read_canary, start_canary
from evaluation.models import Canary
from evaluation.queries.canaries import loaded, standing_of
from evaluation.queries.recipes import version_named
from evaluation.stats.compare import CANNOT_TELL as UNDECIDED
from evaluation.stats.compare import WORSE
from labeling.management.base import CANNOT_TELL, AssayCommand
from labeling.models import Project
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "A candidate beside production on new items: start it, draw the sample to label, read the result."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("candidate", help="name@3")
        parser.add_argument("step", choices=["start", "draw", "read"])
        parser.add_argument("--share", type=float, default=0.1, help="of the new items")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--size", type=int, default=100, help="items to label")
        parser.add_argument("--disagreements", type=float, default=0.5, help="share of the sample")
        parser.add_argument("--margin", type=float, default=MARGIN, help="loss of micro F1 that would not matter")
        parser.add_argument("--budget", type=float, metavar="USD", help="for both runs together")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        if options["step"] == "start":
            found = start_canary(
                candidate=version_named(project, options["candidate"]), share=options["share"], seed=options["seed"],
                budget_usd=options["budget"], **acts,
            )  # fmt: skip
        else:
            found = self._newest(project, options["candidate"])
            if options["step"] == "draw":
                shares = {"size": options["size"], "share_of_disagreements": options["disagreements"]}
                found = draw_canary(canary=found, **shares, **acts)
            else:
                found = read_canary(canary=found, margin=options["margin"], **acts)
        standing = standing_of(loaded().get(pk=found.pk))
        self.say(f"Canary of {found.candidate} beside {found.production}: {standing.items} items, {standing.step}.")
        if found.report:
            self.say(f"On new items {found.report['says']}. {found.report['reason']}".strip())
        self.report({"candidate": str(found.candidate), "production": str(found.production), "items": standing.items,
                     "step": standing.step, "round": found.round.name if found.round else None,
                     "result": found.report})  # fmt: skip
        if not found.report:
            return None
        return {WORSE: 1, UNDECIDED: CANNOT_TELL}.get(found.report["verdict"])

    def _newest(self, project: Project, candidate: str) -> Canary:
        mine = loaded().filter(project=project, candidate=version_named(project, candidate))
        if found := mine.order_by("-pk").first():
            return found
        raise Refused(f"There is no canary of {candidate}.")
