"""The items of a round for those who manage it: by state, in the queue's order, a page at a time."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet

from labeling.actions.rounds import BAND_BITS
from labeling.enums import SeatState, TaskState
from labeling.models import Round, Seat, Task

PAGE = 50
SORTS = {"queue": "Order in the queue", "state": "State", "name": "Name"}


@dataclass(frozen=True)
class Row:
    """One item: where it stands, its band in the queue, and whose answers are in or awaited, by name."""

    task: Task
    band: int
    answered: int
    seats: int
    people: tuple[tuple[str, str], ...]  # (name, "submitted" or "leased")


@dataclass(frozen=True)
class ItemsPage:
    """A page of rows, the key of the next one."""

    rows: list[Row]
    next: str | None
    wanted: TaskState | None
    sort: str


def items_of(in_round: Round, *, state: str = "", sort: str = "", after: str = "") -> ItemsPage:
    """A page of the round's real items. What does not name a state, a sort or a place on it is passed over."""
    wanted = next((one for one in TaskState if one == state), None)
    sort = sort if sort in SORTS else "queue"
    # all seats of a task share its place, so the first stands for the task
    tasks = Task.objects.real().filter(round=in_round, seats__number=1).annotate(place=F("seats__place"))
    if wanted:
        tasks = tasks.filter(state=wanted)
    key, pk = _read(after)
    page = list(_sorted(tasks, sort, key, pk).select_related("item")[: PAGE + 1])
    more = len(page) > PAGE
    page = page[:PAGE]
    return ItemsPage(rows=_rows(page), next=_key(page[-1], sort) if more else None, wanted=wanted, sort=sort)


def _sorted(tasks: QuerySet[Task], sort: str, key: str, pk: int) -> QuerySet[Task]:
    """The tasks in one of the fixed orders, from a key on; no word of the request becomes a lookup (SAFETY R1)."""
    if sort == "state":
        after = Q(state__gt=key) | Q(state=key, pk__gt=pk)
        return (tasks.filter(after) if key else tasks).order_by("state", "pk")
    if sort == "name":
        after = Q(item__name__gt=key) | Q(item__name=key, pk__gt=pk)
        return (tasks.filter(after) if key else tasks).order_by("item__name", "pk")
    place = int(key) if key.isascii() and key.isdigit() and len(key) < 19 else None
    after = Q(place__gt=place) | Q(place=place, pk__gt=pk)
    found = tasks if place is None else tasks.filter(after)  # type: ignore[misc]
    return found.order_by("place", "pk")  # type: ignore[misc]


def _key(task: Task, sort: str) -> str:
    value = {"state": task.state, "name": task.item.name}.get(sort) or task.place  # type: ignore[attr-defined]
    return f"{task.pk}:{value}"


def _read(after: str) -> tuple[str, int]:
    """The key and the id in "id:key"; nothing, where it is not one."""
    pk, _, key = after.partition(":")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19) or "\x00" in key:
        return "", 0
    return key[:500], int(pk)


def _rows(tasks: list[Task]) -> list[Row]:
    seats: dict[int, list[Seat]] = defaultdict(list)
    for seat in Seat.objects.filter(task__in=tasks).select_related("rater").order_by("number"):
        seats[seat.task_id].append(seat)
    return [
        Row(
            task=task,
            band=task.place >> BAND_BITS,  # type: ignore[attr-defined]
            answered=sum(seat.state == SeatState.SUBMITTED for seat in seats[task.pk]),
            seats=len(seats[task.pk]),
            people=tuple((str(seat.rater), seat.state) for seat in seats[task.pk] if seat.rater),
        )
        for task in tasks
    ]


def named(in_round: Round, public_ids: list[UUID]) -> QuerySet[Task]:
    """Those of the round's real tasks that were ticked."""
    return Task.objects.real().filter(round=in_round, public_id__in=public_ids)
