"""Incidents as their pages show them: what is open, how much of the 48 hours is left, and the timeline of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When

from evaluation.enums import IncidentState
from evaluation.models import EdgeCase, Evaluation, Incident, IncidentEntry
from evaluation.queries.edge_cases import cases_for
from evaluation.queries.promotions import APART
from labeling.enums import Split
from labeling.models import Project, User
from reviewapp.common import clock

LISTED = 200
RELATIVE = 0.10  # of micro F1: from this far below what it was an incident is not over
SEVERE = 0.25  # of it, from which one is of high severity
ORDER = (IncidentState.PROPOSED, IncidentState.OPEN, IncidentState.RECOVERED, IncidentState.DISMISSED)


@dataclass(frozen=True)
class Listed:
    """One incident with its clock."""

    incident: Incident
    clock: str
    is_late: bool
    cases: int


@dataclass(frozen=True)
class Board:
    """The page of one."""

    listed: Listed
    entries: list[IncidentEntry]
    cases: list[EdgeCase]
    hidden: int  # cases that this member may not see
    figures: list[tuple[str, Evaluation, dict[str, Any]]]  # before, the fall, recovered
    share_used: float | None  # of the 48 hours


def loaded() -> QuerySet[Incident]:
    return Incident.objects.select_related(
        "project", "owner", "drop", "alert__rule__project", "before__run", "before__release__golden_set",
        "evaluation__run", "evaluation__release__golden_set", "recovered_by__run", "recovered_by__release__golden_set",
    )  # fmt: skip


def incidents_of(project: Project) -> list[Listed]:
    """Proposed and open ones first, the newest first; one query."""
    place = Case(
        *(When(state=one, then=Value(number)) for number, one in enumerate(ORDER)), output_field=IntegerField()
    )
    rows = Incident.objects.filter(project=project).select_related("owner", "evaluation__run", "before__run")
    found = rows.annotate(place=place, joined=Count("cases")).order_by("place", "-created_at", "-pk")[:LISTED]
    now = clock.now()
    return [listed(one, cases=one.joined, now=now) for one in found]


def listed(incident: Incident, *, cases: int = 0, now: datetime | None = None) -> Listed:
    now = now or clock.now()
    said = clock_said(incident, now)
    due = incident.due_at
    end = incident.recovered_at or now
    return Listed(incident, said, due is not None and end > due, cases)


def clock_said(incident: Incident, now: datetime) -> str:
    """What is left of the 48 hours, or how long it took."""
    if incident.opened_at is None or incident.due_at is None:
        return ""
    if incident.recovered_at:
        return f"took {span(incident.recovered_at - incident.opened_at)}"
    left = incident.due_at - now
    return f"{span(left)} left" if left > timedelta(0) else f"{span(-left)} over time"


def span(length: timedelta) -> str:
    """A length in its two largest units.

    >>> span(timedelta(hours=31, minutes=5))
    '31 h 5 min'
    """
    minutes = int(length.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def board_of(incident: Incident, *, viewer: User) -> Board:
    cases = list(cases_for(viewer, incident.project).filter(incidents=incident).order_by("pk"))
    total = incident.cases.count()
    entries = list(incident.entries.select_related("by", "run", "promotion__version__prompt"))
    used = None
    if incident.opened_at and incident.due_at:
        end = incident.recovered_at or clock.now()
        used = min((end - incident.opened_at) / (incident.due_at - incident.opened_at), 1.0)
    named = (("Before", incident.before), ("The fall", incident.evaluation), ("Recovered", incident.recovered_by))
    figures = [(name, one, one.report["micro"]["f1"]) for name, one in named if one]
    return Board(listed(incident, cases=total), entries, cases, total - len(cases), figures, used)


def may_show_recovery(incident: Incident) -> list[Evaluation]:
    """Evaluations on dev, of runs that were made since the incident was opened, newest first."""
    if incident.opened_at is None:
        return []
    found = Evaluation.objects.filter(
        run__project=incident.project, split=Split.DEV, run__finished_at__gte=incident.opened_at
    ).exclude(run__origin__in=APART)  # fmt: skip
    if incident.before:
        found = found.filter(release=incident.before.release_id)
    return list(found.select_related("run", "release__golden_set").order_by("-created_at", "-pk")[:30])
