"""A project's calendar: what ran, what will, what is overdue, and who answers for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from evaluation.actions.schedule_jobs import JOBS, Job
from evaluation.enums import ActionState, FiringOutcome
from evaluation.models import Firing, OpenAction, Schedule
from evaluation.models.schedules import LATE
from evaluation.recurrence import Recurrence
from labeling.models import Project

MOST = 1000
TONES = {
    "failed": "bad", "overdue": "bad", "opened": "gold", "due": "gold", "done": "good", "running": "on", "will": "",
    "skipped": "",
}  # fmt: skip
SIGNS = {
    "failed": "✕", "overdue": "!", "opened": "→", "due": "→", "done": "✓", "skipped": "–", "running": "…", "will": "○",
}  # fmt: skip
WORDS = {
    "failed": "Failed", "overdue": "Overdue", "opened": "Waits for a person", "due": "To be done", "done": "Done",
    "skipped": "Nothing to do", "running": "Under way", "will": "To come",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One thing on one day."""

    at: datetime
    name: str
    state: str
    url: str
    said: str = ""
    owner: str = ""
    is_routine: bool = False  # it comes every day, so it is shown quietly
    is_timed: bool = True

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def sign(self) -> str:
        return SIGNS[self.state]

    @property
    def word(self) -> str:
        return WORDS[self.state]


@dataclass(frozen=True)
class Day:
    """A day of the grid."""

    date: date
    is_inside: bool  # of the month that is shown
    is_today: bool
    entries: list[Entry] = field(default_factory=list)

    @property
    def chips(self) -> list[Entry]:
        return [one for one in self.entries if not one.is_routine or one.state == "failed"]

    @property
    def routine(self) -> list[Entry]:
        return [one for one in self.entries if one.is_routine and one.state != "failed"]


@dataclass(frozen=True)
class Line:
    """A schedule with how it stands."""

    schedule: Schedule
    job: Job
    when: str
    last: Firing | None
    is_overdue: bool

    @property
    def state(self) -> str:
        return self.last.outcome if self.last else ""

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "")


@dataclass(frozen=True)
class Calendar:
    """A month of it."""

    month: date
    weeks: list[list[Day]]
    overdue: list[Entry]
    lines: list[Line]
    missing: list[Job]  # not on the calendar yet

    @property
    def days(self) -> list[Day]:
        return [day for week in self.weeks for day in week]

    @property
    def before(self) -> date:
        return (self.month - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        return (self.month + timedelta(days=32)).replace(day=1)


def lines_of(project: Project, *, now: datetime) -> list[Line]:
    """All schedules, what is overdue or failed first, then by what comes next; three queries."""
    newest = Firing.objects.filter(schedule=OuterRef("pk"), finished_at__isnull=False).order_by("-due_at", "-pk")
    rows = list(
        Schedule.objects.filter(project=project).select_related("owner", "project")
        .annotate(last_firing=Subquery(newest.values("pk")[:1]))
    )  # fmt: skip
    last = Firing.objects.in_bulk([row.last_firing for row in rows if row.last_firing])
    found = [
        Line(
            schedule=row,
            job=JOBS[row.job],
            when=str(Recurrence(row.recurrence, row.zone)) if row.recurrence else "when a release is frozen",
            last=last.get(row.last_firing),
            is_overdue=row.next_due is not None and row.next_due < now - LATE,
        )
        for row in rows
    ]
    far = datetime.max.replace(tzinfo=UTC)
    return sorted(
        found, key=lambda one: (not one.is_overdue, one.state != "failed", one.schedule.next_due or far, one.job.name)
    )


def history_of(schedule: Schedule) -> list[Firing]:
    rows = Firing.objects.filter(schedule=schedule).select_related("by", "release__golden_set")
    return list(rows.order_by("-due_at", "-pk")[:50])


def calendar_of(project: Project, *, month: date, zone: str, now: datetime) -> Calendar:
    """The weeks of a month by the reader's clock; a fixed number of queries."""
    clock = ZoneInfo(zone)
    today = now.astimezone(clock).date()
    first = month - timedelta(days=month.weekday())
    last = (month + timedelta(days=32)).replace(day=1)
    last += timedelta(days=-last.weekday() % 7)
    start, end = (datetime.combine(day, datetime.min.time(), clock).astimezone(UTC) for day in (first, last))
    lines = lines_of(project, now=now)
    actions = list(
        OpenAction.objects.filter(project=project, state=ActionState.OPEN, due_on__isnull=False, due_on__lt=last)
        .select_related("owner", "project")
        .order_by("due_on", "pk")[:MOST]
    )
    entries = [
        *_fired(project, start, end, lines),
        *(entry for line in lines for entry in _to_come(line, max(now, start), end)),
        *(_action(one, today, clock) for one in actions if one.due_on and one.due_on >= first),
    ]
    days: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (one.is_timed, one.at)):
        days.setdefault(entry.at.astimezone(clock).date(), []).append(entry)
    every = [first + timedelta(days=number) for number in range((last - first).days)]
    grid = [Day(day, day.month == month.month, day == today, days.get(day, [])) for day in every]
    overdue = [_late(line) for line in lines if line.is_overdue]
    overdue += [_action(one, today, clock) for one in actions if one.due_on and one.due_on < today]
    known = {line.schedule.job for line in lines}
    return Calendar(
        month=month,
        weeks=[grid[place : place + 7] for place in range(0, len(grid), 7)],
        overdue=overdue,
        lines=lines,
        missing=[job for code, job in JOBS.items() if code not in known],
    )


