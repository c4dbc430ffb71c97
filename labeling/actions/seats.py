"""Handing out seats: claim, renew, release, skip, and freeing what ran out.

The queue's order is `place`. A rater's cursor says how far they have come: they hold, passed or may not have every
seat up to it, so the next claim starts there. Seats that come back before it (skipped, expired, taken away) are
marked and looked at first. Both reads are short index scans, also for somebody who has finished every item while
other seats are open.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import RoundState, SeatState, SkipReason, TaskState
from labeling.models import Annotation, Cursor, Draft, Round, Seat, Skip, Task, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed

SKIPS_TO_MANAGER = 2
AHEAD_SECONDS = 120  # how long the item after the one on the page is kept without a sign of life
HELD_MAX = 12  # the ten answers that can be taken back, the one on the page, the one after it
GROUP_TRIES = 5


# The hottest statement there is, so it is written once in SQL that PostgreSQL and SQLite share, instead of being
# composed anew at each click. Came back before the cursor, else next after it, else a lease that ran out: the first
# whose task is still being labelled (the manager may have it meanwhile), that the rater has not had and whose item they
# did not see with a model's answer. On PostgreSQL seats that others lock are passed over.
_FITS = """select s.id from labeling_seat s where s.round_id = %(round)s and {which}
  and not exists (select 1 from labeling_seat o where o.task_id = s.task_id and o.rater_id = %(rater)s)
  and not exists (select 1 from labeling_skip k where k.task_id = s.task_id and k.rater_id = %(rater)s)
  and not exists (select 1 from labeling_opening p where p.task_id = s.task_id and p.user_id = %(rater)s)
  and not exists (select 1 from labeling_annotation a where a.task_id = s.task_id and a.rater_id = %(rater)s
    and a.taken_back_at is null)
  and not exists (select 1 from labeling_sight v where v.user_id = %(rater)s
    and v.item_id = (select t.item_id from labeling_task t where t.id = s.task_id))
  and (select t.state from labeling_task t where t.id = s.task_id) = 'open'
  {also} order by s.place, s.number limit 1 {lock}"""
# Where groups count, a task that has a rater of one's own group is passed over, and where there are hidden checks, one
# whose item the rater met in any round. Elsewhere they are left out: they cost each claim 2 to 4 ms. CASE keeps the
# search for the item's other tasks to the seats of checks.
_OTHER_GROUP = """and not exists (
  select 1 from labeling_seat g where g.task_id = s.task_id and g.id <> s.id and g."group" = %(group)s)"""
_NEW_TO_THEM = """and case when (select c.gold_id from labeling_task c where c.id = s.task_id) is null then true
  else not exists (
    select 1 from labeling_task c join labeling_task t on t.item_id = c.item_id where c.id = s.task_id and (
    exists (select 1 from labeling_annotation a where a.task_id = t.id and a.rater_id = %(rater)s)
    or exists (select 1 from labeling_opening p where p.task_id = t.id and p.user_id = %(rater)s))) end"""
_WHICH = (
    "s.state = 'open' and s.came_back",
    "s.state = 'open' and s.place > %(after)s",
    "s.state = 'leased' and s.leased_until < %(now)s",
)
_CLAIM = """update labeling_seat set state = 'leased', rater_id = %(rater)s, leased_until = %(until)s, came_back = false
  , "group" = nullif(%(group)s, '') where id = coalesce({choices}) returning *"""


@transaction.atomic
def claim_seat(*, in_round: Round, by: User, beside: Collection[UUID] = ()) -> Seat | None:
    """The rater's seat to work on: the one they hold, or else the next open one, or None if there is none for them.

    With `beside`, the seats that are on the rater's page or on their way back, it is the one to work on after those:
    kept for two minutes, which a page in use renews.
    """
    rules.check_can_label(by, in_round)
    now = clock.now()
    cursor = _cursor(in_round, by)  # first of all: a second tab of the same person waits here
    held = list(in_round.seats.filter(rater=by, state=SeatState.LEASED).order_by("-leased_until"))
    until = now + timedelta(seconds=AHEAD_SECONDS if beside else in_round.lease_seconds)
    for one in held:
        if one.public_id not in beside:
            return _renewed(one, until)
    if len(held) >= HELD_MAX:
        return None
    seat = _claim(in_round, by, after=cursor.place, now=now, until=until)
    if seat is not None and seat.place > cursor.place:
        Cursor.objects.filter(pk=cursor.pk).update(place=seat.place)
    return seat


def _renewed(seat: Seat, until: datetime) -> Seat:
    """The seat, leased at least until then."""
    if seat.leased_until is None or seat.leased_until < until:
        Seat.objects.filter(pk=seat.pk).update(leased_until=until)
        seat.leased_until = until
    return seat


def _cursor(in_round: Round, rater: User) -> Cursor:
    """The rater's cursor, locked, so that two tabs of one person claim one after the other."""
    locked = Cursor.objects.select_for_update()
    return locked.filter(round=in_round, rater=rater).first() or locked.get_or_create(round=in_round, rater=rater)[0]


def _claim(in_round: Round, rater: User, *, after: int, now: datetime, until: datetime) -> Seat | None:
    """Lease the next seat that fits."""
    adapt = connection.ops.adapt_datetimefield_value
    wanted = {"round": in_round.pk, "rater": rater.pk, "after": after, "now": adapt(now), "until": adapt(until)}
    wanted["group"] = group = rules.group_in(in_round, rater)
    also = " ".join([_OTHER_GROUP] * bool(group) + [_NEW_TO_THEM] * bool(in_round.sampling.get("checks")))
    found = _lease_in_group(wanted, also) if group else _lease(wanted, also)
    return found[0] if found else None


