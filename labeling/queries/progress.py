"""How far rounds are, for those who manage them."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from labeling.enums import SeatState, TaskState
from labeling.models import Project, Round, Seat, Task


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
    mine = {"round__project": project}
    for pk, state, number in Task.objects.filter(**mine).values_list("round", "state").annotate(Count("pk")).order_by():
        tasks[pk][state] = number
    for pk, state, number in Seat.objects.filter(**mine).values_list("round", "state").annotate(Count("pk")).order_by():
        seats[pk][state] = number
    return [_progress(one, tasks[one.pk], seats[one.pk]) for one in rounds]


def progress_of(in_round: Round) -> RoundProgress:
    tasks = dict(in_round.tasks.values_list("state").annotate(Count("pk")).order_by())
    seats = dict(in_round.seats.values_list("state").annotate(Count("pk")).order_by())
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