def _fired(project: Project, start: datetime, end: datetime, lines: list[Line]) -> Iterable[Entry]:
    rows = Firing.objects.filter(schedule__project=project, due_at__gte=start, due_at__lt=end)
    mine = {line.schedule.pk: line for line in lines}
    for one in rows.order_by("due_at", "pk")[:MOST]:
        line = mine[one.schedule_id]
        yield Entry(
            one.due_at, line.job.name, one.outcome or "running", one.url or _page(line.schedule), one.said,
            str(line.schedule.owner or ""), _is_daily(line.schedule) and one.outcome != FiringOutcome.OPENED,
        )  # fmt: skip


def _to_come(line: Line, start: datetime, end: datetime) -> Iterable[Entry]:
    schedule = line.schedule
    if schedule.next_due is None:
        return
    recurrence = Recurrence(schedule.recurrence, schedule.zone)
    times = recurrence.between(max(start, schedule.next_due - timedelta(seconds=1)), end)
    for at in times:
        yield Entry(
            at, line.job.name, "will", _page(schedule), line.job.what, str(schedule.owner or ""), _is_daily(schedule)
        )


def _is_daily(schedule: Schedule) -> bool:
    fields = schedule.recurrence.split(" ")
    return len(fields) == 5 and fields[2:4] == ["*", "*"] and fields[4] in ("*", "1-5")


def _late(line: Line) -> Entry:
    assert line.schedule.next_due is not None
    return Entry(
        line.schedule.next_due, line.job.name, "overdue", _page(line.schedule),
        "It was due and nobody has done it: no worker or no beat is running.", str(line.schedule.owner or ""),
    )  # fmt: skip


def _action(action: OpenAction, today: date, clock: ZoneInfo) -> Entry:
    assert action.due_on is not None
    at = datetime.combine(action.due_on, datetime.min.time(), clock)
    state = "overdue" if action.due_on < today else "due"
    where = reverse("evaluation:open-action", args=[action.project.slug, action.public_id])
    return Entry(at, action.title, state, where, action.why, str(action.owner or ""), is_timed=False)


def _page(schedule: Schedule) -> str:
    return reverse("evaluation:schedule", args=[schedule.project.slug, schedule.public_id])
