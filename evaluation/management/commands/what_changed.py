"""what_changed SLUG RUN_A RUN_B | --then FROM..UNTIL --now FROM..UNTIL [--prompt P] [--gate] --json -"""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from evaluation.actions.quality_drops import ask_what_changed, compute_drop, look_again, roll_back_after
from evaluation.forms.drift import span
from evaluation.models import Run
from evaluation.queries.promotions import is_paid
from evaluation.queries.quality_drops import began_said, board_of, headline
from evaluation.queries.streams import Window
from labeling.management.base import CANNOT_TELL, DONE, GATE_FAILED, AssayCommand
from labeling.models import Project
from reviewapp.common.errors import Refused


class Command(AssayCommand):
    help = "Put what changed between two runs, or two times of production, beside what moved."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("runs", nargs="*", metavar="RUN", help="two runs, the earlier first")
        parser.add_argument("--then", default="", metavar="FROM..UNTIL", help="days in UTC: 2026-03-01..2026-03-07")
        parser.add_argument("--now", default="", metavar="FROM..UNTIL")
        parser.add_argument("--prompt", default="", help="predictions of this prompt alone, with --then and --now")
        parser.add_argument("--again", action="store_true", help="have the slice that fell most answered again")
        parser.add_argument("--budget", type=float, metavar="USD", help="of --again")
        parser.add_argument("--roll-back", default="", metavar="REASON", help="to the version in production before")
        parser.add_argument("--gate", action="store_true", help="exit 1 if it fell beyond chance, 3 if untold")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        reference, current = _windows(project, options)
        if options["again"] and not options["budget"] and current.run and _is_paid(current.run):
            raise Refused("Say what asking again may cost: --again --budget 2.")
        drop = ask_what_changed(project=project, reference=reference, current=current, in_background=False, **acts)
        report = compute_drop(drop_id=drop.pk).report
        drop.refresh_from_db()
        assert report is not None
        board = board_of(report)
        self.say(board.sentence)
        self.say(began_said(report["series"]))
        for place, one in enumerate(board.changes, 1):
            where = f" ({one.where})" if one.where else ""
            self.say(f"{place}. {one.row['name']}{where}. {one.stands}")
        if options["again"]:
            run = look_again(drop=drop, budget_usd=options["budget"], **acts)
            self.say(f"{run.total} items are asked again in “{run.name}”.")
        if options["roll_back"]:
            made = roll_back_after(drop=drop, reason=options["roll_back"], **acts)
            self.say(f"{made.version} is in production again.")
        self.report({"id": str(drop.public_id), "sentence": board.sentence, **report})
        if not options["gate"]:
            return None
        told = headline(report)
        gap = told["difference"]["value"]
        if gap is None:
            return CANNOT_TELL
        return GATE_FAILED if gap < 0 and told["is_beyond"] else DONE


def _windows(project: Project, options: dict[str, Any]) -> tuple[Window, Window]:
    names = options["runs"]
    if len(names) == 2 and not options["then"] and not options["now"]:
        return Window(run=_run(project, names[0])), Window(run=_run(project, names[1]))
    if not names and options["then"] and options["now"]:
        then, now = (_days(options[name], options["prompt"]) for name in ("then", "now"))
        return then, now
    raise Refused("Name two runs, or two times with --then and --now.")


def _run(project: Project, name: str) -> Run:
    found = Run.objects.filter(project=project, name=name).first()
    if found is None:
        raise Refused(f"There is no run “{name}” in this project.")
    return found


def _is_paid(run: Run) -> bool:
    return run.prompt_version is not None and is_paid(run.prompt_version)


def _days(text: str, prompt: str) -> Window:
    try:
        first, _, last = text.partition("..")
        start, end = span(date.fromisoformat(first), date.fromisoformat(last or first))
    except ValueError:
        raise Refused(f"“{text}” is no span of days; write 2026-03-01..2026-03-07.") from None
    return Window(start=start, end=end, prompt=prompt)
