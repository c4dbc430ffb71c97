from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from labeling.actions.adjudication import (
    HeldByAnother,
    ask_one_more,
    decide,
    escalate,
    open_for_adjudication,
    record_reveal,
    release_hold,
)
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.seats import add_seats, claim_seat
from labeling.actions.settling import settle_due_tasks
from labeling.enums import Role, TaskState
from labeling.models import Annotation, AuditEvent, Decision, Opening, Revision, Round, Seat, Sight
from labeling.queries.adjudication import waiting_for
from labeling.visibility import answers_by_name, answers_to_adjudicate
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed
from tests.factories import make_items, make_member, make_project, make_round
from tests.labeling.disputes import make_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispute():
    """A task on which two raters differ, with its project's people."""
    project = make_project()
    made = make_round(project, make_items(project, 1))
    labels = list(made.taxonomy_version.labels.all())
    raters = [make_member(project, Role.ANNOTATOR) for _ in range(2)]
    for rater, label in zip(raters, labels, strict=False):
        seat = claim_seat(in_round=made, by=rater)
        submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=[label]), by=rater)
    settle_due_tasks()
    task = made.tasks.get()
    assert task.state == TaskState.DISPUTED
    return task, make_member(project, Role.ADJUDICATOR), raters, labels


def test_answers_are_seen_only_after_opening(dispute):
    task, judge, _, _ = dispute
    with pytest.raises(NotAllowed):
        answers_to_adjudicate(task=task, viewer=judge)
    open_for_adjudication(task=task, by=judge)
    seen = answers_to_adjudicate(task=task, viewer=judge)
    assert [answer.who for answer in seen] == ["A", "B"]
    with pytest.raises(NotAllowed):
        answers_by_name(task=task, viewer=judge)


def test_deciding_needs_opening(dispute):
    task, judge, _, labels = dispute
    with pytest.raises(NotAllowed):
        decide(task=task, labels=labels[:1], rationale="", by=judge)


def test_who_labelled_cannot_settle_and_who_opened_cannot_label(dispute):
    task, judge, raters, _ = dispute
    make_member(task.round.project, Role.ADJUDICATOR, user=raters[0])
    with pytest.raises(NotAllowed, match="as a rater"):
        open_for_adjudication(task=task, by=raters[0])
    open_for_adjudication(task=task, by=judge)
    add_seats(tasks=task.round.tasks.all(), in_round=task.round, by=None, reason="test")
    assert claim_seat(in_round=task.round, by=judge) is None


