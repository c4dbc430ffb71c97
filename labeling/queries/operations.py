"""How much work waits and how fast it goes, over all projects: for those who run the server."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from labeling.enums import Purpose, RoundState, TaskState
from labeling.models import Project, Revision, Task

HOUR = timedelta(hours=1)
WAITING = (TaskState.OPEN, TaskState.DISPUTED, TaskState.ESCALATED)


@dataclass(frozen=True)
class Waiting:
    """Tasks of one project's open rounds in one state."""

    project: str
    state: str
    tasks: int


@dataclass(frozen=True)
class Pace:
    """What raters of one project gave within the last hour: answers, and labels in them."""

    project: str
    answers: int
    labels: int


def named_projects(limit: int) -> list[str]:
    """The projects that are told apart: those that are not archived, the oldest first."""
    return list(Project.objects.filter(archived_at=None).order_by("pk").values_list("slug", flat=True)[:limit])


def waiting() -> Iterator[Waiting]:
    """Tasks that wait for raters, adjudicators or a manager."""
    found = Task.objects.filter(round__state=RoundState.OPEN, state__in=WAITING)
    real = Count("pk", filter=Q(gold__isnull=True))  # as a condition of its own it has all tasks read: few have gold
    rows = found.order_by().values_list("round__project__slug", "state").annotate(tasks=real)
    return (Waiting(*row) for row in rows)


def pace(now: datetime) -> Iterator[Pace]:
    """Answers of the last hour, corrections included, imported ones not."""
    newest = Revision.objects.filter(created_at__gt=now - HOUR)
    rows = (
        newest.exclude(annotation__task__round__purpose=Purpose.IMPORTED)
        .order_by()
        .values_list("annotation__task__round__project__slug")
        .annotate(answers=Count("pk", distinct=True), labels=Count("chosen"))
    )
    return (Pace(*row) for row in rows)
