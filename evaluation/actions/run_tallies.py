"""Keeps what runs came to by day up to date, for the figures that alert rules take over a window."""

from datetime import timedelta

from django.db.models import F, Q

from evaluation.enums import RunState
from evaluation.models import RunTally
from evaluation.queries.run_days import count_days, runs_since
from labeling.models import Project
from reviewapp.common import clock

LOOKED_BACK = timedelta(days=181)  # the longest window, before the past that a preview shows
AGAIN, AGAIN_IF_LARGE = timedelta(seconds=50), timedelta(minutes=10)  # while a run goes on
LARGE = 20_000  # items
AT_ONCE = 100  # runs of a sweep


def tally_runs(*, project: Project) -> int:
    """Count the runs whose tally is missing or old; how many. What has ended never changes: it is counted once more."""
    now = clock.now()
    is_old = Q(tally__at__lt=now - AGAIN, total__lt=LARGE, state=RunState.RUNNING)
    is_old |= Q(tally__at__lt=now - AGAIN_IF_LARGE)
    due = runs_since(project, now - LOOKED_BACK).filter(
        Q(tally__isnull=True) | Q(finished_at__isnull=True) & is_old | Q(tally__at__lte=F("finished_at"))
    )
    found = count_days(list(due.order_by("-pk").values_list("pk", flat=True)[:AT_ONCE]))
    rows = [RunTally(run_id=pk, at=now, days=days) for pk, days in found.items()]
    RunTally.objects.bulk_create(rows, update_conflicts=True, unique_fields=["run"], update_fields=["at", "days"])
    return len(rows)
