"""One list of what waits for a person, whoever keeps it: each source says what of its own is open."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from evaluation.enums import ActionState, IncidentState, TuningState
from evaluation.models import ActionPlan, Alert, Incident, OpenAction, TuningTask
from labeling.enums import Role
from labeling.models import Duty, GuidelineRequest, Project, User

EVERYBODY = frozenset({Role.MANAGER, Role.ENGINEER, Role.ANALYST})
MOST = 500
WAITING = (IncidentState.PROPOSED, IncidentState.OPEN)


@dataclass(frozen=True)
class Row:
    """One thing to do. `owner` and `due_on` are the source's own, or those of a plan that was made here."""

    source: str
    key: str
    title: str
    url: str  # the page where it is done
    opened_at: datetime
    owner: User | None = None
    due_on: date | None = None
    why: str = ""
    action: OpenAction | None = None  # one that is planned and closed here
    task: TuningTask | None = None
    incident: Incident | None = None
    duty: Duty | None = None

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today


@dataclass(frozen=True)
class Source:
    """Where open work comes from. To join the list: `register(Source("code", "Name", rows_of_project))`."""

    code: str
    name: str
    rows: Callable[[Project], Iterable[Row]]
    roles: frozenset[Role] = EVERYBODY  # who may see these
    keeps_plans: bool = False  # True: its rows bring their own owner and day


SOURCES: dict[str, Source] = {}


def register(source: Source) -> Source:
    """Add a source, once: by a line at the end of this file, which names the function that yields its rows."""
    SOURCES[source.code] = source
    return source


@dataclass(frozen=True)
class Asked:
    """Which part of the list is wanted."""

    source: str = ""
    owner: str = ""  # a public id, or "nobody"
    overdue: bool = False

    def takes(self, row: Row, today: date) -> bool:
        if self.source and row.source != self.source:
            return False
        if self.overdue and not row.is_overdue(today):
            return False
        if self.owner == "nobody":
            return row.owner is None
        return not self.owner or (row.owner is not None and str(row.owner.public_id) == self.owner)


@dataclass(frozen=True)
class Listed:
    """A row as the list shows it."""

    row: Row
    source: Source
    is_overdue: bool


@dataclass(frozen=True)
class Board:
    """The list, and how much is on it before anything is filtered."""

    rows: list[Listed]
    total: int
    overdue: int
    sources: list[tuple[Source, int]]
    owners: list[User] = field(default_factory=list)


def board(project: Project, roles: Iterable[str], *, today: date, asked: Asked = Asked()) -> Board:
    """What is open, overdue first, then by day; one query a source and one for the plans."""
    found = rows_of(project, roles)
    shown = [row for row in found if asked.takes(row, today)]
    shown.sort(key=lambda row: (row.due_on is None, row.due_on or date.max, row.opened_at))
    counts = dict.fromkeys(SOURCES, 0)
    for row in found:
        counts[row.source] += 1
    owners = {row.owner.pk: row.owner for row in found if row.owner}
    return Board(
        rows=[Listed(row, SOURCES[row.source], row.is_overdue(today)) for row in shown],
        total=len(found),
        overdue=sum(row.is_overdue(today) for row in found),
        sources=[(SOURCES[code], number) for code, number in counts.items() if number],
        owners=sorted(owners.values(), key=str),
    )


def rows_of(project: Project, roles: Iterable[str]) -> list[Row]:
    held = {str(role) for role in roles}
    rows = [
        row
        for source in SOURCES.values()
        if held & {str(role) for role in source.roles}
        for row in source.rows(project)
    ]
    plans: Mapping[tuple[str, str], ActionPlan] = {
        (one.source, one.key): one for one in ActionPlan.objects.filter(project=project).select_related("owner")
    }
    return [_planned(row, plans) for row in rows]


def _planned(row: Row, plans: Mapping[tuple[str, str], ActionPlan]) -> Row:
    plan = None if SOURCES[row.source].keeps_plans else plans.get((row.source, row.key))
    return replace(row, owner=plan.owner or row.owner, due_on=plan.due_on or row.due_on) if plan else row


