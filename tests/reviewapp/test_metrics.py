"""/metrics: for whom it is, what it says, how few statements that takes, and that its labels stay few."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from evaluation.models import (
    AgreementReport,
    Alert,
    AlertRule,
    Attempt,
    Delivery,
    Destination,
    DriftCheck,
    DriftMonitor,
    Evaluation,
    Incident,
    Run,
    SpentDay,
)
from labeling.enums import RoundState, Split
from labeling.models import Round
from reviewapp.common import clock
from reviewapp.common.models import Beat
from reviewapp.env import metrics_token
from reviewapp.home import metrics
from tests.factories import make_items, make_project, make_round
from tests.world import make_world

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-some-length"


@pytest.fixture(autouse=True)
def on(settings):
    settings.METRICS_TOKEN = TOKEN
    metrics.shared.forget()


def ask(client, **headers):
    return client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"} | headers)


def told(client):
    metrics.shared.forget()
    families = text_string_to_metric_families(ask(client).content.decode())
    return {(one.name, *sorted(one.labels.items())): one.value for family in families for one in family.samples}


def test_only_the_token_or_a_listed_network_reads_them(client, settings):
    assert client.get("/metrics").status_code == 404
    assert ask(client, authorization="Bearer wrong").status_code == 404
    assert ask(client, authorization=f"Basic {TOKEN}").status_code == 404
    assert ask(client).status_code == 200
    settings.METRICS_NETWORKS = ["127.0.0.0/8"]
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="::ffff:127.0.0.9").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 404
    settings.METRICS_TOKEN, settings.METRICS_NETWORKS = "", []
    assert ask(client, authorization="Bearer ").status_code == 404
    assert client.post("/metrics").status_code == 405


@pytest.mark.parametrize("token", ["short", "a" * 40])
def test_a_token_that_could_be_guessed_stops_the_start(monkeypatch, token):
    monkeypatch.setenv("METRICS_TOKEN", token)
    with pytest.raises(ImproperlyConfigured, match="METRICS_TOKEN"):
        metrics_token()
    monkeypatch.setenv("METRICS_TOKEN", TOKEN)
    assert metrics_token() == TOKEN


def messages_and_alarms(project, now):
    """Of each kind one, and one that was over too long ago to count."""
    place = Destination.objects.create(project=project, name="m", kind="email", address="a@b.example", created_at=now)
    common = {"destination": place, "kind": "x", "title": "x", "message": {}, "created_at": now}
    ended = {"next_try_at": None, "ended_at": now}
    for key, told in {
        "a": {"state": "pending", "next_try_at": now},
        "b": {"state": "pending", "next_try_at": now, "reason": "It answered 503."},
        "c": {"state": "sent", **ended},
        "d": {"state": "dead", "reason": "It answered 410.", **ended},
        "e": {"state": "sent", "ended_at": now - timedelta(hours=2)},
    }.items():
        Delivery.objects.create(key=key, **common, **told)
    for number, escalated in enumerate((None, now)):
        rule = AlertRule.objects.create(
            project=project, name=f"r{number}", metric="overdue", comparison="above", threshold=0, created_at=now
        )
        Alert.objects.create(rule=rule, raised_at=now, reading={}, escalated_at=escalated)
    Incident.objects.filter(project=project).delete()
    for state, hours in (("proposed", None), ("open", 1), ("open", 49), ("open", 90), ("dismissed", None)):
        opened = None if hours is None else now - timedelta(hours=hours)
        Incident.objects.create(
            project=project, title="x", severity="low", state=state, created_at=now, opened_at=opened
        )


def test_it_says_how_the_work_the_machine_and_the_quality_stand(client):
    world, now = make_world(), clock.now()
    slug = ("project", world.project.slug)
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.CLOSED, closed_at=now)
    prediction = world.run.predictions.first()
    common = {"prediction": prediction, "provider": "default", "started_at": now}
    for number, (outcome, kind, latency) in enumerate([("ok", "", 800), ("ok", "", 1200), ("error", "server", None)]):
        Attempt.objects.create(number=number + 90, outcome=outcome, error_kind=kind, latency_ms=latency, **common)
    Attempt.objects.create(number=99, outcome="ok", latency_ms=9, **common | {"started_at": now - timedelta(hours=1)})
    SpentDay.objects.create(
        project=world.project, day=now.date(), spent_micro_usd=2_000_000, reserved_micro_usd=500_000,
        limit_micro_usd=3_000_000,
    )  # fmt: skip
    Beat.objects.create(kind="worker", name="celery@here", at=now)
    Beat.objects.create(kind="worker", name="celery@gone", at=now - timedelta(hours=1))
    make_round(world.project, make_items(world.project, 2))
    messages_and_alarms(world.project, now)
    alpha = {"value": 0.5, "low": 0.4, "high": None}
    AgreementReport.objects.create(round=world.round, input_digest="a", report={"items": 5, "alpha": {"masi": alpha}})
    Evaluation.objects.create(
        run=world.run, release=world.release, split=Split.TEST, input_digest="t",
        report={"items": 9, "micro": {"f1": {"value": 0.123, "low": 0.123, "high": 0.123}}},
    )  # fmt: skip
    said = told(client)
    assert said["assay_tasks", slug, ("state", "open")] == 2
    assert said["assay_predictions", slug, ("state", "overdue")] == 0
    assert said["assay_provider_calls_recent", ("outcome", "ok"), ("provider", "default")] == 2
    assert said["assay_provider_calls_recent", ("outcome", "server"), ("provider", "default")] == 1
    assert said["assay_provider_seconds_recent", ("provider", "default"), ("quantile", "0.95")] == 1.2
    assert said["assay_spend_today_usd", slug] == 2.5
    assert said["assay_spend_day_limit_usd", slug] == 3
    assert said["assay_workers",] == 1
    messages = {("pending", 1), ("retrying", 1), ("sent", 1), ("failed", 1), ("unsent", 0)}
    assert {(state, said["assay_deliveries", ("channel", "email"), ("state", state)]) for state, _ in messages} == (
        messages
    )
    assert said["assay_deliveries", ("channel", "pagerduty"), ("state", "sent")] == 0
    assert said["assay_alerts_firing", slug, ("severity", "warning")] == 1
    assert said["assay_alerts_firing", slug, ("severity", "critical")] == 1
    assert [said["assay_incidents", slug, ("state", one)] for one in ("proposed", "open", "overdue")] == [1, 1, 2]
    assert ("assay_worker_seen_timestamp_seconds", ("worker", "celery@gone")) in said
    dev = Evaluation.objects.filter(run__project=world.project, split=Split.DEV).latest("created_at")
    simulated = ("simulated", str(dev.run.is_simulated).lower())
    assert said["assay_evaluation_f1", slug, simulated] == dev.report["micro"]["f1"]["value"]
    assert said["assay_evaluation_items", slug, simulated] == dev.report["items"]
    assert said["assay_database_up",] == 1
    assert 0.123 not in said.values()  # of the held-out split
    assert said["assay_agreement_alpha", slug] == 0.5
    assert ("assay_agreement_alpha_high", slug) not in said
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.OPEN, closed_at=None)  # its raters may not know
    assert ("assay_agreement_alpha", slug) not in told(client)


@pytest.mark.parametrize("project_count", [1, 3])
def test_it_takes_as_many_statements_whatever_there_is(client, project_count):
    for _ in range(project_count):
        project = make_project()
        make_round(project, make_items(project, 2))
        Run.objects.create(project=project, name="r", taxonomy_version=project.taxonomy_versions.get())
        day = clock.now()
        monitor = DriftMonitor.objects.create(
            project=project, name="m", reference_from=day - timedelta(days=9), reference_until=day
        )
        DriftCheck.objects.create(
            project=project, monitor=monitor, reference={}, current={}, report={}, fired=2, until=day
        )
    with CaptureQueriesContext(
        connection,
    ) as asked:
        ask(client)
    statements = [one["sql"] for one in asked if "clock_timestamp" not in one["sql"]]
    assert len(statements) == 13
    with CaptureQueriesContext(connection) as again:
        ask(client)
    assert not again.captured_queries
    assert told(client)["assay_drift_signals", ("project", project.slug)] == 2


def test_projects_beyond_the_limit_share_one_label(client, settings):
    settings.METRICS_PROJECTS = 1
    for _ in range(3):
        project = make_project()
        make_round(project, make_items(project, 2))
    said = told(client)
    assert said["assay_tasks", ("project", "other"), ("state", "open")] == 4
    assert len({dict(labels).get("project") for _, *labels in said} - {None}) == 2


def test_requests_are_counted_by_route_and_never_by_address(client):
    before = told(client)
    client.get(reverse("project", args=["no-such-project"]))
    client.get("/nowhere/at/all/")
    client.generic("BREW", "/")
    said = told(client)
    text = ask(client).content.decode()

    def more(**labels):
        key = ("assay_http_requests_total", *sorted(labels.items()))
        return said[key] - before.get(key, 0)

    assert more(route="project", method="GET", status="302") == 1
    assert more(route="unmatched", method="GET", status="404") == 1
    assert more(route="home", method="other", status="405") == 1
    assert not {tuple(labels) for _, *labels in said if ("route", "metrics") in labels}
    assert "no-such-project" not in text
    assert "nowhere" not in text


def test_a_database_that_is_away_is_a_figure_too(client, monkeypatch):
    def away(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(metrics.human, "named_projects", away)
    assert told(client)["assay_database_up",] == 0


def test_processes_of_one_server_are_counted_together(tmp_path):
    code = (
        "import os\n"
        "from reviewapp.common.metrics import requests, requests_text\n"
        "child = os.fork()\n"
        "requests().answered.labels('home', 'GET', '200').inc()\n"
        "if child:\n"
        "    os.waitpid(child, 0)\n"
        "    print(requests_text().decode())"
    )
    env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
    assert 'assay_http_requests_total{method="GET",route="home",status="200"} 2.0' in said
