"""Panels as their list and their own page show them, and what raters may not be shown elsewhere."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from evaluation.enums import OutputState, PanelRole, PanelState
from evaluation.models import Panel, PanelOutput, PanelRater, PanelSeat, SettledScore
from labeling.enums import Role
from labeling.models import Item, Project, User

SHOWN = 50


@dataclass(frozen=True)
class PanelRow:
    """A panel and how far it is: seats of the raters, and outputs or, in a panel of pairs, nothing more."""

    panel: Panel
    seats: int
    done: int
    outputs: int
    settled: int
    escalated: int


@dataclass(frozen=True)
class Mine:
    """A rater's own part in a panel, and nobody else's."""

    panel: Panel
    total: int
    done: int


def panels_of(project: Project) -> list[PanelRow]:
    """A project's newest panels; three queries, however many."""
    panels = list(loaded().filter(project=project).order_by("-created_at", "-pk")[:SHOWN])
    return rows_of(panels)


def rows_of(panels: list[Panel]) -> list[PanelRow]:
    seats = _by_panel(
        PanelSeat.objects.filter(rater__panel__in=panels).exclude(rater__role=PanelRole.JUDGE),
        "rater__panel",
        "is_done",
    )
    outputs = _by_panel(PanelOutput.objects.filter(panel__in=panels), "panel", "state")
    return [
        PanelRow(
            panel=panel,
            seats=sum(seats[panel.pk].values()),
            done=seats[panel.pk][True],
            outputs=sum(outputs[panel.pk].values()),
            settled=outputs[panel.pk][OutputState.SETTLED],
            escalated=outputs[panel.pk][OutputState.ESCALATED],
        )
        for panel in panels
    ]


def _by_panel(rows: "QuerySet[PanelSeat] | QuerySet[PanelOutput]", panel: str, what: str) -> dict[int, Counter[object]]:
    found: dict[int, Counter[object]] = {}
    for key, value, number in rows.values_list(panel, what).annotate(Count("pk")).order_by():
        found.setdefault(key, Counter())[value] = number
    return _Filled(found)


class _Filled(dict[int, "Counter[object]"]):
    def __missing__(self, key: int) -> "Counter[object]":
        return Counter()


def mine(project: Project, user: User) -> list[Mine]:
    """The panels in which a person has something to rate; one query."""
    parts = PanelRater.objects.filter(user=user, panel__project=project).select_related("panel")
    counted = parts.annotate(total=Count("seats"), done=Count("seats", filter=Q(seats__is_done=True)))
    rows = counted.filter(total__gt=0).order_by("-panel__created_at", "-pk")[:SHOWN]
    return [Mine(one.panel, one.total, one.done) for one in rows]


@dataclass(frozen=True)
class Progress:
    """A rater's progress as a manager sees it."""

    who: str
    role: str
    done: int
    total: int


def progress(panel: Panel, *, with_names: bool) -> list[Progress]:
    """How far each rater is; engineers see numbers, no names. One query."""
    raters = panel.raters.select_related("user", "judge__prompt").order_by("role", "pk")
    counted = raters.annotate(total=Count("seats"), done=Count("seats", filter=Q(seats__is_done=True)))
    found = []
    for number, one in enumerate(sorted(counted, key=lambda one: one.role != PanelRole.RATER), 1):
        name = str(one.user) if one.user and with_names else str(one.judge) if one.judge else f"Rater {number}"
        found.append(Progress(name, one.get_role_display(), one.done, one.total))
    return found


def settled_how(panel: Panel) -> list[tuple[str, int]]:
    """How many scores were settled in which way; one query."""
    rows = SettledScore.objects.filter(output__panel=panel).values_list("how").annotate(number=Count("pk")).order_by()
    names = dict(SettledScore._meta.get_field("how").flatchoices)
    return [(str(names[how]), number) for how, number in sorted(rows, key=lambda row: -row[1])]


def loaded() -> QuerySet[Panel]:
    """Panels with what their pages name."""
    return Panel.objects.select_related("project", "rubric_version__rubric")


def is_veiled(item: Item, user: User, roles: frozenset[str]) -> bool:
    """Whether what models said of the item is kept from a person, since they rate it in an open panel, or may rule."""
    if roles & {Role.MANAGER, Role.ANALYST, Role.ENGINEER}:
        return False
    panels = Panel.objects.filter(state=PanelState.OPEN, outputs__item=item)
    if Role.ADJUDICATOR not in roles:
        panels = panels.filter(raters__user=user)
    return panels.exists()
