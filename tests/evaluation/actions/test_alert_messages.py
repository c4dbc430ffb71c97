"""Those that fire together are one message; late ones are passed on; what is snoozed or silenced waits."""

from datetime import UTC, datetime, timedelta

import pytest

from evaluation.actions.alert_messages import tell
from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.alerts import RuleSpec, acknowledge, set_rule, snooze
from evaluation.actions.destinations import make_destination
from evaluation.models import Alert, AlertRule, Delivery
from reviewapp.common import clock
from tests.factories import make_project

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


def place(project, name, kind="email", events=(), address=""):
    address = address or {"email": "a@example.org", "pagerduty": "ASSAY_DESTINATION_PAGER"}[kind]
    return make_destination(project=project, name=name, kind=kind, address=address, events=events, by=None)


def rule(project, name, **change):
    return set_rule(project=project, spec=RuleSpec(**{**LEASES.__dict__, "name": name, **change}), by=None)


def told():
    return [(one.destination.name, one.title) for one in Delivery.objects.order_by("pk")]


def test_those_that_fire_together_are_one_message_a_destination_and_one_an_incident(project, at, settings):
    settings.DELIVERY_SECRETS = {"ASSAY_DESTINATION_PAGER": "key"}
    mail, all_of_them = place(project, "mail"), place(project, "all", events=["alert.raised"])
    pager = place(project, "pager", kind="pagerduty")
    first = rule(project, "a", destinations=[mail, pager])
    rule(project, "b", destinations=[mail, pager])
    rule(project, "c")

    sweep_alerts(project=project)
    assert sorted(told()) == [
        ("all", "3 alerts raised: a, b, c"), ("mail", "2 alerts raised: a, b"), ("pager", "Alert: a"),
        ("pager", "Alert: b"),
    ]  # fmt: skip
    sweep_alerts(project=project)
    assert Delivery.objects.count() == 4  # once each

    keys = set(Delivery.objects.filter(destination=pager).values_list("message__dedup_key", flat=True))
    assert len(keys) == 2
    AlertRule.objects.filter(pk=first.pk).update(threshold=5)
    sweep_alerts(project=project)
    assert told()[4:] == [("mail", "Resolved: a"), ("pager", "Resolved: a")]  # "all" asked for raised ones alone
    closed = Delivery.objects.get(destination=pager, title="Resolved: a").message
    assert (closed["action"], closed["dedup_key"] in keys) == ("resolve", True)
    assert all_of_them.deliveries.get().message["data"]["alerts"][0]["figure"]["value"] == 0


def test_an_alert_that_nobody_acknowledges_is_passed_on_once(project, at):
    mail, boss = place(project, "mail"), place(project, "boss")
    late = rule(project, "late", destinations=[mail], escalate_to=boss, escalate_minutes=30)
    seen = rule(project, "seen", escalate_to=boss, escalate_minutes=30)
    sweep_alerts(project=project)
    acknowledge(rule=seen, by=None)

    at[0] += timedelta(minutes=29)
    assert tell(project=project) == 0
    at[0] += timedelta(minutes=1)
    tell(project=project)
    tell(project=project)

    assert told() == [("mail", "Alert: late"), ("boss", "Nobody has seen to it yet. Alert: late")]
    assert Alert.objects.get(rule=late).escalated_at == at[0]


def test_what_is_snoozed_or_silenced_is_told_afterwards_if_it_lasts(project, at):
    mail = place(project, "mail")
    caused = rule(project, "caused", destinations=[mail])
    cause = rule(project, "cause", destinations=[mail], silences=[caused])
    sleepy = rule(project, "sleepy", destinations=[mail])
    snooze(rule=sleepy, until=NOW + timedelta(hours=1), by=None)

    sweep_alerts(project=project)
    assert told() == [("mail", "Alert: cause")]
    AlertRule.objects.filter(pk=cause.pk).update(threshold=5)
    sweep_alerts(project=project)
    assert told()[1:] == [("mail", "Resolved: cause"), ("mail", "Alert: caused")] or told()[1:] == [
        ("mail", "Alert: caused"), ("mail", "Resolved: cause"),
    ]  # fmt: skip
    at[0] += timedelta(hours=1)
    sweep_alerts(project=project)
    assert told()[3:] == [("mail", "Alert: sleepy")]