def _lease(wanted: dict[str, Any], also: str) -> list[Seat]:
    return list(Seat.objects.raw(_claim_statement(connection.vendor, also), wanted))


def _lease_in_group(wanted: dict[str, Any], also: str) -> list[Seat]:
    """The same where groups differ: of two raters of one group who take one task at once, one goes on to the next."""
    for _ in range(GROUP_TRIES):
        try:
            with transaction.atomic():
                return _lease(wanted, also)
        except IntegrityError:  # seat_group_once: the other was first, and the next look sees it
            continue
    return []


@cache
def _claim_statement(vendor: str, also: str) -> str:
    lock = "for update of s skip locked" if vendor == "postgresql" else ""
    fits = [_FITS.format(which=which, also=also, lock=lock) for which in _WHICH]
    return _CLAIM.format(choices=", ".join(f"({one})" for one in fits))


@transaction.atomic
def renew_lease(*, seat: Seat, by: User, ahead: bool = False) -> bool:
    """Extend a lease the rater still holds, as long as they are at work; False if they hold it no longer."""
    seats = Seat.objects.filter(pk=seat.pk, rater=by, state=SeatState.LEASED)
    held, now = seats.first(), clock.now()
    if held is not None:
        _renewed(held, now + timedelta(seconds=AHEAD_SECONDS if ahead else seat.round.lease_seconds))
        return True
    # a late answer just taken back is theirs for as long as one that counted: they cannot tell the two apart
    since = now - timedelta(seconds=seat.round.lease_seconds)
    return Annotation.objects.filter(task=seat.task_id, rater=by, taken_back_at__gt=since).exists()


@transaction.atomic
def release_seat(*, seat: Seat, by: User) -> None:
    """Give a leased seat back unused."""
    Seat.objects.filter(pk=seat.pk, rater=by, state=SeatState.LEASED).update(**FREED)


FREED = {"state": SeatState.OPEN, "rater": None, "leased_until": None, "group": None, "came_back": True}


@transaction.atomic
def skip_task(*, seat: Seat, reason: SkipReason | str, by: User) -> None:
    """Pass on a task, with a reason. Its seat reopens to others; after two people skipped it, the manager has it."""
    seat = Seat.objects.select_for_update(of=("self",)).select_related("round", "task").get(pk=seat.pk)
    if Skip.objects.filter(task=seat.task, rater=by).exists():
        return
    rules.check_can_label(by, seat.round)
    if seat.rater_id != by.pk or seat.state != SeatState.LEASED:
        raise NotAllowed("This item is no longer yours to skip. Go on with the next one.")
    Skip.objects.create(task=seat.task, rater=by, reason=reason, created_at=clock.now())
    Seat.objects.filter(pk=seat.pk).update(**FREED)
    Draft.objects.filter(task=seat.task, rater=by).delete()
    task = Task.objects.select_for_update().get(pk=seat.task_id)
    if task.state == TaskState.OPEN and task.skips.values("rater").distinct().count() >= SKIPS_TO_MANAGER:
        task.state = TaskState.ESCALATED
        task.save(update_fields=["state"])
    record_event(
        kind="task.skipped",
        project=seat.round.project,
        by=by,
        target=f"task:{task.public_id}",
        after={"reason": str(reason)},
    )


def free_expired_leases() -> int:
    """Free the seats whose lease ran out more than a minute ago; the number freed."""
    ran_out = clock.now() - timedelta(seconds=60)
    return Seat.objects.filter(state=SeatState.LEASED, leased_until__lt=ran_out).update(**FREED)


def free_leases_of(*, rater: User) -> int:
    """Free all seats somebody holds but has not submitted, when they leave; their submitted work stays."""
    return Seat.objects.filter(rater=rater, state=SeatState.LEASED).update(**FREED)


@transaction.atomic
def add_seats(*, tasks: QuerySet[Task], in_round: Round, by: User | None, reason: str) -> int:
    """Ask one more rater for each of the tasks, up to the round's `max_raters`; the number of seats added.

    The tasks are open again until the new seats are in. All cursors start again: the new seats lie behind them.
    """
    in_round = Round.objects.select_for_update().get(pk=in_round.pk)
    if in_round.state != RoundState.OPEN:
        raise NotAllowed("This round is closed: its tasks take no more raters.")
    movable = tasks.filter(round=in_round, state__in=[TaskState.OPEN, TaskState.DISPUTED, TaskState.ESCALATED])
    new: list[Seat] = []
    for task in movable.select_for_update().prefetch_related("seats"):
        seats = list(task.seats.all())
        if len(seats) < in_round.max_raters:
            last = max(seats, key=lambda seat: seat.number)
            new.append(Seat(task=task, round=in_round, number=last.number + 1, place=last.place))
    Seat.objects.bulk_create(new, batch_size=1000)
    Task.objects.filter(pk__in=[seat.task_id for seat in new]).update(state=TaskState.OPEN, due_at=None)
    Cursor.objects.filter(round=in_round).update(place=-1)
    record_event(
        kind="round.seats_added",
        project=in_round.project,
        by=by,
        target=f"round:{in_round.public_id}",
        after={"seats": len(new), "reason": reason},
    )
    return len(new)
