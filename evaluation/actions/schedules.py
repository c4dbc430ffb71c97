"""Setting up what a project does on a calendar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction

from evaluation import tasks
from evaluation.actions.open_actions import check_owner
from evaluation.actions.schedule_jobs import JOBS
from evaluation.models import Firing, Schedule
from evaluation.recurrence import Recurrence
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import Membership, Project, User
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MAKERS = (Role.MANAGER, Role.ENGINEER)
LIMITS = {"size": (1, 5000), "budget_usd": (0, 10_000), "days": (1, 366)}


@dataclass(frozen=True)
class Timing:
    """When a job is done, by whose clock, who answers for it, and what it is told."""

    recurrence: str = ""
    zone: str = "UTC"
    owner: User | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def set_schedule(*, project: Project, job: str, timing: Timing, by: User | None, operator: str = "") -> Schedule:
    """Put a job on the calendar, or change when it is done. A changed one is due at the next of its new times."""
    _check(project, by)
    if job not in JOBS:
        raise Refused(f"“{job}” is no job. There are: {', '.join(JOBS)}.")
    found = Schedule.objects.select_for_update(of=("self",)).filter(project=project, job=job).first()
    check_owner(project, timing.owner, before=found.owner if found else None)
    is_timed = bool(JOBS[job].recurrence)
    recurrence = Recurrence(timing.recurrence, timing.zone) if is_timed else None
    if not is_timed and timing.recurrence.strip():
        raise Refused(f"“{JOBS[job].name}” is done when a release is frozen, not at set times.")
    now = clock.now()
    is_on = found.is_on if found else True
    fields = {
        "parameters": checked(job, timing.parameters),
        "recurrence": recurrence.expression if recurrence else "",
        "zone": timing.zone,
        "owner": timing.owner,
        "next_due": recurrence.after(now) if recurrence and is_on else None,
    }
    before = _said(found) if found else {}
    if found and before == _said(Schedule(job=job, is_on=is_on, **fields)):
        return found  # nothing changed, so what is overdue stays due
    if found is None:
        found = Schedule.objects.create(project=project, job=job, on_since=now, created_at=now, created_by=by, **fields)
        kind = "schedule.made"
    else:
        for name, value in fields.items():
            setattr(found, name, value)
        found.save(update_fields=list(fields))
        kind = "schedule.changed"
    _record(kind, found, by, operator, before=before, after=_said(found))
    return found


@transaction.atomic
def offer_defaults(*, project: Project, zone: str, by: User | None, operator: str = "") -> list[Schedule]:
    """Put every job on the calendar that is not there yet, at its usual time, with an owner by role."""
    _check(project, by)
    known = set(Schedule.objects.filter(project=project).values_list("job", flat=True))
    people = Membership.objects.filter(project=project, user__is_active=True).select_related("user").order_by("pk")
    first: dict[str, User] = {}
    for one in people:
        first.setdefault(one.role, one.user)
    manager = first.get(Role.MANAGER)
    return [
        set_schedule(
            project=project, job=code, by=by, operator=operator,
            timing=Timing(job.recurrence, zone, first.get(job.role, manager), job.parameters),
        )
        for code, job in JOBS.items()
        if code not in known
    ]  # fmt: skip


@transaction.atomic
def switch_schedule(*, schedule: Schedule, on: bool, by: User | None, operator: str = "") -> Schedule:
    """Off: nothing is done and nothing is made up for later. On: from the next time on."""
    _check(schedule.project, by)
    found = Schedule.objects.select_for_update(of=("self",)).select_related("project").get(pk=schedule.pk)
    if found.is_on == on:
        return found
    now = clock.now()
    found.is_on = on
    found.next_due = Recurrence(found.recurrence, found.zone).after(now) if on and found.recurrence else None
    found.on_since = now if on else found.on_since
    found.save(update_fields=["is_on", "next_due", "on_since"])
    _record("schedule.switched", found, by, operator, before={"is_on": not on}, after={"is_on": on})
    return found


@transaction.atomic
def run_now(*, schedule: Schedule, by: User | None, operator: str = "", in_background: bool = True) -> Firing:
    """Do it once, now; the calendar goes on as it was."""
    _check(schedule.project, by)
    Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
    if waiting := Firing.objects.filter(schedule=schedule, finished_at__isnull=True).order_by("pk").first():
        return waiting  # sent twice
    made = Firing.objects.create(
        schedule=schedule, due_at=clock.now(), by=by, operator="" if by else operator or "system"
    )
    _record("schedule.run", schedule, by, operator, after={"job": schedule.job})
    if in_background:
        transaction.on_commit(partial(nudge, tasks.fire, made.pk))
    return made


def checked(job: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that the job knows, within their limits; what is not said is as usual."""
    if unknown := [name for name in given if name not in JOBS[job].parameters]:
        raise Refused(f"“{JOBS[job].name}” does not know “{unknown[0]}”.")
    found = dict(JOBS[job].parameters) | dict(given)
    for name, value in found.items():
        least, most = LIMITS[name]
        if not isinstance(value, int | float) or not least <= value <= most:
            raise Refused(f"{name} is between {least} and {most:,}.")
    return found


def _check(project: Project, by: User | None) -> None:
    if by:
        rules.check_role(by, project, *MAKERS)
    rules.check_not_archived(project)


def _said(schedule: Schedule) -> dict[str, Any]:
    return {
        "job": schedule.job,
        "recurrence": schedule.recurrence,
        "zone": schedule.zone,
        "owner": str(schedule.owner.public_id) if schedule.owner else None,
        "parameters": schedule.parameters,
    }


def _record(
    kind: str, schedule: Schedule, by: User | None, operator: str, *, before: dict[str, Any] | None = None,
    after: dict[str, Any],
) -> None:  # fmt: skip
    record_event(
        kind=kind, project=schedule.project, by=by, operator=operator, target=f"schedule:{schedule.public_id}",
        before=before, after=after,
    )  # fmt: skip
