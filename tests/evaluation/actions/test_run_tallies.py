"""Figures of a window come from tallies that are counted once; no check of a rule counts predictions again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.actions.alerts import RuleSpec, set_rule
from evaluation.actions.run_tallies import tally_runs
from evaluation.models import Attempt, Prediction, Run, RunTally
from evaluation.queries.alert_metrics import METRICS
from evaluation.queries.alert_readings import Scope
from reviewapp.common import clock
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
QUERIES = {
    "fall": 3, "micro_f1": 1, "macro_f1": 1, "agreement": 1, "drift": 1, "audit_precision": 1, "cost": 1, "budget": 1,
    "failures": 1, "provider_errors": 1, "waiting": 1, "overdue": 4, "unevaluated": 1, "schedules": 1, "incidents": 1,
    "imports": 1, "given_up": 1,
}  # fmt: skip


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    make_items(project, 4)
    return project


def ran(project, name, *, days_ago=1, ended=True, origin="hand"):
    """Four predictions: three cost 1, 2 and 3 cents, one failed; of four calls one failed."""
    at = NOW - timedelta(days=days_ago)
    run = Run.objects.create(
        project=project, name=name, taxonomy_version=project.taxonomy_versions.get(), state="running", origin=origin,
        total=4,
    )  # fmt: skip
    for place, item in enumerate(project.items.order_by("pk")):
        told = {"state": "done", "cost_micro_usd": place * 10_000} if place else {"state": "failed", "error_kind": "x"}
        made = Prediction.objects.create(run=run, item=item, finished_at=at, **told)
        outcome = {"outcome": "ok" if place else "error"}
        Attempt.objects.create(prediction=made, number=1, started_at=at, **outcome)
    if ended:
        Run.objects.filter(pk=run.pk).update(state="done", finished_at=at)
    return run


def read(project, metric, days=7):
    return METRICS[metric].read(Scope(project, days=days), NOW).figure


def test_what_ended_is_counted_once_and_what_goes_on_again_after_a_while(project):
    ran(project, "old", days_ago=200)
    ended, going = ran(project, "ended"), ran(project, "going", ended=False)
    ran(project, "judge", origin="judge")
    moment = [NOW]
    figures = [read(project, one) for one in ("failures", "cost", "provider_errors")]
    with clock.told_by(lambda: moment[0]):
        assert [tally_runs(project=project), tally_runs(project=project)] == [3, 0]
        assert [read(project, one) for one in ("failures", "cost", "provider_errors")] == figures
        moment[0] += timedelta(seconds=51)
        Prediction.objects.filter(run=going, state="done").update(state="failed", error_kind="x", cost_micro_usd=None)
        assert tally_runs(project=project) == 1
        Run.objects.filter(pk=going.pk).update(total=20_000)
        moment[0] += timedelta(minutes=9)
        assert tally_runs(project=project) == 0
        moment[0] += timedelta(minutes=2)
        assert tally_runs(project=project) == 1
        Run.objects.filter(pk=going.pk).update(state="done", finished_at=moment[0])
        assert [tally_runs(project=project), RunTally.objects.get(run=going).at] == [1, moment[0]]
        moment[0] += timedelta(seconds=1)
        assert [tally_runs(project=project), tally_runs(project=project)] == [1, 0]

    failed, cost, errors = figures
    assert (failed.value, failed.n, errors.value, errors.n) == (0.25, 8, 0.25, 12)
    assert (round(cost.value, 9), cost.n) == (0.02, 6)
    assert read(project, "failures").value == 0.625  # five of eight
    assert read(project, "failures", days=1).n == 8
    assert [one.figure.n for one in METRICS["failures"].past(Scope(project), NOW - timedelta(days=1), NOW)] == [8, 8]
    assert RunTally.objects.get(run=ended).days == {"2026-05-03": [4, 1, 3, 0.06, pytest.approx(0.0014), 4, 1]}


def planned(sql):
    """How SQLite would look the rows up: whether a run has pending ones, and which are leased, by an index alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "; ".join(row[-1] for row in cursor.fetchall())


@pytest.mark.parametrize("item_count", [1, 3])
def test_each_figure_takes_as_many_queries_however_many_runs_and_none_of_their_predictions(project, item_count):
    for number in range(item_count):
        ran(project, f"ended {number}")
        ran(project, f"going {number}", ended=False)
    with clock.told_by(lambda: NOW):
        tally_runs(project=project)
        set_rule(project=project, spec=RuleSpec("r", "overdue", "above", 5), by=None)
    asked = {}
    for key, metric in METRICS.items():
        with CaptureQueriesContext(connection) as found:
            metric.read(Scope(project), NOW)
        asked[key] = len(found)
        for one in found:
            if 'FROM "evaluation_prediction"' in one["sql"] and connection.vendor == "sqlite":
                plan = planned(one["sql"])
                assert "prediction_by_state (run_id=? AND state=?)" in plan or "prediction_leases" in plan, plan
    assert asked == QUERIES
