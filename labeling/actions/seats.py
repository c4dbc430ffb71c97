"""Handing out seats: claim, renew, release, skip, and freeing what ran out.

The queue's order is `place`. A rater's cursor says how far they have come: they hold, passed or may not have every
seat up to it, so the next claim starts there. Seats that come back before it (skipped, expired, taken away) are
marked and looked at first. Both reads are short index scans, also for somebody who has finished every item while
other seats are open.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import RoundState, SeatState, SkipReason, TaskState
from labeling.models import Cursor, Draft, Opening, Round, Seat, Skip, Task, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed

SKIPS_TO_MANAGER = 2


@transaction.atomic
def claim_seat(*, in_round: Round, by: User) -> Seat | None:
    """The rater's seat to work on: the one they hold, or else the next open one, or None if there is none for them."""
    rules.check_can_label(by, in_round)
    now = clock.now()
    cursor = _cursor(in_round, by)  # first of all: a second tab of the same person waits here
    if held := _held(in_round, by):
        return held
    seat = _next_for(by, _open(in_round).filter(came_back=True).order_by("place", "number"))
    if seat is None:
        seat = _next_for(by, _open(in_round).filter(place__gt=cursor.place).order_by("place", "number"))
        if seat is None:
            expired = in_round.seats.filter(state=SeatState.LEASED, leased_until__lt=now).order_by("place", "number")
            seat = _next_for(by, expired)
    if seat is None:
        return None
    seat.state, seat.rater, seat.came_back = SeatState.LEASED, by, False
    seat.leased_until = now + timedelta(seconds=in_round.lease_seconds)
    seat.save(update_fields=["state", "rater", "came_back", "leased_until"])
    if seat.place > cursor.place:
        Cursor.objects.filter(pk=cursor.pk).update(place=seat.place)
    return seat


def _held(in_round: Round, rater: User) -> Seat | None:
    held = in_round.seats.filter(rater=rater, state=SeatState.LEASED)
    return held.select_related("task__item").order_by("place").first()


def _cursor(in_round: Round, rater: User) -> Cursor:
    """The rater's cursor, locked, so that two tabs of one person claim one after the other."""
    locked = Cursor.objects.select_for_update()
    return locked.filter(round=in_round, rater=rater).first() or locked.get_or_create(round=in_round, rater=rater)[0]


def _open(in_round: Round) -> QuerySet[Seat]:
    return in_round.seats.filter(state=SeatState.OPEN)


def _next_for(rater: User, seats: QuerySet[Seat]) -> Seat | None:
    """The first of the seats whose task the rater has not had, locked; seats that others lock are passed over."""
    task = OuterRef("task_id")
    had = Exists(Seat.objects.filter(task=task, rater=rater)) | Exists(Skip.objects.filter(task=task, rater=rater))
    seats = seats.filter(~had & ~Exists(Opening.objects.filter(task=task, user=rater)))
    locked = seats.select_for_update(of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked)
    return locked.select_related("task__item").first()


@transaction.atomic
def renew_lease(*, seat: Seat, by: User) -> bool:
    """Extend a lease the rater still holds, as long as they are at work; False if they hold it no longer."""
    until = clock.now() + timedelta(seconds=seat.round.lease_seconds)
    mine = Seat.objects.filter(pk=seat.pk, rater=by, state=SeatState.LEASED)
    return bool(mine.update(leased_until=until))


@transaction.atomic
def release_seat(*, seat: Seat, by: User) -> None:
    """Give a leased seat back unused."""
    Seat.objects.filter(pk=seat.pk, rater=by, state=SeatState.LEASED).update(**FREED)


FREED = {"state": SeatState.OPEN, "rater": None, "leased_until": None, "came_back": True}


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
