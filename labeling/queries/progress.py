"""How far rounds are, for those who manage them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db.models import Count
from django.utils import timezone

from labeling import forecast
from labeling.enums import RoundState, SeatState, TaskState
from labeling.models import Annotation, Project, RaterPause, Revision, Round, Seat, Skip, Task, User
from labeling.queries.waiting import Lease, Wait, leases_of, waits_of
from reviewapp.common.days import UtcDay


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
    seats_settled: int = 0  # submitted, in a task that is settled

    @property
    def share_settled(self) -> float | None:
        return self.settled / self.tasks if self.tasks else None

    @property
    def seats_open(self) -> int:
        return self.seats - self.seats_submitted - self.seats_leased


def rounds_of(project: Project) -> list[RoundProgress]:
    """All rounds of the project with their progress, newest first; three queries, however many rounds."""
    rounds = Round.objects.filter(project=project).select_related("taxonomy_version", "guideline")
    return progress_among(list(rounds.order_by("-created_at", "-pk")))


def progress_among(rounds: list[Round]) -> list[RoundProgress]:
    """The progress of each of the rounds; two queries, however many."""
    tasks: dict[int, dict[str, int]] = defaultdict(dict)
    seats: dict[int, dict[str, int]] = defaultdict(dict)
    real_tasks = Task.objects.real().filter(round__in=rounds).values_list("round", "state")
    for pk, state, number in real_tasks.annotate(Count("pk")).order_by():
        tasks[pk][state] = number
    real_seats = Seat.objects.filter(round__in=rounds, task__gold__isnull=True).values_list("round", "state")
    for pk, state, number in real_seats.annotate(Count("pk")).order_by():
        seats[pk][state] = number
    return [_progress(one, tasks[one.pk], seats[one.pk]) for one in rounds]


def progress_of(in_round: Round) -> RoundProgress:
    """One round's tasks and seats by state; two queries."""
    tasks = dict(in_round.tasks.real().values_list("state").annotate(Count("pk")).order_by())
    seats: dict[str, int] = defaultdict(int)
    settled = 0
    real = in_round.seats.filter(task__gold__isnull=True).values_list("state", "task__state")
    for state, task_state, number in real.annotate(Count("pk")).order_by():
        seats[state] += number
        if (state, task_state) == (SeatState.SUBMITTED, TaskState.SETTLED):
            settled = number
    return _progress(in_round, tasks, seats, settled)


def _progress(in_round: Round, tasks: dict[str, int], seats: dict[str, int], settled: int = 0) -> RoundProgress:
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
        seats_settled=settled,
    )


@dataclass(frozen=True)
class RaterProgress:
    """One rater's part in a round, by name: for managers and analysts only."""

    name: str
    submitted: int
    skipped: int
    pace: forecast.Rate
    median_seconds: float | None
    leases: tuple[Lease, ...]
    is_paused: bool


@dataclass(frozen=True)
class RoundRoom:
    """All that the round's page shows of how it goes."""

    progress: RoundProgress
    days: list[forecast.Left]
    ahead: forecast.Forecast | None  # None once the round has ended
    raters: list[RaterProgress]
    waits: list[Wait]


def room_of(in_round: Round, *, now: datetime) -> RoundRoom:
    """How a round goes; a fixed number of queries, however many raters and items."""
    is_open = in_round.state == RoundState.OPEN
    progress = progress_of(in_round)
    today = timezone.localdate(now if is_open else in_round.closed_at)
    by_rater = _answers_by_day(in_round)
    answers: dict[date, int] = defaultdict(int)
    for days in by_rater.values():
        for day, number in days.items():
            answers[day] += number
    left = progress.seats - progress.seats_submitted
    opened = timezone.localdate(in_round.created_at)
    return RoundRoom(
        progress=progress,
        days=forecast.burn_down(seats=progress.seats, answers=answers, opened=opened, today=today),
        ahead=forecast.forecast(left=left, answers=answers, today=today) if is_open else None,
        raters=_raters(in_round, by_rater, now=now, today=today),
        waits=waits_of(in_round, disputed=progress.disputed, escalated=progress.escalated) if is_open else [],
    )


def _answers_by_day(in_round: Round) -> dict[int, dict[date, int]]:
    """How many answers each rater gave on each day, of those that count and stand."""
    found: dict[int, dict[date, int]] = defaultdict(dict)
    counted = Annotation.objects.filter(task__round=in_round, task__gold__isnull=True, is_counted=True)
    by_day = counted.filter(taken_back_at__isnull=True).annotate(day=UtcDay("submitted_at"))
    for rater, day, number in by_day.values_list("rater", "day").annotate(Count("pk")).order_by():
        found[rater][day] = number
    return found


def _raters(
    in_round: Round, by_rater: dict[int, dict[date, int]], *, now: datetime, today: date
) -> list[RaterProgress]:
    """Everybody who answered, holds a seat or skipped in the round, the busiest first."""
    skips = dict(Skip.objects.filter(task__round=in_round).values_list("rater").annotate(Count("pk")).order_by())
    seconds: dict[int, list[int]] = defaultdict(list)
    timed = Revision.objects.newest().filter(annotation__task__round=in_round, seconds__isnull=False)
    for pk, taken in timed.filter(annotation__task__gold__isnull=True).values_list("annotation__rater_id", "seconds"):
        seconds[pk].append(taken or 0)
    leases = leases_of(in_round, now=now)
    paused = set(RaterPause.objects.filter(round=in_round, lifted_at__isnull=True).values_list("rater", flat=True))
    people = User.objects.filter(pk__in=set(by_rater) | set(skips) | set(leases) | paused)
    found = [
        RaterProgress(
            name=str(user),
            submitted=sum(by_rater.get(user.pk, {}).values()),
            skipped=skips.get(user.pk, 0),
            pace=forecast.pace(by_rater.get(user.pk, {}), today=today),
            median_seconds=median(seconds[user.pk]) if seconds[user.pk] else None,
            leases=tuple(leases.get(user.pk, ())),
            is_paused=user.pk in paused,
        )
        for user in people
    ]
    return sorted(found, key=lambda one: (-one.submitted, one.name))
