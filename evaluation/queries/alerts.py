"""Alert rules as pages show them: the list, one rule with its past, the count in the header, the preview."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet

from evaluation.enums import AlertState, DestinationKind
from evaluation.models import Alert, AlertChange, AlertRule, Destination
from evaluation.queries.alert_metrics import COEFFICIENT, COUNT, DOLLARS, METRICS, SHARE, seen_by
from evaluation.queries.alert_words import (
    condition_of,
    condition_said,
    reading_dict,
    reading_said,
    scope_of,
    value_said,
)
from evaluation.stats.alerting import Reading, fired
from labeling.models import Project
from reviewapp.common import clock
from reviewapp.common.charts.drawing import Chart
from reviewapp.common.charts.lines import Point, line_chart

PAST = timedelta(days=90)
DRAWN = 60  # readings of a past, the newest
CHANGES = 30
TICKS = 5
DIGITS = {DOLLARS: 4, SHARE: 2, COUNT: 0}  # of the axis
TOP_HALF = 0.5  # a share above it is drawn on the whole scale
ORDER = (AlertState.FIRING, AlertState.PENDING, AlertState.NO_DATA, AlertState.OK)
TONES = {AlertState.FIRING: "bad", AlertState.PENDING: "gold", AlertState.OK: "good"}


@dataclass(frozen=True)
class Listed:
    """A rule as one line: its state, what it says, and what is the matter with telling it."""

    rule: AlertRule
    alert: Alert | None  # the open one
    said: str
    fires: str
    tone: str
    is_snoozed: bool
    silenced_by: list[str]

    @property
    def is_unseen(self) -> bool:
        return self.alert is not None and self.alert.acknowledged_at is None and not self.is_snoozed

    @property
    def state_said(self) -> str:
        if not self.rule.is_active:
            return "Off"
        return "Not checked yet" if self.rule.checked_at is None else AlertState(self.rule.state).label


@dataclass(frozen=True)
class Preview:
    """What a rule would do: its figure now, and how often it would have fired."""

    said: str
    would_fire: bool | None
    moments: list[datetime]
    readings: int
    has_past: bool
    chart: Chart | None

    @property
    def tone(self) -> str:
        return {True: "bad", False: "good", None: ""}[self.would_fire]


def visible_rules(project: Project, roles: frozenset[str]) -> QuerySet[AlertRule]:
    """The rules whose figure these roles may see: who does not see agreement learns nothing of its rules."""
    found = AlertRule.objects.filter(project=project, metric__in=seen_by(roles))
    return found.select_related("project", "prompt", "escalate_to", "created_by")


def board(project: Project, roles: frozenset[str]) -> list[Listed]:
    """Firing first, those that nobody has seen to before the others; three queries and the time."""
    rules = list(_with_alerts(visible_rules(project, roles)).order_by("name"))
    now = clock.now()
    rows = [_listed(rule, roles, now) for rule in rules]
    return sorted(rows, key=_rank)


def listed(rule: AlertRule, roles: frozenset[str]) -> Listed:
    found = _with_alerts(AlertRule.objects.filter(pk=rule.pk).select_related("project", "prompt")).get()
    return _listed(found, roles, clock.now())


def unseen_count(project: Project, roles: frozenset[str]) -> int:
    """Alerts that are open and that nobody has acknowledged or snoozed; one query."""
    mine = Alert.objects.filter(
        rule__project=project, rule__metric__in=seen_by(roles), resolved_at__isnull=True, acknowledged_at__isnull=True
    )
    return mine.exclude(rule__snoozed_until__gt=clock.now()).count()


def changes_of(rule: AlertRule) -> list[tuple[AlertChange, str, str]]:
    """Its newest changes of state, each with its tone and what it said then."""
    found = rule.changes.order_by("-pk")[:CHANGES]
    return [(one, TONES.get(AlertState(one.now), ""), reading_said(rule, one.reading)) for one in found]


def alerts_of(rule: AlertRule) -> Sequence[Alert]:
    return list(rule.alerts.select_related("acknowledged_by").order_by("-pk")[:CHANGES])


def preview(rule: AlertRule) -> Preview:
    """Of a rule that need not be stored: read now, and played through what is known of the last 90 days."""
    metric, condition, now = METRICS[rule.metric], condition_of(rule), clock.now()
    scope = scope_of(rule)
    reading = metric.read(scope, now)
    past = metric.past(scope, now - PAST, now) if metric.past else []
    moments = fired([(one.as_of or now, one) for one in past], condition)
    return Preview(
        said=reading_said(rule, reading_dict(reading, condition)),
        would_fire=condition.is_met(reading),
        moments=moments[::-1],
        readings=sum(one.figure.value is not None for one in past),
        has_past=metric.past is not None,
        chart=_chart(rule, past[-DRAWN:]),
    )


def destinations_named(project: Project) -> list[Destination]:
    return list(Destination.objects.filter(project=project, is_active=True).order_by("name"))


def kind_said(destination: Destination) -> str:
    return DestinationKind(destination.kind).label


def _with_alerts(rules: QuerySet[AlertRule]) -> QuerySet[AlertRule]:
    still_open = Alert.objects.filter(resolved_at__isnull=True).select_related("acknowledged_by")
    firing = AlertRule.objects.filter(state=AlertState.FIRING, is_active=True)
    return rules.prefetch_related(
        Prefetch("alerts", still_open, to_attr="open_alerts"), Prefetch("silenced_by", firing, to_attr="silencers")
    )


def _listed(rule: AlertRule, roles: frozenset[str], now: datetime) -> Listed:
    alert = next(iter(rule.open_alerts), None)  # type: ignore[attr-defined]
    silencers: list[AlertRule] = rule.silencers  # type: ignore[attr-defined]
    seen = seen_by(roles)
    return Listed(
        rule=rule,
        alert=alert,
        said=reading_said(rule, rule.reading) if rule.reading else "",
        fires=condition_said(rule),
        tone=TONES.get(AlertState(rule.state), "") if rule.is_active and rule.checked_at else "",
        is_snoozed=bool(rule.snoozed_until and rule.snoozed_until > now),
        silenced_by=[one.name if one.metric in seen else "another rule" for one in silencers] if alert else [],
    )


def _rank(one: Listed) -> tuple[bool, int, bool, str]:
    state = AlertState(one.rule.state)
    return (not one.rule.is_active, ORDER.index(state), not one.is_unseen, one.rule.name.lower())


def _chart(rule: AlertRule, past: Sequence[Reading]) -> Chart | None:
    known = [one for one in past if one.figure.value is not None]
    if len(known) < 2:
        return None
    metric, condition = METRICS[rule.metric], condition_of(rule)
    ends = [end for one in known for end in (one.figure.value, one.figure.low, one.figure.high) if end is not None]
    line = condition.line(known[-1].previous)
    ends += [line] if line is not None else []
    start, stop, digits = min(0.0, *ends), max(*ends, 1e-6) * 1.1, DIGITS.get(metric.unit, 1)
    if metric.unit == COEFFICIENT or (metric.unit == SHARE and max(ends) > TOP_HALF):
        start, stop = (0.0 if start == 0 else -1.0), 1.0
    elif metric.unit == COUNT:
        stop = TICKS * max(1.0, -(-max(ends) // TICKS))
    points = [
        Point(
            f"{one.as_of:%-d %b}" if one.as_of else "", one.figure.value, one.figure.low, one.figure.high,
            f"n {one.figure.n:,}",
        )
        for one in known
    ]  # fmt: skip
    return line_chart(
        points, title=metric.title, measure=metric.title, start=start, stop=stop, target=line, digits=digits
    )


def threshold_said(rule: AlertRule) -> str:
    return value_said(METRICS[rule.metric].unit, rule.threshold)
