"""schedule SLUG [list | defaults | JOB [on|off|now|set]] [--crontab "0 2 * * *"] [--zone Z] [--owner EMAIL] --json -"""

from argparse import ArgumentParser
from typing import Any

from evaluation.actions.firings import fire
from evaluation.actions.schedule_jobs import JOBS
from evaluation.actions.schedules import Timing, offer_defaults, run_now, set_schedule, switch_schedule
from evaluation.enums import FiringOutcome
from evaluation.models import Firing, Schedule
from evaluation.queries.schedules import Line, lines_of
from labeling.management.base import AssayCommand
from labeling.models import Project, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

NUMBERS = {"size": int, "budget_usd": float, "days": int}


class Command(AssayCommand):
    help = "The calendar of a project: list it, take over the usual times, change, switch or run a job."
    reports = True

    def add_own_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("job", nargs="?", default="list", choices=["list", "defaults", *JOBS], metavar="JOB")
        parser.add_argument("step", nargs="?", default="set", choices=["on", "off", "now", "set"])
        parser.add_argument("--crontab", help="minute, hour, day of the month, month, day of the week")
        parser.add_argument("--zone", help="by whose clock, for example Europe/Berlin")
        parser.add_argument("--owner", metavar="EMAIL", help="who answers for it")
        parser.add_argument("--size", type=int, help="items, of an expansion")
        parser.add_argument("--budget", type=float, dest="budget_usd", metavar="USD", help="of a run")
        parser.add_argument("--days", type=int, help="that a person has for what it opens")

    def work(self, **options: Any) -> int | None:
        project = self.project(options["slug"])
        acts: dict[str, Any] = {"by": self.by, "operator": self.operator}
        job, step = options["job"], options["step"]
        failed = False
        if job == "defaults":
            made = offer_defaults(project=project, zone=options["zone"] or "UTC", **acts)
            self.say(f"{len(made)} schedules made.")
        elif job != "list" and step == "set":
            set_schedule(project=project, job=job, timing=self._timing(project, job, options), **acts)
        elif job != "list" and step == "now":
            made_now = run_now(schedule=_find(project, job), in_background=False, **acts)
            fire(firing_id=made_now.pk)
            came = Firing.objects.get(pk=made_now.pk)
            self.say(f"{JOBS[job].name}: {came.get_outcome_display()}. {came.said}")
            failed = came.outcome == FiringOutcome.FAILED
        elif job != "list":
            switch_schedule(schedule=_find(project, job), on=step == "on", **acts)
        lines = lines_of(project, now=clock.now())
        for line in lines if job in ("list", "defaults") else ():
            self.say(_said(line))
        if not lines:
            self.say("Nothing is on the calendar. `schedule SLUG defaults` takes over the usual times.")
        self.report({"schedules": [_as_json(line) for line in lines]})
        return 1 if failed else None

    def _timing(self, project: Project, job: str, options: dict[str, Any]) -> Timing:
        """What is said, over what stands, over what is usual."""
        found = Schedule.objects.filter(project=project, job=job).select_related("owner").first()
        crontab, zone = options["crontab"], options["zone"]
        owner = found.owner if found else None
        if options["owner"]:
            owner = User.objects.filter(email__iexact=options["owner"], is_active=True).first()
            if owner is None:
                raise Refused(f"There is no active user {options['owner']}.")
        told = {name: options[name] for name in NUMBERS if options[name] is not None}
        return Timing(
            crontab if crontab is not None else found.recurrence if found else JOBS[job].recurrence,
            zone or (found.zone if found else "UTC"),
            owner,
            {**(found.parameters if found else {}), **told},
        )


def _find(project: Project, job: str) -> Schedule:
    found = Schedule.objects.filter(project=project, job=job).select_related("project").first()
    if found is None:
        raise Refused(f"“{job}” is not on the calendar. Put it there with `schedule SLUG {job} set` or `defaults`.")
    return found


def _said(line: Line) -> str:
    schedule = line.schedule
    due = f"next {schedule.next_due:%Y-%m-%d %H:%M}Z" if schedule.next_due else ("on" if schedule.is_on else "off")
    last = (
        f"last {line.last.due_at:%Y-%m-%d %H:%M}Z: {line.last.outcome}. {line.last.said}" if line.last else "never done"
    )
    late = "OVERDUE " if line.is_overdue else ""
    return f"{late}{schedule.job:<13} {line.when} ({schedule.zone}); {due}; {last}; owner {schedule.owner or 'nobody'}"


def _as_json(line: Line) -> dict[str, Any]:
    schedule, last = line.schedule, line.last
    return {
        "job": schedule.job,
        "name": line.job.name,
        "crontab": schedule.recurrence,
        "zone": schedule.zone,
        "owner": schedule.owner.email if schedule.owner else None,
        "parameters": schedule.parameters,
        "is_on": schedule.is_on,
        "is_overdue": line.is_overdue,
        "next_due": schedule.next_due.isoformat() if schedule.next_due else None,
        "last": {
            "due_at": last.due_at.isoformat(), "missed": last.missed, "outcome": last.outcome, "said": last.said,
            "url": last.url,
        } if last else None,
    }  # fmt: skip
