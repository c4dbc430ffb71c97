"""How fresh the golden set is, and what its plan says is next."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet

from labeling.enums import DutyKind, Repeats, TaskState
from labeling.models import Duty, ExpansionPlan, Project, Release, UpkeepRound, User
from labeling.queries.attributes import ValueCount, attribute_names, value_counts
from labeling.queries.expansion import fresh_items
from labeling.queries.quality import raters_of
from labeling.queries.upkeep_items import IS_ASKED_ANEW, newest_releases, stale_entries
from reviewapp.common import clock

DONE_SHOWN, PLANS_SHOWN, VALUES_SHOWN, ROUNDS_SHOWN = 10, 10, 12, 10
SOON = timedelta(days=7)
OLD = timedelta(days=92)  # a quarter

WHERE: dict[str, tuple[str, str]] = {  # the page where a kind of duty is done, and what it is called
    DutyKind.EXPANSION: ("labeling:new-expansion", "plan an expansion"),
    DutyKind.STALE: ("labeling:stale-items", "see what changed"),
    DutyKind.ROTATION: ("labeling:quality", "see the raters"),
    DutyKind.TAXONOMY: ("evaluation:taxonomy-changes", "change labels"),
    DutyKind.REFRESH: ("labeling:new-round", "make a round"),
}


@dataclass(frozen=True)
class DutyRow:
    """One thing to do for gold. `state` is overdue, soon or later; `page` is the route where it is done, if any."""

    duty: Duty
    days: int  # until it is due; negative: overdue by so many

    @property
    def state(self) -> str:
        return "overdue" if self.days < 0 else "soon" if self.days <= SOON.days else "later"

    @property
    def page(self) -> str:
        return WHERE.get(self.duty.kind, ("", ""))[0]

    @property
    def page_title(self) -> str:
        return WHERE.get(self.duty.kind, ("", ""))[1]

    @property
    def repeats(self) -> str:
        return Repeats(self.duty.repeats).label


@dataclass(frozen=True)
class ReleaseAge:
    release: Release
    days: int

    @property
    def is_old(self) -> bool:
        return self.days > OLD.days


@dataclass(frozen=True)
class NewValue:
    """A value of an attribute that items have and gold does not."""

    attribute: str
    value: str
    items: int
    where: str  # the query that starts a round there


@dataclass(frozen=True)
class NewValues:
    """How many of the values of the sliced attributes gold has, and the commonest it does not have."""

    attributes: list[str]
    values: int
    covered: int
    missing: list[NewValue]


@dataclass(frozen=True)
class RoundRow:
    """A round for upkeep, and the release that its answers would renew: the newest of its golden set by now."""

    upkeep: UpkeepRound
    items: int
    settled: int
    is_frozen: bool
    renews: Release | None


@dataclass(frozen=True)
class UpkeepBoard:
    """All of the upkeep page."""

    duties: list[DutyRow]
    done: list[Duty]
    ages: list[ReleaseAge]
    entries: int
    stale: int
    stale_waiting: int  # of these, whose new text nobody has been asked about
    fresh: int
    values: NewValues
    plans: list[ExpansionPlan]
    rounds: list[RoundRow]
    raters_due: list[str]

    @property
    def next_due(self) -> DutyRow | None:
        return self.duties[0] if self.duties else None

    @property
    def overdue(self) -> int:
        return sum(row.state == "overdue" for row in self.duties)


def upkeep_due(project: Project, *, today: date | None = None) -> list[DutyRow]:
    """What the golden set's plan has open, the first due first; one query."""
    now = today or clock.now().date()
    waiting = Duty.objects.filter(project=project, done_at__isnull=True).select_related("owner", "project")
    return [DutyRow(duty, (duty.due_on - now).days) for duty in waiting.order_by("due_on", "pk")]


def board_of(project: Project, *, viewer: User) -> UpkeepBoard:
    """A fixed number of queries, however much there is."""
    now = clock.now()
    releases = newest_releases(project)
    stale = stale_entries(releases).aggregate(
        items=Count("item", distinct=True), waiting=Count("item", distinct=True, filter=~IS_ASKED_ANEW)
    )
    done = Duty.objects.filter(project=project, done_at__isnull=False).select_related("owner", "done_by")
    plans = ExpansionPlan.objects.filter(project=project).select_related("round").defer("chosen")
    rounds = UpkeepRound.objects.filter(project=project).select_related(
        "round", "release__golden_set", "change__base", "change__made"
    )
    return UpkeepBoard(
        duties=upkeep_due(project),
        done=list(done.order_by("-done_at")[:DONE_SHOWN]),
        ages=[ReleaseAge(one, (now - one.frozen_at).days) for one in releases if one.frozen_at],
        entries=sum(one.counts["entries"] for one in releases),
        stale=stale["items"],
        stale_waiting=stale["waiting"],
        fresh=fresh_items(project).count(),
        values=new_values(project, releases),
        plans=list(plans.order_by("-created_at")[:PLANS_SHOWN]),
        rounds=_round_rows(rounds.order_by("-pk"), releases),
        raters_due=[str(row.user) for row in raters_of(project, viewer=viewer) if row.is_due and row.user.is_active],
    )


def _round_rows(rounds: QuerySet[UpkeepRound], releases: list[Release]) -> list[RoundRow]:
    newest = {one.golden_set_id: one for one in releases}
    real = Q(round__tasks__gold__isnull=True)
    counted = rounds.annotate(
        items=Count("round__tasks", filter=real, distinct=True),
        settled=Count("round__tasks", filter=real & Q(round__tasks__state=TaskState.SETTLED), distinct=True),
        frozen=Count("round__releases", distinct=True),
    )
    return [
        RoundRow(
            upkeep=one,
            items=one.items,
            settled=one.settled,
            is_frozen=one.frozen > 0,
            renews=newest.get(one.release.golden_set_id) if one.release else None,
        )
        for one in counted[:ROUNDS_SHOWN]
    ]


def new_values(project: Project, releases: list[Release]) -> NewValues:
    """Values that items have and gold lacks, over the attributes that metrics are sliced by, or else the commonest."""
    known = attribute_names(project)
    names = [name for name in project.slices if name in known] or known[:3]
    counted = [one for one in value_counts(project, names, releases) if one.value]
    missing = sorted((one for one in counted if not one.gold), key=lambda one: (-one.items, one.name, one.value))
    return NewValues(
        attributes=names,
        values=len(counted),
        covered=sum(one.gold > 0 for one in counted),
        missing=[NewValue(one.name, one.value, one.items, _round_where(one)) for one in missing[:VALUES_SHOWN]],
    )


def _round_where(one: ValueCount) -> str:
    return urlencode({"where": f"{one.name}={one.value}", "size": min(one.items, 20)})
