"""/metrics: what the database knows of the work, for Prometheus, in a few statements shared for some seconds."""

import logging
import platform
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from evaluation.enums import DestinationKind
from evaluation.queries import operations as machine
from evaluation.queries.recipes import providers
from labeling.queries import operations as human
from reviewapp import __version__
from reviewapp.common import clock
from reviewapp.common.metrics import may_read, requests_text
from reviewapp.common.models import Beat, BeatOf
from reviewapp.common.policy import OPERATOR, declare

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

logger = logging.getLogger(__name__)
KEPT = 10.0  # seconds
ALIVE = timedelta(seconds=60)  # a worker tells every 15 s
MOST_WORKERS = 50
OTHER = "other"

# Every gauge of the database: what it says, and its labels. Dashboards and rules may name these and no others.
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "assay_build": ("1; the labels say what runs.", ("version", "python", "django")),
    "assay_database_up": ("1 if the database answered this scrape.", ()),
    "assay_tasks": ("Tasks of open rounds: open, disputed (to be adjudicated), escalated.", ("project", "state")),
    "assay_answers_last_hour": ("Answers that raters gave within an hour.", ("project",)),
    "assay_labels_last_hour": ("Labels in the answers of an hour.", ("project",)),
    "assay_predictions": (
        "Predictions without an answer: pending, claimed, overdue, batched, paused.",
        ("project", "state"),
    ),
    "assay_agreement_alpha": ("Krippendorff's alpha (MASI) of the round closed last.", ("project",)),
    "assay_agreement_alpha_low": ("Its interval's lower end.", ("project",)),
    "assay_agreement_alpha_high": ("Its interval's upper end.", ("project",)),
    "assay_agreement_items": ("Items it was measured on.", ("project",)),
    "assay_evaluation_f1": ("Micro F1 of the newest evaluation on dev.", ("project", "simulated")),
    "assay_evaluation_f1_low": ("Its interval's lower end.", ("project", "simulated")),
    "assay_evaluation_f1_high": ("Its interval's upper end.", ("project", "simulated")),
    "assay_evaluation_items": ("Items it was measured on.", ("project", "simulated")),
    "assay_evaluation_timestamp_seconds": ("When it was made.", ("project", "simulated")),
    "assay_drift_signals": ("Signals fired in the newest check of each active monitor.", ("project",)),
    "assay_drift_checked_timestamp_seconds": ("When the longest unchecked active monitor was checked.", ("project",)),
    "assay_spend_today_usd": ("Spent and reserved with providers today (UTC).", ("project",)),
    "assay_spend_month_usd": ("Spent and reserved with providers this month (UTC).", ("project",)),
    "assay_spend_day_limit_usd": ("What today may cost, where that is limited.", ("project",)),
    "assay_provider_calls_recent": ("Calls begun within 10 minutes, by outcome.", ("provider", "outcome")),
    "assay_provider_calls_under_way": ("Calls begun within 10 minutes without an answer yet.", ("provider",)),
    "assay_provider_seconds_recent": ("Seconds of calls answered, by quantile.", ("provider", "quantile")),
    "assay_deliveries": (
        "Messages that wait (pending, retrying) or ended within an hour (sent, failed, unsent).",
        ("channel", "state"),
    ),
    "assay_alerts_firing": ("Open alerts; critical: nobody saw to it until it was passed on.", ("project", "severity")),
    "assay_incidents": ("Incidents that are not over: proposed, open, overdue (48 hours).", ("project", "state")),
    "assay_workers": ("Workers heard of within a minute.", ()),
    "assay_worker_seen_timestamp_seconds": ("When a worker was last heard of.", ("worker",)),
    "assay_sweep_run_timestamp_seconds": ("When a task on the clock last went well.", ("task",)),
    "assay_sweep_interval_seconds": ("How often a task on the clock is due.", ("task",)),
}
Labels = tuple[str, ...]
Figures = dict[str, dict[Labels, float]]


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever the operator lets; for everybody else there is no such page."""
    if not may_read(request):
        raise Http404
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4  # noqa: PLC0415 -- not loaded where off

    return HttpResponse(figures_text() + requests_text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


declare(OPERATOR, metrics)


def figures_text() -> bytes:
    """The gauges of the database, as Prometheus reads them."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 -- not loaded where off

    registry = CollectorRegistry()
    registry.register(shared)
    return generate_latest(registry)


class Shared:
    """The figures of the database, asked for once in some seconds, however many ask."""

    def __init__(self) -> None:
        self._lock, self._kept, self._until = threading.Lock(), Figures(), 0.0

    def forget(self) -> None:
        self._until = 0.0

    def collect(self) -> "Iterable[Metric]":
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 -- not loaded where off

        with self._lock:
            if time.monotonic() >= self._until:
                self._kept, self._until = figures(), time.monotonic() + KEPT
            kept = self._kept
        for name, (said, labels) in GAUGES.items():
            family = GaugeMetricFamily(name, said, labels=labels)
            for values, figure in kept.get(name, {}).items():
                family.add_metric(values, figure)
            yield family


shared = Shared()


