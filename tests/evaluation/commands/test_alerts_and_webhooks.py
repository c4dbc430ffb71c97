"""The commands alert and webhook: what they do, what they say where, and what they refuse with which exit code."""

import pytest

from evaluation.models import Alert, AlertRule, Delivery, Destination
from labeling.enums import Role
from labeling.models import AuditEvent
from tests.factories import make_member, make_project, make_user
from tests.test_commands import Shell

pytestmark = pytest.mark.django_db
FIRES = ("--metric", "overdue", "--threshold", "-1", "--when", "above")  # 0 leases are more than -1


@pytest.fixture
def shell(tmp_path):
    return Shell(tmp_path)


@pytest.fixture
def project(monkeypatch):
    monkeypatch.setattr("evaluation.actions.deliveries.nudge", lambda *arguments: None)
    return make_project("acme")


def test_a_rule_is_made_checked_and_seen_to(shell, project):
    assert shell("webhook", "acme", "make", "mail", "--kind", "email", "--to", "a@example.org") == 0
    assert shell("alert", "acme", "make", "Leases", *FIRES, "--tell", "mail") == 0
    assert shell("alert", "acme", "check") == 1  # a rule fires
    assert shell.out.getvalue() == "Firing: Leases. Leases past their time is 0 (n 0)\n"
    (rule,) = shell.json("alert", "acme", "list")["rules"]
    assert shell.err.getvalue() == "Firing: Leases. Leases past their time is 0 (n 0)\n"  # stdout is JSON alone
    assert (rule["state"], rule["reading"]["value"], rule["is_acknowledged"]) == ("firing", 0, False)
    assert [one["title"] for one in shell.json("webhook", "acme", "log", "mail")["messages"]] == ["Alert: Leases"]

    for step in (("ack",), ("snooze",), ("wake",), ("off",)):
        assert shell("alert", "acme", step[0], "Leases") == 0
    assert Alert.objects.get().acknowledged_at is not None
    assert AlertRule.objects.get().is_active is False
    assert shell("alert", "acme", "check") == 0
    assert shell.json("alert", "acme", "test-destination", "mail")["destination"] == "mail"
    assert AuditEvent.objects.filter(kind="alert.acknowledged", operator="operator").count() == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere", "list"), "There is no project “nowhere”."),
        (("acme", "make", "x", "--metric", "cost"), "Say the threshold"),
        (("acme", "make", "", *FIRES), "A rule needs a name"),
        (("acme", "make", "x", *FIRES, "--prompt", "tagger"), "There is no prompt “tagger”"),
        (("acme", "make", "x", *FIRES, "--slice", "region"), "A slice is ATTRIBUTE=VALUE."),
        (("acme", "make", "x", *FIRES, "--tell", "pager"), "There is no destination “pager”"),
        (("acme", "make", "x", "--metric", "failures", "--threshold", "3"), "This figure is a share"),
        (("acme", "ack", "x"), "There is no rule “x”"),
        (("acme", "ack", "quiet"), "“quiet” is not firing."),
        (("acme", "snooze", "quiet", "--hours", "1e3"), "720 (30 days) at most"),
        (("acme", "snooze", "quiet", "--hours", "nan"), "a number of hours above 0"),
        (("acme", "make", "x", "--metric", "cost", "--threshold", "nan"), "A threshold is a number."),
        (("acme", "make", "x", *FIRES, "--days", "0"), "1 to 90 days"),
        (("acme", "make", "x", *FIRES, "--hold", "-5"), "0 to 43,200 minutes"),
        (("acme", "check", "--by", "rater@example.org"), "role"),
        (("acme", "list", "--by", "nobody@example.org"), "There is no active user nobody@example.org."),
    ],
)
def test_what_makes_no_sense_to_alert_is_refused_with_2_and_writes_nothing(shell, project, arguments, says):
    make_member(project, Role.ANNOTATOR, user=make_user(email="rater@example.org"))
    assert shell("alert", "acme", "make", "quiet", "--metric", "overdue", "--threshold", "5", "--when", "above") == 0
    assert shell("alert", *arguments) == 2
    assert says in shell.err.getvalue()
    assert shell.out.getvalue() == ""
    assert (AlertRule.objects.count(), AlertRule.objects.get().snoozed_until) == (1, None)


def test_a_destination_is_made_tried_switched_and_its_message_sent_again(shell, project):
    made = shell.json(
        "webhook", "acme", "make", "hook", "--to", "https://a.example/x?key=1", "--events", "run.finished"
    )
    assert made["secret"].startswith("whsec_")
    renewed = shell.json("webhook", "acme", "renew", "hook")
    assert renewed["secret"] != made["secret"]
    message = shell.json("webhook", "acme", "test", "hook")["message"]
    (row,) = shell.json("webhook", "acme", "list")["destinations"]
    assert (row["where"], row["events"], row["waiting"]) == ("a.example", ["run.finished"], 1)
    assert "whsec_" not in shell.out.getvalue() + shell.err.getvalue()
    assert shell("webhook", "acme", "replay", message) == 2
    assert shell.err.getvalue() == "This message is still being sent.\n"
    Delivery.objects.update(state="sent", next_try_at=None)
    assert shell("webhook", "acme", "replay", message) == 0
    assert shell.out.getvalue() == "It is sent again.\n"
    assert (Delivery.objects.get().state, Delivery.objects.get().tries) == ("pending", 0)
    assert shell("webhook", "acme", "off", "hook") == 0
    assert Destination.objects.get().is_active is False


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere", "list"), "There is no project “nowhere”."),
        (("acme", "make", "x", "--to", "http://a.example/"), "has to begin with https://"),
        (("acme", "make", "x", "--to", "https://a.example/", "--events", "moon.rises"), "no event “moon.rises”"),
        (("acme", "make", "x", "--kind", "email", "--to", "a@"), "“a@” is no e-mail address."),
        (("acme", "make", "x", "--kind", "slack", "--to", "SECRET_KEY"), "begins with ASSAY_DESTINATION_"),
        (("acme", "make", "", "--to", "https://a.example/"), "needs a name"),
        (("acme", "test", "x"), "There is no destination “x”"),
        (("acme", "log", "x"), "There is no destination “x”"),
        (("acme", "replay", "msg_1"), "There is no message “msg_1”."),
        (("acme", "make", "x", "--to", "https://a.example/", "--by", "engineer@example.org"), "role"),
    ],
)
def test_what_makes_no_sense_to_webhook_is_refused_with_2_and_writes_nothing(shell, project, arguments, says):
    make_member(project, Role.ENGINEER, user=make_user(email="engineer@example.org"))
    assert shell("webhook", *arguments) == 2
    assert says in shell.err.getvalue()
    assert shell.out.getvalue() == ""
    assert not Destination.objects.exists()
