"""Several beats that check alerts at once, on real PostgreSQL: one alert, one change, one message."""

import pytest

from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.alerts import RuleSpec, set_rule
from evaluation.actions.destinations import make_destination
from evaluation.models import Alert, AlertChange, AlertRule, Delivery
from labeling.models import Project
from tests.concurrency.test_queue import together
from tests.factories import make_project

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_what_fires_is_raised_told_and_over_once(monkeypatch):
    monkeypatch.setattr("evaluation.actions.deliveries.nudge", lambda *_: None)
    for number in range(3):
        project = make_project()
        place = make_destination(project=project, name="m", kind="email", address="a@example.org", by=None)
        spec = RuleSpec(f"r{number}", "overdue", "above", -1, destinations=[place])
        set_rule(project=project, spec=spec, by=None)

    together(lambda _: sweep_alerts(), list(range(4)))

    assert (Alert.objects.count(), AlertChange.objects.count(), Delivery.objects.count()) == (3, 3, 3)
    assert not Alert.objects.filter(told_at__isnull=True).exists()
    AlertRule.objects.update(threshold=5)
    together(lambda _: sweep_alerts(), list(range(4)))
    assert not Alert.objects.filter(resolved_at__isnull=True).exists()
    assert (Alert.objects.count(), AlertChange.objects.count()) == (3, 6)
    assert Project.objects.count() == 3