def figures() -> Figures:
    """All gauges; without those of the work where the database is away, which is a figure too."""
    found: Figures = defaultdict(lambda: defaultdict(float))
    found["assay_build"][__version__, platform.python_version(), django.get_version()] = 1
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        if isinstance(entry["schedule"], timedelta):
            found["assay_sweep_interval_seconds"][str(entry["task"]),] = entry["schedule"].total_seconds()
    try:
        now = clock.now()
        names = set(human.named_projects(settings.METRICS_PROJECTS))
        _add_work(found, now, names)
        _add_quality(found, names)
        _add_providers(found, now, names)
        _add_messages(found, now)
        _add_alarms(found, now, names)
        _add_workers(found, now)
    except DatabaseError as error:
        logger.warning("metrics without the database: %s", error)
        found["assay_database_up"][()] = 0
    else:
        found["assay_database_up"][()] = 1
    return found


def _add_work(found: Figures, now: datetime, names: set[str]) -> None:
    for slug in names:
        found["assay_answers_last_hour"][slug,] = found["assay_labels_last_hour"][slug,] = 0
        for waits_for in human.WAITING:
            found["assay_tasks"][slug, waits_for] = 0
    for waiting in human.waiting():
        found["assay_tasks"][_named(waiting.project, names), waiting.state] += waiting.tasks
    for pace in human.pace(now):
        found["assay_answers_last_hour"][_named(pace.project, names),] += pace.answers
        found["assay_labels_last_hour"][_named(pace.project, names),] += pace.labels
    for slug in names:
        for state in machine.STATES:
            found["assay_predictions"][slug, state] = 0
    for queued in machine.queued(now):
        found["assay_predictions"][_named(queued.project, names), queued.state] += queued.predictions


def _add_quality(found: Figures, names: set[str]) -> None:
    """Figures that cannot be summed are told of named projects only."""
    for one in machine.agreement():
        if one.project in names:
            _add_measure(found, "assay_agreement_alpha", "assay_agreement_items", (one.project,), one)
    for one in machine.scores():
        if one.project in names:
            labels = (one.project, str(one.is_simulated).lower())
            _add_measure(found, "assay_evaluation_f1", "assay_evaluation_items", labels, one)
            found["assay_evaluation_timestamp_seconds"][labels] = one.at.timestamp()
    for drift in machine.drift():
        found["assay_drift_signals"][_named(drift.project, names),] += drift.signals
        if drift.project in names:
            found["assay_drift_checked_timestamp_seconds"][drift.project,] = drift.checked_at.timestamp()


def _add_measure(found: Figures, name: str, items: str, labels: Labels, one: machine.Measure) -> None:
    found[name][labels], found[items][labels] = one.value, one.items
    for end, figure in (("low", one.low), ("high", one.high)):
        if figure is not None:
            found[f"{name}_{end}"][labels] = figure


def _add_providers(found: Figures, now: datetime, names: set[str]) -> None:
    for slug in names:
        found["assay_spend_today_usd"][slug,] = found["assay_spend_month_usd"][slug,] = 0
    for spent in machine.spent(now):
        slug = _named(spent.project, names)
        found["assay_spend_today_usd"][slug,] += spent.today
        found["assay_spend_month_usd"][slug,] += spent.month
        if spent.day_limit is not None and slug != OTHER:
            found["assay_spend_day_limit_usd"][slug,] = spent.day_limit
    known = set(providers())
    for name in known:
        found["assay_provider_calls_under_way"][name,] = found["assay_provider_calls_recent"][name, "ok"] = 0
    for calls in machine.calls(now):
        provider = _named(calls.provider, known)
        found["assay_provider_calls_under_way"][provider,] += calls.under_way
        for outcome, many in calls.outcomes.items():
            found["assay_provider_calls_recent"][provider, outcome] += many
        for share, seconds in calls.seconds.items():
            if provider != OTHER:
                found["assay_provider_seconds_recent"][provider, str(share)] = seconds


def _add_messages(found: Figures, now: datetime) -> None:
    for channel in DestinationKind.values:
        for state in machine.DELIVERIES:
            found["assay_deliveries"][channel, state] = 0
    for sent in machine.deliveries(now):
        found["assay_deliveries"][sent.channel, sent.state] += sent.messages


def _add_alarms(found: Figures, now: datetime, names: set[str]) -> None:
    for slug in names:
        for severity in machine.SEVERITIES:
            found["assay_alerts_firing"][slug, severity] = 0
        for state in machine.INCIDENTS:
            found["assay_incidents"][slug, state] = 0
    for firing in machine.firing():
        found["assay_alerts_firing"][_named(firing.project, names), firing.severity] += firing.alerts
    for one in machine.incidents(now):
        found["assay_incidents"][_named(one.project, names), one.state] += one.incidents


def _add_workers(found: Figures, now: datetime) -> None:
    found["assay_workers"][()] = 0
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    workers = 0
    for beat in Beat.objects.order_by("-at"):
        if beat.kind == BeatOf.WORKER and workers < MOST_WORKERS:
            workers += 1
            found["assay_workers"][()] += beat.at > now - ALIVE
            found["assay_worker_seen_timestamp_seconds"][beat.name,] = beat.at.timestamp()
        elif beat.kind == BeatOf.SWEEP and beat.name in scheduled:
            found["assay_sweep_run_timestamp_seconds"][beat.name,] = beat.at.timestamp()


def _named(name: str, known: set[str]) -> str:
    """The name, if it has a label of its own: however many there are, the labels stay few."""
    return name if name in known else OTHER
