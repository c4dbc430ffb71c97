"""What is on the record is told once, to those who asked for it, from the day they did; never an item or a person."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from evaluation.actions.announcements import RECORDED, announce, gate_failed
from evaluation.actions.destinations import choose_events, make_destination, switch_destination
from evaluation.actions.predictions import work_on
from evaluation.actions.runs import Scope, start_run
from evaluation.enums import EventKind
from evaluation.models import Delivery, DriftCheck
from evaluation.outgoing.messages import Message, webhook_body
from labeling.actions.audit import record_event
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Split, TaskState
from labeling.models import AuditEvent, Task, User
from reviewapp.common import clock
from tests.factories import make_project
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr("evaluation.actions.deliveries.nudge", lambda *arguments: None)


def test_each_event_is_told_once_without_items_or_people():
    world = make_world()
    project = world.project
    kinds = [one for one in EventKind.values if not one.startswith("alert.")]
    made = make_destination(
        project=project, name="hook", kind="webhook", address="https://a.example/", events=kinds, by=None
    )
    make_destination(
        project=project, name="one", kind="webhook", address="https://b.example/", events=["drift.found"], by=None
    )
    assert announce() == 0  # what was before they asked

    gold = {item.external_id: {"labels": ["crm"]} for item in world.items}
    import_golden(project=project, spec=FreezeSpec("later", {"dev": 1.0}), gold=gold, by=None)
    run = start_run(version=world.run.prompt_version, scope=Scope(world.release, Split.DEV), by=None, name="three")
    work_on(run_id=run.pk)
    check = DriftCheck.objects.create(project=project, reference={}, current={}, report={}, fired=2)
    record_event(
        kind="drift.fired", project=project, by=None, target=f"drift:{check.public_id}",
        after={"signals": 2, "monitor": ""},
    )  # fmt: skip
    gate_failed(project=project, target=f"run:{run.public_id}", after={"what": "three", "against": "Sales"}, by=None)
    now = clock.now()
    Task.objects.filter(round=world.round).update(state=TaskState.SETTLED, settled_at=now, due_at=None)

    assert announce() == 6  # five kinds, drift to both
    assert announce() == 0
    assert set(Delivery.objects.filter(destination=made).values_list("kind", flat=True)) == set(kinds)
    assert Delivery.objects.get(destination__name="one").kind == "drift.found"
    assert AuditEvent.objects.filter(kind="round.settled").count() == 1
    said = json.dumps([webhook_body(Message.from_dict(one.message)) for one in Delivery.objects.all()])
    for item in world.items:
        assert item.external_id not in said
        assert item.name not in said
    for user in User.objects.all():
        assert user.email not in said
    finished = webhook_body(Message.from_dict(Delivery.objects.get(kind="run.finished").message))
    assert (finished["data"]["run"], finished["data"]["items"], finished["data"]["failed"]) == ("three", 8, 0)


def test_every_kind_that_can_be_chosen_is_told_by_somebody():
    assert set(RECORDED.values()) | {EventKind.ALERT_RAISED, EventKind.ALERT_RESOLVED} == set(EventKind)


def test_an_event_that_cannot_be_told_does_not_hold_up_the_others():
    project = make_project()
    make_destination(
        project=project, name="hook", kind="webhook", address="https://a.example/", events=["gate.failed"], by=None
    )
    for number, after in enumerate(({}, {"what": "three", "against": "Sales"})):  # one of an older form
        record_event(kind="gate.failed", project=project, by=None, target=f"run:{UUID(int=number)}", after=after)
    assert announce() == 1
    assert Delivery.objects.get().title == "three did not pass its gate"


def test_what_happened_while_a_destination_was_off_or_before_it_asked_is_not_told_later():
    project = make_project()
    made = make_destination(
        project=project, name="hook", kind="webhook", address="https://a.example/", events=["gate.failed"], by=None
    )

    def fail(what):
        gate_failed(project=project, target=f"run:{uuid4()}", after={"what": what, "against": "Sales"}, by=None)

    fail("told")
    assert announce() == 1
    Delivery.objects.update(state="pending", next_try_at=clock.now() + timedelta(hours=6), reason="It answered 503.")
    switch_destination(destination=made, on=False, by=None)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"dead"}  # nor tried again once it is on
    fail("while off")
    switch_destination(destination=made, on=True, by=None)
    assert announce() == 0
    fail("after")
    record_event(
        kind="drift.fired", project=project, by=None, target=f"drift:{uuid4()}", after={"signals": 2, "monitor": ""}
    )
    choose_events(destination=made, events=["gate.failed", "drift.found"], by=None)  # "after" is not lost by it
    assert announce() == 0
    assert sorted(one.message["data"]["what"] for one in Delivery.objects.all()) == ["after", "told"]
