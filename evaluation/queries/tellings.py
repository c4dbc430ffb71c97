"""What MLflow and OpenLineage have been told of a project or a run, and what still waits and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from evaluation.enums import Tracker
from evaluation.models import Run, Telling
from evaluation.tracking.telling import trackers
from labeling.models import Project


@dataclass(frozen=True)
class Standing:
    """One tracker: how many things it was told of, how many wait, since when, and why the newest was not taken."""

    tracker: Tracker
    told: int
    waiting: int
    since: datetime | None
    reason: str

    def as_dict(self) -> dict[str, Any]:
        since = self.since.isoformat() if self.since else None
        return {"tracker": self.tracker.label, "told": self.told, "waiting": self.waiting, "waiting_since": since,
                "reason": self.reason}  # fmt: skip


def standings(project: Project) -> list[Standing]:
    """Of each tracker that is named; two queries."""
    waits = Q(next_try_at__isnull=False)
    rows = Telling.objects.filter(project=project, tracker__in=trackers()).values("tracker").order_by()
    counts: dict[str, Any] = {
        row["tracker"]: row
        for row in rows.annotate(
            told=Count("pk", filter=~waits), waiting=Count("pk", filter=waits), since=Min("asked_at", filter=waits)
        )
    }
    failed = Telling.objects.filter(waits, project=project).exclude(reason="").order_by("asked_at", "pk")
    reasons = dict(failed.values_list("tracker", "reason"))
    nothing: dict[str, Any] = {"told": 0, "waiting": 0, "since": None}
    found = ((tracker, counts.get(tracker, nothing)) for tracker in trackers())
    return [Standing(one, row["told"], row["waiting"], row["since"], reasons.get(one, "")) for one, row in found]


def tellings_of(run: Run) -> list[Telling]:
    """Of a run, one a tracker; nothing is asked where none is named."""
    if not trackers():
        return []
    return list(Telling.objects.filter(thing=run.public_id, tracker__in=trackers()).order_by("tracker"))
