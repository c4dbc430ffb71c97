"""promote SLUG NAME@N candidate|production|retired [--reason WHY] [--override] [--budget USD] [--wait]"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions import promotions as actions
from evaluation.actions.follow_ups import follow_up
from evaluation.actions.prompts import find_version
from evaluation.enums import PromptStatus, RunOrigin, RunState
from evaluation.management.waiting import work_to_the_end
from evaluation.models import PromptVersion
from evaluation.queries.promotions import gate_of
from labeling.management.base import CANNOT_TELL, GATE_FAILED, AssayCommand


class Command(AssayCommand):
    help = (
        "Say what a prompt version is used for. A candidate is run on dev and scored. For production it takes one look "
        "at test, which goes into the ledger, and a passed gate, or --override with a reason."
    )

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("version", metavar="NAME@N")
        parser.add_argument("status", choices=["candidate", "production", "retired"])
        parser.add_argument("--reason", default="")
        parser.add_argument("--override", action="store_true", help="production although the gate is not passed")
        parser.add_argument("--budget", type=float, metavar="USD", help="of the run it starts (else 5)")
        parser.add_argument("--wait", action="store_true", help="do the work of that run here and now")

    def work(self, **options: Any) -> int | None:
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        version = find_version(project=self.project(options["slug"]), reference=options["version"], **acts)
        if options["status"] == PromptStatus.CANDIDATE:
            actions.make_candidate(version=version, reason=options["reason"], budget_usd=options["budget"], **acts)
            self._finish(version, wait=options["wait"])
        elif options["status"] == PromptStatus.RETIRED:
            actions.retire(version=version, reason=options["reason"], **acts)
        else:
            return self._promote(version, options, acts)
        self.say(f"{version} is now: {options['status']}.")
        return None

    def _promote(self, version: PromptVersion, options: dict[str, Any], acts: dict[str, Any]) -> int | None:
        run = actions.ask_for_look(version=version, budget_usd=options["budget"], **acts)
        if options["wait"]:
            work_to_the_end([run])
        if run.state != RunState.DONE:
            self.say(f"The look at test is being made by run “{run.name}”: {run.state}. Ask again when it is done.")
            return CANNOT_TELL
        follow_up(run_id=run.pk)
        gate = gate_of(version)
        for judged in gate.standing.judged if gate.standing else []:
            self.say(judged.sentence)
        for note in gate.notes:
            self.say(note)
        if gate.evaluation is not None and not gate.is_passed and not options["override"]:
            self.say(f"{version} was not promoted. {gate.obstacle} To go past it: --override --reason WHY.")
            return GATE_FAILED
        actions.promote(version=version, reason=options["reason"], override=options["override"], **acts)
        self.say(f"{version} is now: production.")
        return None

    def _finish(self, version: PromptVersion, *, wait: bool) -> None:
        going = version.runs.filter(origin=RunOrigin.CANDIDATE, state__in=[RunState.QUEUED, RunState.RUNNING])
        run = going.order_by("-pk").first()
        if run is None:
            return
        if wait:
            work_to_the_end([run])
            follow_up(run_id=run.pk)
        self.say(f"Run “{run.name}” on dev: {run.state}.")
