"""An alert proposes once and only what is beyond chance; an incident ends by an evaluation that shows it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from evaluation.actions.alert_sweep import sweep_alerts
from evaluation.actions.alerts import DEFAULTS
from evaluation.actions.destinations import make_destination
from evaluation.actions.incidents import (
    Plan,
    add_entry,
    answer_proposal,
    change_incident,
    join_cases,
    open_incident,
    recover,
)
from evaluation.actions.prompts import Recipe, write_version
from evaluation.actions.reports import evaluate_run
from evaluation.enums import IncidentState, Severity, Strategy
from evaluation.models import Alert, AlertRule, Delivery, EdgeCase, Incident, IncidentEntry, Promotion, QualityDrop
from evaluation.queries.alerts import preview
from evaluation.queries.falls import newest_falls
from evaluation.queries.incidents import board_of, clock_said, incidents_of
from evaluation.queries.open_actions import rows_of
from labeling.enums import Role, Split
from labeling.models import AuditEvent, GoldEntry
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.actions.test_quality_drops import (  # noqa: F401
    FAST,
    answered,
    compared,
    project,
    release_of,
    version,
)
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def runs_of(project, version, **more):  # noqa: F811
    """One as it was, and one that fell."""
    then = answered(project, "then", version=version)
    return then, answered(project, "now", on=clock.now() - timedelta(hours=8), lost=0.9, version=version, **more)


def test_a_fall_of_the_same_version_is_proposed_once_taken_on_and_recovered(project, version):  # noqa: F811
    then, now = runs_of(project, version, south_model="m-2")
    for _ in range(2):
        sweep_alerts(project=project)
    incident = Incident.objects.get()
    assert incident.alert.rule.name == DEFAULTS["fall"][0]
    assert [row.source for row in rows_of(project, [Role.MANAGER])] == ["incidents"]  # which tells of the alert
    assert (incident.state, incident.severity) == (IncidentState.PROPOSED, Severity.HIGH)
    assert (incident.before.run, incident.evaluation.run) == (then, now)
    assert "to look at first: Model returned by the provider" in incident.entries.get().text
    analyst, engineer = make_member(project, Role.ANALYST), make_member(project, Role.ENGINEER)

    incident = answer_proposal(incident=incident, is_one=True, why="", by=analyst)
    assert Alert.objects.get().acknowledged_by == analyst  # nobody else has to see to it
    change_incident(incident=incident, plan=Plan("South fell", Severity.HIGH, engineer, "m-2 in the south"), by=analyst)
    add_entry(incident=incident, kind="action", text="Told the provider.", by=engineer)
    cases = join_cases(incident=incident, by=engineer)
    join_cases(incident=incident, by=engineer)

    assert (len(cases), EdgeCase.objects.filter(reason="regression").count()) == (10, 10)
    held_out = set(GoldEntry.objects.filter(split="test").values_list("item", flat=True))
    assert not held_out & {one.item_id for one in cases}
    with pytest.raises(Refused, match="of a whole run made since"):
        recover(incident=incident, evaluation=then.evaluations.get(), by=analyst)
    still = answered(project, "still", on=clock.now(), lost=0.6, version=version)
    sweep_alerts(project=project)
    assert Incident.objects.count() == 1  # to stay low is neither another fall nor recovery
    assert AlertRule.objects.get(metric="fall").state == "firing"
    with pytest.raises(Refused, match="still"):
        recover(incident=incident, evaluation=still.evaluations.get(), by=analyst)
    again = answered(project, "again", on=clock.now() + timedelta(hours=1), version=version)
    sweep_alerts(project=project)
    assert AlertRule.objects.get(metric="fall").state == "ok"
    incident = recover(incident=incident, evaluation=again.evaluations.get(), by=analyst)
    board = board_of(incident, viewer=engineer)
    assert [one.kind for one in board.entries] == ["proposed", "opened", "changed", "action", "cases", "recovered"]
    assert [name for name, _, _ in board.figures] == ["Before", "The fall", "Recovered"]
    assert (len(board.cases), board.hidden) == (10, 0)
    assert AuditEvent.objects.filter(kind__startswith="incident.").count() == 6
    with pytest.raises(NotAllowed, match="recovered"):
        recover(incident=incident, evaluation=again.evaluations.get(), by=analyst)


def test_a_worse_draft_and_a_fall_within_chance_are_no_incidents(project, version):  # noqa: F811
    answered(project, "then", version=version)
    answered(project, "imported", lost=0.6)
    draft = write_version(
        project=project, name="p", recipe=Recipe(Strategy.BASELINE_ZERO, parameters={"threshold": 0.5}), by=None
    )
    answered(project, "draft", lost=0.6, version=draft)
    answered(project, "same", version=version)
    sweep_alerts(project=project)
    assert AlertRule.objects.get(metric="fall").state == "ok"
    assert not QualityDrop.objects.exists()
    pair = newest_falls(project)[0]
    report = {
        "paired": True,
        "moved": {
            "n": 9,
            "overall": {
                "micro_f1": {
                    "then": {"value": 0.8},
                    "now": {"value": 0.6},
                    "difference": {"value": -0.2, "low": -0.5, "high": 0.1},
                }
            },
        },
    }
    drop = QualityDrop(report=report)
    for high, share in ((0.1, 0.0), (-0.1, 0.25)):
        report["moved"]["overall"]["micro_f1"]["difference"]["high"] = high
        assert replace(pair, share=0.25, drop=drop).estimate.value == pytest.approx(share)
    assert replace(pair, share=0.25, drop=None).estimate.value == 0  # before it is compared


def test_what_replaces_a_version_in_production_is_held_against_it_and_a_draft_is_not(project, version):  # noqa: F811
    recipe = Recipe(Strategy.BASELINE_ZERO, parameters={"threshold": 0.9})
    worse = write_version(project=project, name="p", recipe=recipe, by=None)
    runs = [answered(project, name, version=one, lost=lost) for name, one, lost in
            (("good", version, 0.0), ("bad", worse, 0.9))]  # fmt: skip
    assert newest_falls(project) == []
    for one, run in ((version, runs[0]), (worse, runs[1])):
        Promotion.objects.filter(prompt=one.prompt).update(is_current=False)
        look = evaluate_run(run=run, release=release_of(project), split=Split.TEST, by=None, resampling=FAST)
        Promotion.objects.create(
            prompt=one.prompt, version=one, status="production", created_at=clock.now(), evaluation=look
        )

    sweep_alerts(project=project)

    incident = Incident.objects.get()
    assert (incident.before.run, incident.evaluation.run) == tuple(runs)
    reading = AlertRule.objects.get(metric="fall").reading
    assert reading["low"] < reading["value"] < reading["high"]
    assert reading["note"] == f"{worse} is {reading['value']:.0%} lower than in good"
    past = preview(AlertRule.objects.get(metric="fall"))
    assert (len(past.moments), past.would_fire) == (1, True)


def test_one_is_opened_by_hand_with_a_clock_and_refused_without_a_role(project, version):  # noqa: F811
    drop, manager = compared(project, *runs_of(project, version)), make_member(project, Role.MANAGER)
    rater = make_member(project, Role.ANNOTATOR)
    for plan, by, error in (
        (Plan("x"), rater, NotAllowed),
        (Plan(" "), manager, Refused),
        (Plan("x", owner=rater), manager, Refused),
        (Plan("x", "awful"), manager, Refused),
    ):
        with pytest.raises(error):
            open_incident(project=project, plan=plan, by=by, drop=drop)
    assert not Incident.objects.exists()

    incident = open_incident(project=project, plan=Plan("South fell", owner=manager), by=manager, drop=drop)

    assert incident.before.run.name == "then"
    assert clock_said(incident, incident.opened_at + timedelta(hours=17, minutes=55)) == "30 h 5 min left"
    assert clock_said(incident, incident.opened_at + timedelta(hours=50)) == "2 h 0 min over time"
    with clock.told_by(lambda: incident.opened_at + timedelta(hours=50)):
        assert incidents_of(project)[0].is_late
    sweep_alerts(project=project)
    assert Incident.objects.get() == incident
    assert AlertRule.objects.get(metric="incidents").state == "ok"
    with clock.told_by(lambda: incident.opened_at + timedelta(hours=50)):
        sweep_alerts(project=project)
    late = AlertRule.objects.get(metric="incidents")
    assert (late.state, late.reading["value"], late.reading["n"]) == ("firing", 1, 1)
    entry = IncidentEntry.objects.get()
    for change in (lambda: IncidentEntry.objects.update(text="nothing happened"), entry.delete):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.update(state=IncidentState.RECOVERED)


def test_one_message_leads_to_the_incident_and_another_fall_is_told_too(project, version):  # noqa: F811
    make_destination(
        project=project, name="all", kind="email", address="a@example.org", events=["alert.raised"], by=None
    )
    runs_of(project, version)
    sweep_alerts(project=project)
    first, message = Incident.objects.get(), Delivery.objects.get()
    answer_proposal(incident=first, is_one=True, why="", by=None)
    other = write_version(project=project, name="q", recipe=Recipe(Strategy.BASELINE_ZERO), by=None)
    for name, lost in (("q then", 0.0), ("q now", 0.9)):
        answered(project, name, version=other, lost=lost)
    for _ in range(2):
        sweep_alerts(project=project)

    assert message.message["url"].endswith(f"/incidents/{first.public_id}/")
    assert ["Proposed incident", first.title] in message.message["facts"]
    second, told = Incident.objects.exclude(pk=first.pk).get(), Delivery.objects.order_by("pk").last()
    assert Delivery.objects.count() == 2
    assert told.message["url"].endswith(f"/incidents/{second.public_id}/")
    assert Alert.objects.get().acknowledged_at is None


def test_a_proposal_is_dismissed_with_a_reason(project, version):  # noqa: F811
    runs_of(project, version)
    sweep_alerts(project=project)
    incident = Incident.objects.get()
    with pytest.raises(Refused, match="Say why"):
        answer_proposal(incident=incident, is_one=False, why=" ", by=None)
    answer_proposal(incident=incident, is_one=False, why="a known test", by=None, operator="cron")
    assert Incident.objects.get().state == IncidentState.DISMISSED
    sweep_alerts(project=project)
    assert Incident.objects.get() == incident
