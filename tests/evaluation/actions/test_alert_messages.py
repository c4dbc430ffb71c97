"""Those that fire together are one message; late ones are passed on; what is snoozed or silenced waits."""

from datetime import UTC, datetime, timedelta

import pytest

from evaluation.actions.alert_messages import CALM, tell
from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.alerts import RuleSpec, acknowledge, set_rule, snooze
from evaluation.actions.destinations import make_destination, switch_destination
from evaluation.models import Alert, AlertRule, Delivery
from reviewapp.common import clock
from reviewapp.common.errors import Refused
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
    assert Delivery.objects.count() == 4  # it may come back
    at[0] += CALM
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
    at[0] += CALM
    sweep_alerts(project=project)
    assert told()[1:] == [("mail", "Alert: caused"), ("mail", "Resolved: cause")]
    at[0] = NOW + timedelta(hours=1)
    sweep_alerts(project=project)
    assert told()[3:] == [("mail", "Alert: sleepy")]


def test_who_snoozes_what_they_were_told_of_is_told_again_if_it_lasts(project, at):
    mail = place(project, "mail")
    snoozed, seen = rule(project, "snoozed", destinations=[mail]), rule(project, "seen", destinations=[mail])
    sweep_alerts(project=project)
    acknowledge(rule=seen, by=None)
    for one in (snoozed, seen):
        snooze(rule=one, until=NOW + timedelta(hours=8), by=None)
    for hours in (1, 8, 9):
        at[0] = NOW + timedelta(hours=hours)
        sweep_alerts(project=project)

    assert told() == [("mail", "2 alerts raised: seen, snoozed"), ("mail", "Alert: snoozed")] or told() == [
        ("mail", "2 alerts raised: snoozed, seen"), ("mail", "Alert: snoozed"),
    ]  # fmt: skip


def test_an_incident_kept_outside_is_closed_however_the_alert_ends(project, at, settings):
    settings.DELIVERY_SECRETS = {"ASSAY_DESTINATION_PAGER": "key"}
    pager, off = place(project, "pager", kind="pagerduty"), place(project, "off")
    passed = rule(project, "passed on", escalate_to=pager, escalate_minutes=5)
    changed = rule(project, "changed", destinations=[pager])
    unheard = rule(project, "unheard", escalate_to=off, escalate_minutes=5)
    sweep_alerts(project=project)
    switch_destination(destination=off, on=False, by=None)
    at[0] += timedelta(minutes=5)
    sweep_alerts(project=project)
    assert Alert.objects.get(rule=unheard).escalated_at is None  # nobody heard of it
    set_rule(project=project, rule=changed, spec=RuleSpec("changed", "overdue", "above", 5), by=None)
    AlertRule.objects.filter(pk=passed.pk).update(threshold=5)
    sweep_alerts(project=project)
    at[0] += CALM
    sweep_alerts(project=project)

    kept = pager.deliveries.order_by("pk").values_list("title", "message__action", "message__dedup_key")
    keys = {name: f"assay-alert-{Alert.objects.get(rule=one).public_id}" for name, one in
            (("changed", changed), ("passed on", passed))}  # fmt: skip
    assert list(kept) == [
        ("Alert: changed", "trigger", keys["changed"]),
        ("Nobody has seen to it yet. Alert: passed on", "trigger", keys["passed on"]),
        ("Resolved: changed", "resolve", keys["changed"]),
        ("Resolved: passed on", "resolve", keys["passed on"]),
    ]


def test_rules_that_would_silence_one_another_are_refused(project, at):
    first = rule(project, "first")
    second = rule(project, "second", silences=[first])
    third = rule(project, "third", silences=[second])
    with pytest.raises(Refused, match="nobody would be told"):
        set_rule(project=project, rule=first, spec=RuleSpec("first", "overdue", "above", 1, silences=[third]), by=None)
    set_rule(project=project, rule=third, spec=RuleSpec("third", "overdue", "above", 1, silences=[first]), by=None)
