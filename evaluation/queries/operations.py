"""Runs, providers, money, messages and quality over all projects: for those who run the server.

Of quality only what no rater may be told by: agreement of closed rounds, scores on dev.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from evaluation.enums import AttemptOutcome, DeliveryState, IncidentState, PredictionState, RunState
from evaluation.models import (
    AgreementReport,
    Alert,
    Attempt,
    Delivery,
    DriftCheck,
    DriftMonitor,
    Evaluation,
    Incident,
    Prediction,
    Run,
    SpentDay,
)
from evaluation.models.incidents import HOURS
from evaluation.queries.promotions import APART
from labeling.enums import RoundState, Split
from labeling.models import Project

WINDOW = timedelta(minutes=10)
MOST_CALLS = 20_000  # of the window; of more the newest are taken
QUANTILES = (0.5, 0.95)
STATES = ("pending", "claimed", "overdue", "batched", "paused")
HOUR = timedelta(hours=1)
DELIVERIES = ("pending", "retrying", "sent", "failed", "unsent")
SEVERITIES = ("warning", "critical")
INCIDENTS = ("proposed", "open", "overdue")


@dataclass(frozen=True)
class Queued:
    """Predictions of one project without an answer: pending, claimed, overdue, batched, or of a paused run."""

    project: str
    state: str
    predictions: int


@dataclass(frozen=True)
class Measure:
    """A stored figure with its interval; `at` is when it was computed."""

    project: str
    value: float
    low: float | None
    high: float | None
    items: int
    at: datetime
    is_simulated: bool = False


@dataclass(frozen=True)
class Drift:
    """Signals that the newest checks of a project's active monitors fired, and when the oldest of these was made."""

    project: str
    signals: int
    checked_at: datetime


@dataclass(frozen=True)
class Spent:
    """Dollars of one project: today, this month (UTC), and what a day may cost, if that is limited."""

    project: str
    today: float
    month: float
    day_limit: float | None


@dataclass(frozen=True)
class Calls:
    """One provider's calls of the last ten minutes: by outcome, under way, and seconds by quantile."""

    provider: str
    outcomes: dict[str, int]
    under_way: int
    seconds: dict[float, float]


@dataclass(frozen=True)
class Sent:
    """Messages of all projects through one channel in one state."""

    channel: str
    state: str
    messages: int


@dataclass(frozen=True)
class Firing:
    """Open alerts of one project of one severity."""

    project: str
    severity: str
    alerts: int


@dataclass(frozen=True)
class Incidents:
    """Incidents of one project in one state."""

    project: str
    state: str
    incidents: int


def queued(now: datetime) -> Iterator[Queued]:
    """What waits for workers and providers."""
    late = Count("pk", filter=Q(state=PredictionState.LEASED, lease_until__lt=now))
    unanswered = (PredictionState.PENDING, PredictionState.LEASED, PredictionState.BATCHED)
    going = Run.objects.filter(state__in=[RunState.QUEUED, RunState.RUNNING, RunState.PAUSED])
    rows = (  # by the runs first: those that are done hold nearly all predictions
        Prediction.objects.filter(run__in=going.values("pk"), state__in=unanswered)
        .order_by()
        .values_list("run__project__slug", "run__state", "state")
        .annotate(predictions=Count("pk"), late=late)
    )
    for project, run_state, state, predictions, overdue in rows:
        if state == PredictionState.LEASED:
            yield Queued(project, "claimed", predictions - overdue)
            yield Queued(project, "overdue", overdue)
        elif state == PredictionState.PENDING and run_state == RunState.PAUSED:
            yield Queued(project, "paused", predictions)
        else:
            yield Queued(project, state, predictions)


def agreement() -> Iterator[Measure]:
    """Alpha (MASI) of each project's round that was closed last, of those it was measured in."""
    measured = AgreementReport.objects.filter(round__project=OuterRef("pk"), round__state=RoundState.CLOSED)
    newest = _newest(measured.order_by("-round__closed_at", "-pk"))
    return _measures(AgreementReport, newest, "round__project__slug", "alpha__masi", items="report__items")


def scores() -> Iterator[Measure]:
    """Micro F1 of each project's newest evaluation on dev, of a version as it is."""
    scored = Evaluation.objects.filter(run__project=OuterRef("pk"), split=Split.DEV).exclude(run__origin__in=APART)
    newest = _newest(scored.order_by("-created_at", "-pk"))
    simulated = F("run__is_simulated")
    return _measures(
        Evaluation, newest, "run__project__slug", "micro__f1", items="report__items", is_simulated=simulated
    )


def _newest(rows: QuerySet[Any]) -> QuerySet[Any]:
    projects = Project.objects.filter(archived_at=None).annotate(newest=Subquery(rows.values("pk")[:1]))
    return projects.values("newest")


