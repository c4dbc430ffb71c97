"""The tick: finds what is due, claims it so that no second tick does, does it, and writes what came of it."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from evaluation.actions.open_actions import Work, open_action
from evaluation.actions.schedule_jobs import JOBS, OPERATOR, Came, due_day
from evaluation.enums import FiringOutcome
from evaluation.models import Firing, Schedule
from evaluation.recurrence import Recurrence
from labeling.models import Project, Release
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed, Refused

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=30)
MOST_ATTEMPTS = 3  # of a worker that dies under it
MOST_A_TICK = 100


def tick(*, project: Project | None = None) -> int:
    """Claim what is due (in one project), and do what is claimed and in nobody's hands; how many were done."""
    now = clock.now()
    mine = Schedule.objects.filter(is_on=True, project__archived_at__isnull=True)
    mine = mine.filter(project=project) if project else mine
    _claim_due(mine, now)
    _claim_releases(mine)
    free = Firing.objects.filter(finished_at__isnull=True).filter(_free(now))
    free = free.filter(schedule__project=project) if project else free
    waiting = free.filter(schedule__project__archived_at__isnull=True).order_by("pk")
    return sum(fire(firing_id=pk) for pk in list(waiting.values_list("pk", flat=True)[:MOST_A_TICK]))


def fire(*, firing_id: int) -> bool:
    """Do one, if nobody else does; what a dead worker began is begun again after its lease."""
    now = clock.now()
    mine = Firing.objects.filter(_free(now), pk=firing_id, finished_at__isnull=True)
    if not mine.update(started_at=Coalesce(F("started_at"), now), lease_until=now + LEASE, attempts=F("attempts") + 1):
        return False
    firing = Firing.objects.select_related("schedule__project", "schedule__owner", "release__golden_set").get(
        pk=firing_id
    )
    if firing.attempts > MOST_ATTEMPTS:
        _fail(firing, f"It was begun {MOST_ATTEMPTS} times and never came to an end.")
        return True
    job = JOBS[firing.schedule.job]
    try:
        if job.is_long:
            came = job.perform(firing)
            with transaction.atomic():
                _finish(firing, came)
        else:
            with transaction.atomic():  # what it made and that it was made are true together
                _finish(firing, job.perform(firing))
    except (Refused, NotAllowed, Conflict) as refusal:
        _fail(firing, str(refusal))
    except DatabaseError:  # a busy database is no answer: the next tick tries again
        logger.exception("firing %s", firing.pk)
        Firing.objects.filter(pk=firing.pk, finished_at__isnull=True).update(lease_until=None)
    except Exception as error:
        logger.exception("firing %s", firing.pk)
        _fail(firing, f"Unexpected error: {type(error).__name__}. The log of the server says more.")
    return True


def _claim_due(mine: QuerySet[Schedule], now: datetime) -> None:
    """One firing for each schedule whose time has come, however many of its times have passed."""
    due = mine.filter(next_due__lte=now)
    for schedule in due.order_by("next_due", "pk")[:MOST_A_TICK]:
        assert schedule.next_due is not None
        recurrence = Recurrence(schedule.recurrence, schedule.zone)
        passed = recurrence.between(schedule.next_due, now)
        with transaction.atomic():
            claimed = Schedule.objects.filter(pk=schedule.pk, is_on=True, next_due=schedule.next_due).update(
                next_due=recurrence.after(now)
            )
            if claimed:
                Firing.objects.create(schedule=schedule, due_at=schedule.next_due, missed=len(passed))


def _claim_releases(mine: QuerySet[Schedule]) -> None:
    """One firing for each release that was frozen since the schedule is on."""
    waiting = mine.filter(recurrence="")
    for schedule in waiting.order_by("pk"):
        known = Firing.objects.filter(schedule=schedule, release__isnull=False).values("release")
        new = Release.objects.filter(golden_set__project=schedule.project_id, frozen_at__gt=schedule.on_since)
        for release in new.exclude(pk__in=known).order_by("frozen_at", "pk"):
            Firing.objects.get_or_create(
                schedule=schedule, release=release, defaults={"due_at": release.frozen_at or clock.now()}
            )


def _free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lt=now)


def _finish(firing: Firing, came: Came) -> None:
    Firing.objects.filter(pk=firing.pk, finished_at__isnull=True).update(
        finished_at=clock.now(), lease_until=None, outcome=came.outcome, said=came.said[:500], url=came.url
    )


@transaction.atomic
def _fail(firing: Firing, reason: str) -> None:
    """It failed, which is its owner's work now."""
    schedule = firing.schedule
    where = reverse("evaluation:schedule", args=[schedule.project.slug, schedule.public_id])
    _finish(firing, Came(FiringOutcome.FAILED, reason, where))
    try:
        with transaction.atomic():
            open_action(
                project=schedule.project, firing=firing, by=None, operator=OPERATOR,
                work=Work(
                    key=f"failed:{schedule.public_id}", title=f"{JOBS[schedule.job].name} failed", why=reason,
                    url=where,
                    owner=schedule.owner, due_on=due_day(firing, 2),
                ),
            )  # fmt: skip
    except (Refused, NotAllowed):  # the owner has left, or the project was archived: the calendar shows the failure
        logger.warning("no action for firing %s", firing.pk)