def find_row(project: Project, roles: Iterable[str], source: str, key: str) -> Row | None:
    return next((row for row in rows_of(project, roles) if (row.source, row.key) == (source, key)), None)


def closed_actions(project: Project) -> list[OpenAction]:
    """What was closed last."""
    rows = OpenAction.objects.filter(project=project).exclude(state=ActionState.OPEN).select_related("closed_by")
    return list(rows.order_by("-closed_at", "-pk")[:20])


def _opened(project: Project, **which: Any) -> Iterable[OpenAction]:
    rows = OpenAction.objects.filter(project=project, state=ActionState.OPEN, **which)
    return rows.select_related("owner", "firing").order_by("pk")[:MOST]


def _own(source: str, *, by_schedule: bool) -> Callable[[Project], Iterable[Row]]:
    def rows(project: Project) -> Iterable[Row]:
        for one in _opened(project, firing__isnull=not by_schedule):
            where = reverse("evaluation:open-action", args=[project.slug, one.public_id])
            yield Row(
                source, str(one.public_id), one.title, where, one.created_at, one.owner, one.due_on, one.why, action=one
            )

    return rows


def _tuning(project: Project) -> Iterable[Row]:
    rows = TuningTask.objects.filter(project=project, state=TuningState.OPEN).select_related("owner")
    for one in rows.order_by("pk")[:MOST]:
        where = reverse("evaluation:tuning-task", args=[project.slug, one.public_id])
        yield Row(
            "tuning", str(one.public_id), one.title, where, one.created_at, one.owner, one.due_on, one.note, task=one
        )


def _incidents(project: Project) -> Iterable[Row]:
    """Open ones are due when their 48 hours are over; a proposed one waits for an answer."""
    rows = Incident.objects.filter(project=project, state__in=WAITING).select_related("owner")
    for one in rows.order_by("pk")[:MOST]:
        where = reverse("evaluation:incident", args=[project.slug, one.public_id])
        due = one.due_at
        why = "Proposed: is it an incident?" if one.state == IncidentState.PROPOSED else one.cause
        yield Row(
            "incidents", str(one.public_id), one.title, where, one.created_at, one.owner, due and due.date(), why,
            incident=one,
        )  # fmt: skip


def _alerts(project: Project) -> Iterable[Row]:
    """Those that stand, if no incident tells of them; whoever acknowledged one owns it until somebody else is named."""
    told = Incident.objects.filter(project=project, state__in=WAITING, alert__isnull=False)
    rows = Alert.objects.filter(rule__project=project, resolved_at__isnull=True).exclude(pk__in=told.values("alert"))
    for one in rows.select_related("rule", "acknowledged_by").order_by("pk")[:MOST]:
        where = reverse("evaluation:alert-rule", args=[project.slug, one.rule.public_id])
        yield Row("alerts", str(one.public_id), one.rule.name, where, one.raised_at, one.acknowledged_by)


def _guidelines(project: Project) -> Iterable[Row]:
    """Without who asked: an engineer or analyst reads no rater's name, and managers find it on its page."""
    where = reverse("labeling:guideline-requests", args=[project.slug])
    rows = GuidelineRequest.objects.filter(project=project, closed_at__isnull=True)
    for one in rows.order_by("pk")[:MOST]:
        yield Row("guidelines", str(one.public_id), one.text[:160], where, one.raised_at)


register(Source("schedules", "Calendar", _own("schedules", by_schedule=True), keeps_plans=True))
register(Source("hand", "Opened by hand", _own("hand", by_schedule=False), keeps_plans=True))
register(Source("tuning", "Tuning", _tuning, keeps_plans=True))
register(Source("alerts", "Alerts", _alerts))
register(Source("incidents", "Incidents", _incidents, keeps_plans=True))
register(Source("guidelines", "Guideline requests", _guidelines, roles=frozenset({Role.MANAGER})))
