"""Who holds what in a round, who else may take it, and who waits for whom: for managers and analysts only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, QuerySet

from labeling.enums import Purpose, Role, SeatState, TaskState
from labeling.models import Annotation, Membership, Opening, RaterPause, Round, Seat, Skip, User
from labeling.rules import SEES_ANSWERS

QUIET = timedelta(minutes=2)  # without a sign for so long, a rater is called idle


@dataclass(frozen=True)
class Taker:
    """Somebody who may take a seat over."""

    public_id: UUID
    name: str


@dataclass(frozen=True)
class Lease:
    """A seat that somebody holds: of which item, the last sign of work on it, and who else may take it."""

    seat: UUID
    holder: UUID
    item: UUID
    item_name: str
    quiet_minutes: int | None  # None while there are signs of work
    has_run_out: bool
    takers: tuple[Taker, ...]


@dataclass(frozen=True)
class Wait:
    """Items that wait for one rater, or for anybody: how many, for how long, and whose answers are in."""

    waited_for: str
    items: int
    since: datetime | None
    raters: tuple[str, ...]


def leases_of(in_round: Round, *, now: datetime) -> dict[int, list[Lease]]:
    """The seats each rater holds, by the rater's id."""
    held = list(
        in_round.seats.filter(state=SeatState.LEASED).select_related("task__item", "rater").order_by("leased_until")
    )
    takers = _takers(in_round, held)
    found: dict[int, list[Lease]] = defaultdict(list)
    for seat in held:
        assert seat.rater is not None
        assert seat.leased_until is not None
        # each sign of work moves the lease's end on by its whole length, so the end tells when the last one was
        quiet = now - (seat.leased_until - timedelta(seconds=in_round.lease_seconds))
        found[seat.rater.pk].append(
            Lease(
                seat=seat.public_id,
                holder=seat.rater.public_id,
                item=seat.task.item.public_id,
                item_name=seat.task.item.name,
                quiet_minutes=int(quiet.total_seconds() // 60) if quiet >= QUIET else None,
                has_run_out=seat.leased_until < now,
                takers=takers[seat.pk],
            )
        )
    return found


def _takers(in_round: Round, held: list[Seat]) -> dict[int, tuple[Taker, ...]]:
    """For each seat, who may rate in the round and has not had its task."""
    if not held:
        return {}
    tasks = [seat.task_id for seat in held]
    had: dict[int, set[int]] = defaultdict(set)
    rows: tuple[Iterable[tuple[int, int | None]], ...] = (
        Seat.objects.filter(task__in=tasks, rater__isnull=False).values_list("task_id", "rater_id"),
        Annotation.objects.filter(task__in=tasks).values_list("task_id", "rater_id"),
        Skip.objects.filter(task__in=tasks).values_list("task_id", "rater_id"),
        Opening.objects.filter(task__in=tasks).values_list("task_id", "user_id"),
    )
    for some in rows:
        for task, person in some:
            had[task].add(person or 0)
    may = _may_rate(in_round)
    return {
        seat.pk: tuple(Taker(user.public_id, str(user)) for user in may if user.pk not in had[seat.task_id])
        for seat in held
    }


def _may_rate(in_round: Round) -> list[User]:
    """The members whom the rules let rate in the round, by name; the same as rules.check_may_rate, for many at once."""
    roles: dict[int, set[str]] = defaultdict(set)
    people: dict[int, User] = {}
    members = Membership.objects.filter(project=in_round.project_id, user__is_active=True).select_related("user")
    for member in members:
        roles[member.user_id].add(member.role)
        people[member.user_id] = member.user
    paused = set(RaterPause.objects.filter(round=in_round, lifted_at__isnull=True).values_list("rater", flat=True))
    rating = {str(Role.ANNOTATOR), str(Role.ADJUDICATOR)}
    seeing = set() if in_round.purpose == Purpose.TRAINING else {str(role) for role in SEES_ANSWERS}
    found = [user for pk, user in people.items() if roles[pk] & rating and not roles[pk] & seeing and pk not in paused]
    return sorted(found, key=str)


def waits_of(in_round: Round, *, disputed: int, escalated: int) -> list[Wait]:
    """Items with some answers in, grouped by who still owes one; then those that wait for a judge."""
    waits = [*_for_holders(in_round), *_for_anybody(in_round)]
    if disputed:
        waits.append(Wait("an adjudicator", disputed, None, ()))
    if escalated:
        waits.append(Wait("a manager", escalated, None, ()))
    return waits


def _for_holders(in_round: Round) -> list[Wait]:
    leased = in_round.seats.filter(state=SeatState.LEASED, task__gold__isnull=True, task__state=TaskState.OPEN)
    holders: dict[int, set[int]] = defaultdict(set)
    names: dict[int, str] = {}
    for seat in leased.select_related("rater"):
        assert seat.rater is not None
        holders[seat.rater.pk].add(seat.task_id)
        names[seat.rater.pk] = str(seat.rater)
    tasks = {task for some in holders.values() for task in some}
    answers = _answers_in(in_round).filter(task__in=tasks).select_related("rater")
    by_task: dict[int, list[Annotation]] = defaultdict(list)
    for answer in answers:
        by_task[answer.task_id].append(answer)
    waits = []
    for pk, some in holders.items():
        given = [answer for task in some for answer in by_task[task]]
        if given:
            since = min(answer.submitted_at for answer in given)
            raters = tuple(sorted({str(answer.rater) for answer in given}))
            waits.append(Wait(names[pk], len({answer.task_id for answer in given}), since, raters))
    return sorted(waits, key=lambda wait: (wait.since is None, wait.since, wait.waited_for))


def _for_anybody(in_round: Round) -> list[Wait]:
    """The items with an answer in and a seat that nobody has taken."""
    open_seat = Exists(Seat.objects.filter(task=OuterRef("task"), state=SeatState.OPEN))
    answers = _answers_in(in_round).filter(open_seat)
    found = answers.aggregate(items=Count("task", distinct=True), since=Min("submitted_at"))
    if not found["items"]:
        return []
    people = User.objects.filter(pk__in=answers.values("rater"))
    return [Wait("whoever comes next", found["items"], found["since"], tuple(sorted(map(str, people))))]


def _answers_in(in_round: Round) -> QuerySet[Annotation]:
    real = Annotation.objects.filter(task__round=in_round, task__gold__isnull=True, task__state=TaskState.OPEN)
    return real.filter(is_counted=True, taken_back_at__isnull=True)
