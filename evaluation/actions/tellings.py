"""Tells MLflow and OpenLineage of runs, evaluations, releases and imports: written down with the thing, told after
its commit, and tried again by the sweep until the tracker takes it."""

import logging
from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from evaluation import tasks
from evaluation.enums import Tracker
from evaluation.models import Telling
from evaluation.tracking.telling import NotTaken, is_known, send, trackers
from labeling.models import Project
from labeling.tasks import nudge
from reviewapp.common import clock

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 60, 3600  # seconds; each wait is twice the one before
LEASE = timedelta(minutes=5)
AT_ONCE = 200  # that one sweep tells
IN_A_ROW = 3  # that a tracker does not take: the sweep leaves it until the next time


def ask(*, noun: str, thing: UUID, project: Project, among: Collection[Tracker] = tuple(Tracker)) -> list[int]:
    """Write down that each tracker that is named is to be told, in the transaction of what happened."""
    found = note(noun=noun, thing=thing, project=project, among=among)
    for pk in found:
        transaction.on_commit(partial(nudge, tasks.tell, pk), robust=True)
    return found


def note(*, noun: str, thing: UUID, project: Project, among: Collection[Tracker] = tuple(Tracker)) -> list[int]:
    """The same without calling a worker."""
    named = [tracker for tracker in trackers() if tracker in among and is_known(tracker, noun)]
    return [_due(tracker, noun, thing, project) for tracker in named]


def _due(tracker: Tracker, noun: str, thing: UUID, project: Project) -> int:
    now = clock.now()
    row, is_new = Telling.objects.get_or_create(
        tracker=tracker,
        thing=thing,
        defaults={"noun": noun, "project": project, "asked_at": now, "next_try_at": now},
    )
    if not is_new:
        Telling.objects.filter(pk=row.pk).update(asked_at=now, next_try_at=now, tries=0)
    return row.pk


def tell(*, telling_id: int) -> bool:
    """Tell one that is due; whether the tracker took it. Whoever comes second finds it claimed.

    One worker at a time tells a tracker of a thing, and what is told twice has no second effect there: so a worker that
    was killed in between does no harm.
    """
    now = clock.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Telling.objects.filter(free, pk=telling_id, next_try_at__lte=now)
    if not due.update(lease_until=now + LEASE, tries=F("tries") + 1):
        return False
    row = Telling.objects.get(pk=telling_id)
    reason = ""
    try:
        if not send(Tracker(row.tracker), row.noun, row.thing):
            row.delete()
            return True
    except NotTaken as error:
        reason = str(error)[:300]
        logger.warning("%s did not take %s %s: %s", row.get_tracker_display(), row.noun, row.thing, reason)
    _write_down(row, reason)
    return not reason


def sweep_tellings(*, project: Project | None = None) -> int:
    """Tell what is due (of one project), also what a killed worker held; how many were taken.

    A tracker that is down is not asked for all of it: the rest waits for the next sweep.
    """
    now = clock.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Telling.objects.filter(free, next_try_at__lte=now, tracker__in=trackers())
    due = due.filter(project=project) if project else due
    taken, failed = 0, Counter[str]()
    for pk, tracker in due.order_by("next_try_at", "pk").values_list("pk", "tracker")[:AT_ONCE]:
        if failed[tracker] >= IN_A_ROW:
            continue
        done = tell(telling_id=pk)
        taken += done
        failed[tracker] = 0 if done else failed[tracker] + 1
    return taken


@transaction.atomic
def _write_down(row: Telling, reason: str) -> None:
    now, mine = clock.now(), Telling.objects.filter(pk=row.pk)
    if reason:
        wait = min(FIRST_WAIT * 2 ** min(row.tries - 1, 16), LONGEST_WAIT)
        mine.update(lease_until=None, reason=reason)
        mine.filter(asked_at=row.asked_at).update(next_try_at=now + timedelta(seconds=wait))
        return
    mine.update(lease_until=None, told_at=now, reason="")
    mine.filter(asked_at=row.asked_at).update(next_try_at=None, tries=0)  # else it changed meanwhile, and is due