def _measures(
    model: type[AgreementReport] | type[Evaluation], newest: QuerySet[Any], slug: str, where: str, items: str,
    is_simulated: F | None = None,
) -> Iterator[Measure]:  # fmt: skip
    parts = [f"report__{where}__{part}" for part in ("value", "low", "high")]
    found: QuerySet[Any] = model.objects.filter(pk__in=newest)
    for project, value, low, high, many, at, simulated in found.values_list(
        slug, *parts, items, "created_at", is_simulated if is_simulated is not None else F("pk")
    ):
        if value is not None:
            yield Measure(project, value, low, high, many, at, is_simulated is not None and bool(simulated))


def drift() -> list[Drift]:
    """The newest computed check of each active monitor, by project."""
    checks = DriftCheck.objects.filter(monitor=OuterRef("pk"), report__isnull=False).order_by("-until", "-pk")
    monitors = DriftMonitor.objects.filter(is_active=True).annotate(
        signals=Subquery(checks.values("fired")[:1]), checked=Subquery(checks.values("created_at")[:1])
    )
    found: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    rows = monitors.exclude(signals=None).values_list("project__slug", "signals", "checked")
    for project, signals, checked in rows:
        found[project].append((signals, checked))
    return [
        Drift(project, sum(one for one, _ in each), min(checked for _, checked in each))
        for project, each in found.items()
    ]


def spent(now: datetime) -> Iterator[Spent]:
    """What each project has spent; calls under way count with what was reserved for them."""
    today = now.astimezone(UTC).date()
    money = F("spent_micro_usd") + F("reserved_micro_usd")
    rows = (
        SpentDay.objects.filter(day__gte=today.replace(day=1), day__lte=today)
        .order_by()
        .values_list("project__slug")
        .annotate(
            today=Coalesce(Sum(money, filter=Q(day=today)), 0),
            month=Sum(money),
            limit=Sum("limit_micro_usd", filter=Q(day=today)),
        )
    )
    for project, of_today, of_month, limit in rows:
        yield Spent(project, of_today / 1e6, of_month / 1e6, None if limit is None else limit / 1e6)


def calls(now: datetime) -> list[Calls]:
    """What providers answered lately, and how fast; answers out of the cache are no calls."""
    recent = Attempt.objects.filter(started_at__gt=now - WINDOW).exclude(outcome=AttemptOutcome.CACHED)
    rows = recent.order_by("-started_at").values_list("provider", "outcome", "error_kind", "latency_ms")[:MOST_CALLS]
    outcomes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    seconds: dict[str, list[float]] = defaultdict(list)
    for provider, outcome, error_kind, latency in rows:
        outcomes[provider][error_kind or outcome] += 1
        if latency is not None:
            seconds[provider].append(latency / 1000)
    return [
        Calls(
            provider,
            {name: many for name, many in known.items() if name != AttemptOutcome.STARTED},
            known.get(AttemptOutcome.STARTED, 0),
            {one: quantile(sorted(seconds[provider]), one) for one in QUANTILES} if seconds[provider] else {},
        )
        for provider, known in outcomes.items()
    ]


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def deliveries(now: datetime) -> Iterator[Sent]:
    """Messages by channel: what waits for its first try or another one, and what ended within an hour."""
    waits = Q(state__in=[DeliveryState.PENDING, DeliveryState.SENDING])
    rows = (
        Delivery.objects.filter(waits | Q(ended_at__gt=now - HOUR))
        .order_by()
        .values_list("destination__kind")
        .annotate(
            pending=Count("pk", filter=waits & Q(reason="")),
            retrying=Count("pk", filter=waits & ~Q(reason="")),
            sent=Count("pk", filter=Q(state=DeliveryState.SENT)),
            failed=Count("pk", filter=Q(state=DeliveryState.DEAD)),
            unsent=Count("pk", filter=Q(state=DeliveryState.UNSENT)),
        )
    )
    for channel, *counts in rows:
        for state, many in zip(DELIVERIES, counts, strict=True):
            yield Sent(channel, state, many)


def firing() -> Iterator[Firing]:
    """Open alerts by project: critical where nobody saw to one until it was passed on, as messages say it."""
    rows = (
        Alert.objects.filter(resolved_at__isnull=True, rule__is_active=True)
        .order_by()
        .values_list("rule__project__slug")
        .annotate(warning=Count("pk", filter=Q(escalated_at__isnull=True)), critical=Count("escalated_at"))
    )
    for project, warning, critical in rows:
        yield Firing(project, "warning", warning)
        yield Firing(project, "critical", critical)


def incidents(now: datetime) -> Iterator[Incidents]:
    """Incidents that are not over: proposed, open, and open for longer than they may be."""
    late = now - timedelta(hours=HOURS)
    rows = (
        Incident.objects.filter(state__in=[IncidentState.PROPOSED, IncidentState.OPEN])
        .order_by()
        .values_list("project__slug")
        .annotate(
            proposed=Count("pk", filter=Q(state=IncidentState.PROPOSED)),
            within=Count("pk", filter=Q(opened_at__gte=late)),
            overdue=Count("pk", filter=Q(opened_at__lt=late)),
        )
    )
    for project, *counts in rows:
        for state, many in zip(INCIDENTS, counts, strict=True):
            yield Incidents(project, state, many)
