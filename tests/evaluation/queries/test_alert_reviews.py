"""The audit's precision as an alert reads it."""

import pytest
from django.utils import timezone

from evaluation.queries.alert_metrics import METRICS
from evaluation.queries.alert_readings import Scope
from evaluation.queries.streams import Window, read_overruled
from evaluation.stats.intervals import wilson
from evaluation.stats.windows import Overruled
from tests.evaluation.rollouts import answered, looked_at, planned
from tests.factories import make_items, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


def test_the_audit_is_read_now_and_over_its_past(monkeypatch):
    monkeypatch.setattr("evaluation.actions.runs.nudge", lambda *arguments: None)
    project = make_project()
    make_taxonomy(project)
    make_items(project, 6)
    metric, scope, now = METRICS["audit_precision"], Scope(project), timezone.now()
    assert metric.read(scope, now).figure.value is None

    rollout = planned(project, pilot_items=6)
    run = rollout.moves.get().run
    looked_at(answered(run), wrong=1)

    assert metric.read(scope, now).figure == wilson(5, 6)
    assert metric.read(Scope(project, prompt=rollout.version.prompt), now).figure.n == 6
    assert [one.figure.n for one in metric.past(scope, now, now)] == [6]
    assert read_overruled(project, Window(run=run)) == Overruled(6, 1, 6, 1)
