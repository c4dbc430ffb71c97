"""Rules are checked before they are kept, seen only by who may see their figure, and leak nothing to others."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.alerts import RuleSpec, acknowledge, set_rule, snooze, switch_rule
from evaluation.actions.destinations import make_destination
from evaluation.models import Alert, AlertRule
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db
WAITING = RuleSpec("Leases", "overdue", "above", -1)  # 0 leases are more than -1: it fires at once


@pytest.mark.parametrize(
    "change",
    [{"metric": "mood"}, {"name": ""}, {"name": " Leases"}, {"comparison": "drop", "threshold": 1.0},
     {"comparison": "drop", "threshold": 0}, {"metric": "failures", "threshold": 3}, {"escalate_minutes": 5},
     {"attribute": "region", "value": "North"}],
)  # fmt: skip
def test_a_rule_that_means_nothing_is_refused(change):
    with pytest.raises(Refused):
        set_rule(project=make_project(), spec=RuleSpec(**{**WAITING.__dict__, **change}), by=None)
    assert not AlertRule.objects.exists()


def test_a_rule_names_only_what_is_of_its_project():
    other = make_destination(project=make_project(), name="x", kind="email", address="a@example.org", by=None)
    with pytest.raises(Refused, match="belongs"):
        set_rule(project=make_project(), spec=RuleSpec(**{**WAITING.__dict__, "destinations": [other]}), by=None)


def test_engineers_make_no_rule_on_agreement_and_see_none(client):
    project = make_project()
    engineer, analyst = make_member(project, Role.ENGINEER), make_member(project, Role.ANALYST)
    spec = RuleSpec("Raters differ", "agreement", "below", 0.8, no_data="alert")
    with pytest.raises(NotAllowed):
        set_rule(project=project, spec=spec, by=engineer)
    rule = set_rule(project=project, spec=spec, by=analyst)
    silencer = RuleSpec(**{**WAITING.__dict__, "silences": [rule]})
    set_rule(project=project, spec=silencer, by=None)
    sweep_alerts(project=project)
    assert {one.state for one in AlertRule.objects.all()} == {"firing"}

    def get(name, *args):
        return client.get(reverse(f"evaluation:{name}", args=[project.slug, *args]))

    client.force_login(engineer)
    for page in (
        get("alerts"),
        get("alert-rule", AlertRule.objects.get(metric="overdue").public_id),
        get("new-alert-rule"),
    ):
        assert page.status_code == 200
        assert "Raters differ" not in page.content.decode()
        assert "Agreement of raters" not in page.content.decode()
    assert ">1<" in get("alert-count").content.decode()
    assert get("alert-rule", rule.public_id).status_code == 404
    with pytest.raises(NotAllowed):
        acknowledge(rule=rule, by=engineer)
    client.force_login(analyst)
    assert "Raters differ" in get("alerts").content.decode()
    assert ">2<" in get("alert-count").content.decode()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR])
def test_raters_see_neither_bell_nor_page(client, role):
    project = make_project()
    client.force_login(make_member(project, role))
    for name in ("alerts", "alert-count", "new-alert-rule"):
        assert client.get(reverse(f"evaluation:{name}", args=[project.slug])).status_code == 404
    assert "/alerts/" not in client.get(reverse("project", args=[project.slug])).content.decode()


def test_acknowledging_and_snoozing_are_on_the_record_and_a_change_begins_anew(client):
    project = make_project()
    manager = make_member(project, Role.MANAGER)
    rule = set_rule(project=project, spec=WAITING, by=manager)
    with pytest.raises(Refused, match="not firing"):
        acknowledge(rule=rule, by=manager)
    sweep_alerts(project=project)

    acknowledge(rule=rule, by=manager)
    snooze(rule=rule, until=clock.now() + timedelta(hours=1), by=manager)
    with pytest.raises(Refused):
        snooze(rule=rule, until=clock.now() + timedelta(days=31), by=manager)

    assert Alert.objects.get().acknowledged_by == manager
    kinds = set(AuditEvent.objects.filter(project=project).values_list("kind", flat=True))
    assert {"alert_rule.made", "alert.raised", "alert.acknowledged", "alert_rule.snoozed"} <= kinds
    set_rule(project=project, rule=rule, spec=RuleSpec("Leases", "overdue", "above", 5), by=manager)
    rule.refresh_from_db()
    assert (rule.state, Alert.objects.get().resolved_at is None) == ("ok", False)
    switch_rule(rule=rule, on=False, by=manager)
    assert sweep_alerts(project=project) == 0


def test_the_form_previews_without_storing_and_then_makes_a_rule(client):
    project = make_project()
    client.force_login(make_member(project, Role.ENGINEER))
    url = reverse("evaluation:new-alert-rule", args=[project.slug])
    told = {
        "name": "",
        "metric": "overdue",
        "comparison": "above",
        "threshold": "-1",
        "hold_minutes": "0",
        "no_data": "ok",
    }

    answer = client.post(url, told | {"preview": "1"}, headers={"HX-Request": "true"})
    assert "Fires now" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert not AlertRule.objects.exists()
    assert client.post(url, told).status_code == 422
    assert client.post(url, told | {"name": "Leases"}).status_code == 303

    assert (AlertRule.objects.get().state, AlertRule.objects.get().threshold) == ("firing", -1)
    assert isinstance(AlertRule.objects.get().checked_at, datetime)


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_takes_as_many_queries_however_many_rules(client, django_assert_num_queries, item_count):
    project = make_project()
    client.force_login(make_member(project, Role.MANAGER))
    for number in range(item_count):
        set_rule(project=project, spec=RuleSpec(**{**WAITING.__dict__, "name": f"r{number}"}), by=None)
    sweep_alerts(project=project)
    with django_assert_num_queries(7 + (connection.vendor == "postgresql")):  # whose clock is one
        assert client.get(reverse("evaluation:alerts", args=[project.slug])).status_code == 200
