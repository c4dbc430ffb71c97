"""Rules move with what evaluations say, hold as long as they should, and do not stop one another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.alerts import DEFAULT_NAME, RuleSpec, set_rule
from evaluation.models import AlertChange, AlertRule, Evaluation
from evaluation.queries.alert_metrics import METRICS
from evaluation.queries.alerts import preview
from reviewapp.common import clock
from tests.factories import make_project
from tests.world import make_world

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LEASES = RuleSpec("Leases", "overdue", "above", -1)  # fires as long as it is watched


@pytest.fixture
def at():
    moment = [NOW]
    with clock.told_by(lambda: moment[0]):
        yield moment


@pytest.fixture
def project():
    return make_project(slug="p")


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr("evaluation.actions.deliveries.nudge", lambda *arguments: None)


def rule(project, name, **change):
    return set_rule(project=project, spec=RuleSpec(**{**LEASES.__dict__, "name": name, **change}), by=None)


def test_the_rule_that_every_project_has_fires_when_micro_f1_falls_by_a_tenth():
    world = make_world()
    newest = Evaluation.objects.get(run=world.other_run)
    sweep_alerts(project=world.project)
    rule = AlertRule.objects.get()
    assert (rule.name, rule.state, rule.reading["previous"]) == (DEFAULT_NAME, "ok", rule.reading["value"])

    worse = dict(newest.report["micro"]["f1"], value=newest.report["micro"]["f1"]["value"] * 0.89)
    report = {**newest.report, "micro": {**newest.report["micro"], "f1": worse}}
    Evaluation.objects.create(
        run=world.other_run, release=newest.release, split="dev", input_digest="d" * 64, report=report
    )
    sweep_alerts(project=world.project)

    rule.refresh_from_db()
    assert (rule.state, rule.reading["value"]) == ("firing", worse["value"])
    assert [(one.was, one.now) for one in AlertChange.objects.all()] == [("ok", "firing")]
    assert len(preview(rule).moments) == 1
    rule.is_active = False
    rule.save()
    sweep_alerts()
    assert AlertRule.objects.count() == 1  # it is not given again


def test_it_waits_until_the_line_was_passed_for_long_enough(project, at):
    held = rule(project, "held", hold_minutes=10)
    states = []
    for minutes in (0, 9, 10):
        at[0] = NOW + timedelta(minutes=minutes)
        sweep_alerts(project=project)
        held.refresh_from_db()
        states.append(held.state)
    assert states == ["pending", "pending", "firing"]


def test_a_rule_that_cannot_be_checked_does_not_stop_the_others(project, monkeypatch):
    rule(project, "a", metric="budget", threshold=0.5)
    rule(project, "b")

    def broken(scope, now):
        raise ZeroDivisionError

    monkeypatch.setitem(METRICS, "budget", replace(METRICS["budget"], read=broken))
    sweep_alerts(project=project)
    assert {one.name: one.state for one in AlertRule.objects.all()} == {"a": "ok", "b": "firing"}