def test_a_decision_is_appended_and_the_raters_answers_stay(dispute):
    task, judge, _, labels = dispute
    before = list(Revision.objects.order_by("pk").values())
    open_for_adjudication(task=task, by=judge)
    first = decide(task=task, labels=labels[:1], rationale="The text says so.", by=judge, after_decision=0)
    second = decide(task=task, labels=[], rationale="I was wrong: none.", by=judge, after_decision=1)
    assert (first.number, second.number) == (1, 2)
    assert list(Revision.objects.order_by("pk").values()) == before
    assert Annotation.objects.count() == 2
    task.refresh_from_db()
    assert (task.state, task.decisions_made) == (TaskState.SETTLED, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.update(rationale="never mind")


def test_of_two_judges_the_second_sees_what_the_first_did(dispute):
    task, judge, _, labels = dispute
    other = make_member(task.round.project, Role.ADJUDICATOR)
    for one in (judge, other):
        open_for_adjudication(task=task, by=one)
        release_hold(task)  # as if half an hour had passed
    decide(task=task, labels=labels[:1], rationale="", by=judge, after_decision=0)
    with pytest.raises(Conflict):
        decide(task=task, labels=labels[1:], rationale="", by=other, after_decision=0)


def test_what_is_passed_up_is_the_managers(dispute):
    task, judge, _, labels = dispute
    open_for_adjudication(task=task, by=judge)
    escalate(task=task, rationale="Neither fits.", by=judge)
    task.refresh_from_db()
    assert task.state == TaskState.ESCALATED
    with pytest.raises(NotAllowed):
        decide(task=task, labels=labels[:1], rationale="", by=judge)
    manager = make_member(task.round.project, Role.MANAGER)
    open_for_adjudication(task=task, by=manager)
    decide(task=task, labels=labels[:1], rationale="", by=manager)
    task.refresh_from_db()
    assert task.state == TaskState.SETTLED


def test_others_do_not_adjudicate(dispute):
    task = dispute[0]
    for role in (Role.ANNOTATOR, Role.ENGINEER, Role.ANALYST):
        with pytest.raises(NotAllowed):
            open_for_adjudication(task=task, by=make_member(task.round.project, role))


def test_a_decision_rules_on_each_label_that_was_disputed_overturned_or_added():
    room = make_room(["crm", "erp"], ["erp"])
    task = room.opened()

    decision = decide(
        task=task, labels=room.labels("crm", "payroll"), rationale="", by=room.judge,
        reasons={"crm": "rater_slip", "payroll": "made up"},
    )  # fmt: skip

    ruled = {one.label.code: (one.applies, one.reason) for one in decision.rulings.select_related("label")}
    assert ruled == {"crm": (True, "rater_slip"), "erp": (False, ""), "payroll": (True, "")}


def test_what_all_agree_on_and_stays_needs_no_ruling():
    room = make_room(["crm", "erp"], ["erp"])
    task = room.opened()

    decision = decide(task=task, labels=room.labels("erp"), rationale="", by=room.judge)

    assert [(one.label.code, one.applies) for one in decision.rulings.select_related("label")] == [("crm", False)]


def test_a_task_that_one_judge_has_open_is_handed_to_no_other():
    room = make_room()
    other = make_member(room.project, Role.ADJUDICATOR)
    room.opened()

    with pytest.raises(HeldByAnother):
        room.opened(by=other)

    assert not waiting_for(other, room.project).exists()
    assert waiting_for(room.judge, room.project).get() == room.task
    assert not Opening.objects.filter(user=other).exists()


def test_a_hold_lasts_half_an_hour_and_is_renewed_by_opening_again(monkeypatch):
    room = make_room()
    other = make_member(room.project, Role.ADJUDICATOR)
    start = clock.now()
    room.opened()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=20))
    room.opened()

    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=45))
    with pytest.raises(HeldByAnother):
        room.opened(by=other)
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(minutes=51))

    assert room.opened(by=other)


def test_deciding_and_passing_up_let_go_of_the_task():
    room = make_room(items=2)
    for task in room.tasks:
        room.opened(task=task)

    decide(task=room.tasks[0], labels=[], rationale="", by=room.judge)
    escalate(task=room.tasks[1], rationale="Neither fits.", by=room.judge)

    assert not Opening.objects.filter(held_until__isnull=False).exists()


def test_asking_one_more_rater_reopens_the_task_up_to_the_rounds_limit():
    room = make_room()
    task = room.opened()

    assert ask_one_more(task=task, by=room.judge)

    task.refresh_from_db()
    assert (task.state, task.seats.count()) == (TaskState.OPEN, 3)
    assert not Opening.objects.filter(held_until__isnull=False).exists()


def test_a_reveal_is_recorded_once_and_only_for_who_opened_the_task():
    room = make_room()
    with pytest.raises(NotAllowed):
        record_reveal(task=room.task, by=room.judge)
    task = room.opened()

    first = record_reveal(task=task, by=room.judge)
    again = record_reveal(task=task, by=room.judge)

    assert first.revealed_at == again.revealed_at
    assert AuditEvent.objects.get(kind="task.model_revealed").after == {"before_deciding": True}
    assert Sight.objects.get(user=room.judge).item_id == task.item_id  # they rate it in no round after that


def test_a_closed_round_changes_no_more():
    room = make_room()
    task = room.opened()
    Round.objects.update(state="closed", closed_at=clock.now())

    with pytest.raises(NotAllowed, match="closed"):
        decide(task=task, labels=[], rationale="", by=room.judge)

    assert not Decision.objects.exists()


def test_a_manager_sees_the_band_first_then_the_oldest():
    room = make_room(items=3)
    Seat.objects.filter(task=room.tasks[0]).update(place=2**40)

    order = list(waiting_for(room.judge, room.project))

    assert order == [room.tasks[1], room.tasks[2], room.tasks[0]]
