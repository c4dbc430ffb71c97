"""Rules move with what evaluations say, hold as long as they should, and do not stop one another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.alerts import DEFAULTS, RuleSpec, set_rule
from evaluation.models import Alert, AlertChange, AlertRule, Firing, Schedule
from evaluation.queries.alert_metrics import METRICS
from evaluation.queries.alert_readings import Scope
from evaluation.queries.alert_words import reading_said
from labeling.models import ImportJob, ImportProfile
from labeling.profiling import Profiler
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


def test_rules_that_every_project_has_are_given_once_and_when_there_is_something_to_watch(project):
    sweep_alerts()
    assert not AlertRule.objects.exists()
    ImportProfile.objects.create(job=make_import(project), content={"rows": 1, "columns": {}})
    world = make_world()

    sweep_alerts()

    names = {metric: name for metric, (name, _) in DEFAULTS.items()}
    assert AlertRule.objects.get(project=project).name == names["imports"]
    given = set(AlertRule.objects.filter(project=world.project).values_list("metric", "name", "comparison"))
    assert ("fall", names["fall"], "above") in given
    count = AlertRule.objects.count()
    AlertRule.objects.filter(metric="fall").update(is_active=False)
    AlertRule.objects.filter(metric="imports").update(metric="overdue")  # somebody made something else of it
    sweep_alerts()
    assert AlertRule.objects.count() == count


def make_import(project, **told):
    return ImportJob.objects.create(
        project=project, kind="items", state="done", finished_at=clock.now(), file_name="a.csv", **told
    )


def test_an_unusual_import_fires_until_a_usual_one_comes_or_it_is_long_ago(project, at):
    columns = {"id": 1, "sector": 1}
    rows = iter((100, 100, 400, 400))

    def come():
        profiler = Profiler(columns, told=["sector"])
        for number in range(next(rows)):
            profiler.add({"id": f"co-{number:04}", "sector": "mining" if number % 2 else "trade"})
        ImportProfile.objects.create(job=make_import(project), content=profiler.as_dict())
        sweep_alerts(project=project)
        return AlertRule.objects.get(metric="imports")

    first = come()
    said = reading_said(first, first.reading)
    assert said.endswith("no data. There is no import before it to compare it with")
    assert (first.state, come().state) == ("no_data", "ok")
    unusual = come()
    assert (unusual.state, unusual.reading["value"]) == ("firing", 1)
    assert "400 rows, 100 last time" in unusual.reading["note"]
    assert [one.figure.value for one in METRICS["imports"].past(Scope(project), NOW, NOW)] == [0, 1]
    assert come().state == "ok"
    at[0] += timedelta(days=8)
    sweep_alerts(project=project)
    assert AlertRule.objects.get(metric="imports").state == "no_data"


def test_a_job_of_the_calendar_that_is_late_or_failed_fires(project, at):
    common = {"project": project, "recurrence": "0 6 * * *", "on_since": NOW, "created_at": NOW}
    late = Schedule.objects.create(job="drift", next_due=NOW - timedelta(minutes=9), **common)
    failed = Schedule.objects.create(job="leases", next_due=NOW + timedelta(days=1), **common)
    ended = {"schedule": failed, "started_at": NOW, "finished_at": NOW}
    Firing.objects.create(due_at=NOW - timedelta(days=2), outcome="failed", **ended)
    Firing.objects.create(due_at=NOW - timedelta(days=1), outcome="done", **ended)
    sweep_alerts(project=project)
    assert AlertRule.objects.get(metric="schedules").state == "ok"

    at[0] += timedelta(minutes=2)
    Firing.objects.create(due_at=NOW, outcome="failed", **ended)
    sweep_alerts(project=project)

    rule = AlertRule.objects.get(metric="schedules")
    assert (rule.state, rule.reading["value"], rule.reading["n"]) == ("firing", 2, 2)
    assert rule.reading["note"] == f"{late}: past its time; {failed}: failed"


def test_what_flaps_is_one_alert_and_told_once(project, at):
    flaps = rule(project, "flaps")
    states = []
    for minutes, threshold in ((0, -1), (1, 5), (3, -1), (6, 5), (10, 5), (11, 5), (12, -1)):
        at[0] = NOW + timedelta(minutes=minutes)
        AlertRule.objects.filter(pk=flaps.pk).update(threshold=threshold)
        sweep_alerts(project=project)
        states.append(list(Alert.objects.order_by("pk").values_list("raised_at", "end_told_at")))
    later = [NOW + timedelta(minutes=minutes) for minutes in (11, 12)]
    assert states[:5] == [[(NOW, None)]] * 5
    assert states[5:] == [[(NOW, later[0])], [(NOW, later[0]), (later[1], None)]]
    assert AlertChange.objects.count() == 5


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
