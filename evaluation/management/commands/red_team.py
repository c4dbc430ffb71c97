"""red_team SLUG open|try|list|show|bank|close [ROUND] ... --json -"""

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import find_version
from evaluation.actions.red_team_rounds import Plan, Text, bank_attempt, close_round, make_attempt, open_round
from evaluation.enums import AttackKind
from evaluation.models import RedTeamAttempt, RedTeamRound
from evaluation.queries.red_team_rounds import BROKE, Rate, Result, attempts_for, rate, results_of, rounds_for
from labeling.management.base import AssayCommand
from labeling.models import Item, Project
from reviewapp.common import clock
from reviewapp.common.errors import Refused

STEPS = ("open", "try", "list", "show", "bank", "close")


class Command(AssayCommand):
    help = "Red-team rounds: open one on a prompt version, try a text, see what broke, put it into the bank, close it."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("step", choices=STEPS)
        parser.add_argument("round", nargs="?", default="", help="its name")
        parser.add_argument("--prompt", default="", help="open: name@3")
        parser.add_argument("--goal", default="", help="open: what to try, shown to those who do")
        parser.add_argument("--days", type=float, default=14, help="open: how long")
        parser.add_argument("--budget", type=float, metavar="USD", help="open: of all texts together")
        parser.add_argument("--invite", default="", metavar="annotator,adjudicator")
        parser.add_argument("--text", default="", help="try: the text, or @FILE")
        parser.add_argument("--name", default="", help="try: the name of what it is about")
        parser.add_argument("--item", default="", help="try: the id of the item it was altered from")
        parser.add_argument("--labels", default="", metavar="A;B", help="try: codes that would be right; '' is none")
        parser.add_argument("--kind", default=AttackKind.OTHER, choices=AttackKind.values)
        parser.add_argument("--why", default="", help="try: why it should be hard")
        parser.add_argument("--wait", action="store_true", help="try: do the work here and now")
        parser.add_argument("--attempt", type=int, default=0, help="bank: its number")

    def work(self, **options: Any) -> int | None:
        project, step = self.project(options["slug"]), options["step"]
        if step != "list" and not options["round"]:
            raise Refused(f"“{step}” needs the name of a round.")
        getattr(self, f"_{step}")(project, options, {"by": self.by, "operator": self.operator})
        return None

    def _open(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        now = clock.now()
        if not 0 < options["days"] <= 3660:
            raise Refused("--days is a number of days above 0.")
        plan = Plan(
            name=options["round"], version=find_version(project=project, reference=options["prompt"], **acts),
            opens_at=now, closes_at=now + timedelta(days=options["days"]), goal=options["goal"],
            budget_usd=options["budget"], invited=[one.strip() for one in options["invite"].split(",") if one.strip()],
        )  # fmt: skip
        made = open_round(plan=plan, **acts)
        self.say(f"{made.name} is open on {made.prompt_version} until {made.closes_at:%Y-%m-%d %H:%M} UTC.")
        self.report({"round": made.name, "prompt": str(made.prompt_version), "closes_at": made.closes_at.isoformat()})

    def _try(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        origin = None
        if options["item"]:
            origin = Item.objects.filter(project=project, external_id=options["item"]).first()
            if origin is None:
                raise Refused(f"There is no item “{options['item']}” in this project.")
        said = options["text"]
        text = Text(
            name=options["name"], text=Path(said[1:]).read_text(encoding="utf-8") if said.startswith("@") else said,
            labels=[one.strip() for one in options["labels"].split(";") if one.strip()], kind=options["kind"],
            why=options["why"], altered_from=origin,
        )  # fmt: skip
        made = make_attempt(found=self._found(project, options["round"]), text=text, **acts)
        if options["wait"]:
            work_on(run_id=made.run_id)
        (result,) = results_of([RedTeamAttempt.objects.select_related("run").get(pk=made.pk)])
        self.say(f"attempt {made.number}: {_said(result)}")
        self.report(_row(result))

    def _list(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        rows = []
        for one in self._rounds(project):
            found = self._rate(one)
            rows.append({"round": one.name, "prompt": str(one.prompt_version), **_figures(found)})
            self.say(f"{one.name}  {one.prompt_version}  {found.breaks} of {found.share['n']} broke it")
        self.report({"rounds": rows})

    def _show(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        found = self._found(project, options["round"])
        results = results_of(self._attempts(found).order_by("-number"))
        total = rate(found.name, results)
        self.say(f"{found.name} on {found.prompt_version}: {total.breaks} of {total.share['n']} broke it")
        for one in results:
            self.say(f"{one.attempt.number}  {_said(one)}")
        self.report({"round": found.name, **_figures(total), "attempts": [_row(one) for one in results]})

    def _bank(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        found = self._found(project, options["round"])
        attempt = self._attempts(found).filter(number=options["attempt"]).first()
        if attempt is None:
            raise Refused(f"There is no attempt {options['attempt']} in “{found.name}”. Say which with --attempt.")
        case = bank_attempt(attempt=attempt, **acts)
        self.say(f"attempt {attempt.number} is in the bank.")
        self.report({"attempt": attempt.number, "item": attempt.item.external_id, "reason": case.reason})

    def _close(self, project: Project, options: dict[str, Any], acts: dict[str, Any]) -> None:
        found = close_round(found=self._found(project, options["round"]), **acts)
        self.say(f"{found.name} is closed.")
        self.report({"round": found.name, "closes_at": found.closes_at.isoformat()})

    def _rounds(self, project: Project) -> list[RedTeamRound]:
        if self.by:
            return rounds_for(self.by, project)
        return list(project.red_team_rounds.select_related("project", "prompt_version__prompt").order_by("-opens_at"))

    def _found(self, project: Project, name: str) -> RedTeamRound:
        found = next((one for one in self._rounds(project) if one.name == name), None)
        if found is None:
            raise Refused(f"There is no red-team round “{name}”.")
        return found

    def _attempts(self, found: RedTeamRound) -> Any:
        mine = attempts_for(self.by, found.project) if self.by else RedTeamAttempt.objects.select_related("run", "item")
        return mine.filter(round=found)

    def _rate(self, found: RedTeamRound) -> Rate:
        return rate(found.name, results_of(self._attempts(found)))


def _said(one: Result) -> str:
    if one.state != BROKE:
        return one.state
    if one.said is None:
        return f"broke: no usable answer ({one.problem})"
    parts = [f"{name} {', '.join(codes)}" for name, codes in (("missed", one.missed), ("added", one.added)) if codes]
    return f"broke: {'; '.join(parts)}"


def _figures(found: Rate) -> dict[str, Any]:
    return {"attempts": found.attempts, "breaks": found.breaks, "break_rate": found.share}


def _row(one: Result) -> dict[str, Any]:
    return {
        "attempt": one.attempt.number, "kind": one.attempt.kind, "state": one.state, "labels": one.attempt.labels,
        "said": one.said, "missed": one.missed, "added": one.added, "problem": one.problem,
    }  # fmt: skip
