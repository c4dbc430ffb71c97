"""rollout SLUG NAME[@N] start|status|next|again|back [--reason TEXT] [--gate] [--pilot 100] [--batch 50000] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.prompts import find_version
from evaluation.actions.rollouts import (
    MOST_BATCH,
    RolloutPlan,
    ask_more,
    go_back,
    open_due_reviews,
    open_next,
    start_rollout,
)
from evaluation.models import Rollout
from evaluation.queries.rollouts import as_dict, loaded, path_of
from evaluation.stats.reviews import MISSED, OPEN
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand
from labeling.models import Project
from reviewapp.common.errors import Refused

WORDS = {"met": "met", "missed": "not met", "open": "cannot tell yet"}


class Command(AssayCommand):
    help = "The rollout of a prompt version: pilot, batch, production."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("prompt", metavar="NAME[@N]")
        parser.add_argument("step", choices=["start", "status", "next", "again", "back"])
        parser.add_argument("--reason", default="", help="next: why to go on though a criterion is not met; back: why")
        parser.add_argument("--gate", action="store_true", help="status: exit 1 if one is not met, 3 if it cannot tell")
        parser.add_argument("--pilot", type=int, default=100, help="start: items of the pilot")
        parser.add_argument("--batch", type=int, default=MOST_BATCH, help="start: items of the batch, at most")
        parser.add_argument("--by-attributes", default="", metavar="A,B", help="start: the pilot is drawn evenly by")
        parser.add_argument("--precision", type=float, default=0.95, help="start: right of what goes through, at least")
        parser.add_argument("--auto", type=float, default=0.8, help="start: answered without a person, at least")
        parser.add_argument("--cost", type=float, default=0.5, metavar="USD", help="start: of an item, at most")
        parser.add_argument("--hourly", type=float, metavar="USD", help="start: what an hour of a reviewer costs")
        parser.add_argument("--seed", type=int, default=0, help="start")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        step, reason = options["step"], options["reason"]
        if step == "start":
            version = find_version(project=project, reference=options["prompt"], **acts)
            plan = RolloutPlan(
                pilot_items=options["pilot"], batch_items=options["batch"], seed=options["seed"],
                strata=[name for name in options["by_attributes"].split(",") if name], max_cost=options["cost"],
                min_precision=options["precision"], min_auto=options["auto"], hourly_usd=options["hourly"],
            )  # fmt: skip
            found = start_rollout(version=version, plan=plan, **acts)
        else:
            found = _rollout(project, options["prompt"])
        if step == "next":
            open_next(rollout=found, reason=reason, **acts)
        elif step == "again":
            ask_more(rollout=found, **acts)
        elif step == "back":
            go_back(rollout=found, reason=reason, **acts)
        if step != "status":
            open_due_reviews()
        return self._status(found, gate=options["gate"])

    def _status(self, rollout: Rollout, *, gate: bool) -> int:
        path = path_of(rollout)
        here = next(one for one in path if one.place == "here")
        self.say(f"{rollout}: {here.name.lower()}, {here.items:,} items asked.")
        for one in here.criteria:
            value = f"undefined, {one.found.reason}" if one.found.value is None else f"{one.found.value:.4g}"
            self.say(f"{one.name}: {value}, target {one.aim:g}, {WORDS[one.standing]}. {one.note.capitalize()}.")
        self.report(as_dict(rollout))
        standings = {one.standing for one in here.criteria}
        if not gate:
            return DONE
        return GATE_FAILED if MISSED in standings else CANNOT_TELL if OPEN in standings or not standings else DONE


def _rollout(project: Project, reference: str) -> Rollout:
    name, _, number = reference.partition("@")
    mine = loaded().filter(project=project, version__prompt__name=name)
    if number:
        mine = mine.filter(version__number=int(number) if number.isdigit() else -1)
    found = mine.order_by("-pk").first()
    if found is None:
        raise Refused(f"There is no rollout of {reference}. Start one: rollout SLUG {reference} start.")
    return found
