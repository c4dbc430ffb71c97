"""What is odd or late in a project, as alert rules watch it: its newest import, its calendar, its incidents."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Count, OuterRef, Q, Subquery

from evaluation.enums import FiringOutcome, IncidentState
from evaluation.models import Firing, Incident, Schedule
from evaluation.models.incidents import HOURS
from evaluation.models.schedules import LATE
from evaluation.queries.alert_readings import Scope
from evaluation.stats.alerting import Reading
from evaluation.stats.types import Estimate, undefined
from labeling.models import ImportJob
from labeling.profiling import unusual
from labeling.queries.import_profiles import Compared, imports_since, unusual_import

NAMED = 3  # findings or jobs that a note tells of
MOST = 60  # imports of a past


def unusual_findings(scope: Scope, now: datetime) -> Reading:
    """How many things stand out in the newest import of items within the window."""
    newest = next(iter(imports_since(scope.project, now - timedelta(days=scope.days), most=1)), None)
    if newest is None:
        return Reading(undefined(0, "No items were imported in the window."), now)
    return _unusual(newest, unusual_import(newest))


def past_unusual_findings(scope: Scope, since: datetime, until: datetime) -> list[Reading]:
    imports = imports_since(scope.project, since, most=MOST)
    readings: list[Reading] = []
    for before, job in pairwise(reversed(imports)):
        told = Compared(job.profile.content, before, unusual(before.profile.content, job.profile.content))
        one = _unusual(job, told)
        readings.append(replace(one, previous=readings[-1].figure.value if readings else None))
    return readings


def _unusual(job: ImportJob, compared: Compared) -> Reading:
    if compared.against is None or compared.profile is None:
        return Reading(undefined(0, "There is no import before it to compare it with."), job.finished_at)
    note = f"{job.file_name} against {compared.against.file_name}"
    told = [f"{one.column}: {one.says}" if one.column else one.says for one in compared.findings[:NAMED]]
    figure = Estimate(float(len(compared.findings)), None, None, compared.profile["rows"])
    return Reading(figure, job.finished_at, None, "; ".join([note, *told]))


def late_schedules(scope: Scope, now: datetime) -> Reading:
    """How many jobs of the calendar are past their time, or failed when they were done last."""
    newest = Firing.objects.filter(schedule=OuterRef("pk"), finished_at__isnull=False).order_by("-due_at", "-pk")
    mine = Schedule.objects.filter(project=scope.project, is_on=True)
    rows = mine.annotate(last=Subquery(newest.values("outcome")[:1])).order_by("pk")
    jobs = [(one.get_job_display(), _late(one, now), one.last == FiringOutcome.FAILED) for one in rows]
    told = [f"{name}: {'past its time' if late else 'failed'}" for name, late, failed in jobs if late or failed]
    if not jobs:
        return Reading(undefined(0, "Nothing is on the calendar."), now)
    return Reading(Estimate(float(len(told)), None, None, len(jobs)), now, None, "; ".join(told[:NAMED]))


def _late(schedule: Schedule, now: datetime) -> bool:
    return schedule.next_due is not None and schedule.next_due < now - LATE


def late_incidents(scope: Scope, now: datetime) -> Reading:
    """How many open incidents are past their 48 hours."""
    late = Count("pk", filter=Q(opened_at__lt=now - timedelta(hours=HOURS)))
    told = Incident.objects.filter(project=scope.project, state=IncidentState.OPEN).aggregate(n=Count("pk"), late=late)
    return Reading(Estimate(float(told["late"]), None, None, told["n"]), now)
