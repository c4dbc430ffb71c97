"""How far rounds are, for those who manage them."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from django.db.models import Count

from labeling.enums import SeatState, TaskState
from labeling.models import Project, Revision, Round, Seat, Skip, Task, User


@dataclass(frozen=True)
class RoundProgress:
    """Tasks and seats of one round, by state."""

    round: Round
    tasks: int
    open: int
    disputed: int
    escalated: int
    settled: int
    seats: int
    seats_submitted: int
    seats_leased: int

    @property
    def share_settled(self) -> float | None:
        return self.settled / self.tasks if self.tasks else None

    @property
    def seats_open(self) -> int:
        return self.seats - self.seats_submitted - self.seats_leased


def rounds_of(project: Project) -> list[RoundProgress]:
    """All rounds of the project with their progress, newest first; three queries, however many rounds."""
    rounds = list(
        Round.objects.filter(project=project)
        .select_related("taxonomy_version", "guideline")
        .order_by("-created_at", "-pk")
    )
    tasks: dict[int, dict[str, int]] = defaultdict(dict)
    seats: dict[int, dict[str, int]] = defaultdict(dict)
    real_tasks = Task.objects.real().filter(round__project=project).values_list("round", "state")
    for pk, state, number in real_tasks.annotate(Count("pk")).order_by():
        tasks[pk][state] = number
    real_seats = Seat.objects.filter(round__project=project, task__gold__isnull=True).values_list("round", "state")
    for pk, state, number in real_seats.annotate(Count("pk")).order_by():
        seats[pk][state] = number
    return [_progress(one, tasks[one.pk], seats[one.pk]) for one in rounds]


def progress_of(in_round: Round) -> RoundProgress:
    tasks = dict(in_round.tasks.real().values_list("state").annotate(Count("pk")).order_by())
    seats = dict(in_round.seats.filter(task__gold__isnull=True).values_list("state").annotate(Count("pk")).order_by())
    return _progress(in_round, tasks, seats)


def _progress(in_round: Round, tasks: dict[str, int], seats: dict[str, int]) -> RoundProgress:
    return RoundProgress(
        round=in_round,
        tasks=sum(tasks.values()),
        open=tasks.get(TaskState.OPEN, 0),
        disputed=tasks.get(TaskState.DISPUTED, 0),
        escalated=tasks.get(TaskState.ESCALATED, 0),
        settled=tasks.get(TaskState.SETTLED, 0),
        seats=sum(seats.values()),
        seats_submitted=seats.get(SeatState.SUBMITTED, 0),
        seats_leased=seats.get(SeatState.LEASED, 0),
    )


@dataclass(frozen=True)
class RaterProgress:
    """One rater's part in a round, by name: for managers only."""

    name: str
    submitted: int
    leased: int
    skipped: int
    median_seconds: float | None


def raters_of(in_round: Round) -> list[RaterProgress]:
    """Everybody who took a seat or skipped in the round, the busiest first."""
    seats: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, state, number in (
        in_round.seats.filter(rater__isnull=False).values_list("rater", "state").annotate(Count("pk")).order_by()
    ):
        seats[pk][state] = number
    skips = dict(Skip.objects.filter(task__round=in_round).values_list("rater").annotate(Count("pk")).order_by())
    seconds: dict[int, list[int]] = defaultdict(list)
    timed = Revision.objects.newest().filter(annotation__task__round=in_round, seconds__isnull=False)
    for pk, taken in timed.values_list("annotation__rater_id", "seconds"):
        seconds[pk].append(taken or 0)
    people = {user.pk: str(user) for user in User.objects.filter(pk__in=set(seats) | set(skips))}
    found = [
        RaterProgress(
            name=name,
            submitted=seats[pk].get(SeatState.SUBMITTED, 0),
            leased=seats[pk].get(SeatState.LEASED, 0),
            skipped=skips.get(pk, 0),
            median_seconds=median(seconds[pk]) if seconds[pk] else None,
        )
        for pk, name in people.items()
    ]
    return sorted(found, key=lambda one: (-one.submitted, one.name))
