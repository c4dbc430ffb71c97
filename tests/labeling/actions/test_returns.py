from datetime import timedelta
from uuid import UUID

import pytest

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.returns import return_to_rater
from labeling.actions.seats import claim_seat, free_expired_leases
from labeling.actions.settling import settle_due_tasks
from labeling.enums import DecisionKind, ReturnReason, Role, SeatState, TaskState
from labeling.models import Annotation, Decision, Draft, Opening, Return, Revision, Round, Seat
from labeling.visibility import answer_called, answers_to_adjudicate
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member
from tests.labeling.disputes import answer, make_room

pytestmark = pytest.mark.django_db


def returned(room, reason=ReturnReason.EVIDENCE_MISSING):
    task = room.opened()
    return return_to_rater(task=task, who="A", reason=reason, by=room.judge)


def test_the_rater_holds_the_seat_again_with_their_answer_as_draft():
    room = make_room()

    back = returned(room)

    annotation = Annotation.objects.get(pk=back.annotation_id)
    seat = claim_seat(in_round=room.round, by=annotation.rater)
    room.task.refresh_from_db()
    assert (annotation.independent_revision, annotation.taken_back_at) == (1, back.returned_at)
    assert (seat.task, seat.state) == (room.task, SeatState.LEASED)
    assert seat.leased_until - back.returned_at == timedelta(days=7)
    assert len(Draft.objects.get(rater=annotation.rater).content["labels"]) == 1
    assert (room.task.state, room.task.due_at) == (TaskState.OPEN, None)
    assert Opening.objects.get().held_until is None


def test_the_new_answer_is_marked_and_always_goes_to_a_person():
    room = make_room()
    rater = returned(room).annotation.rater
    other = Annotation.objects.exclude(rater=rater).get()
    same = list(other.revisions.get().labels.all())

    seat = claim_seat(in_round=room.round, by=rater)
    submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=same), by=rater)
    settle_due_tasks()

    room.task.refresh_from_db()
    assert room.task.state == TaskState.DISPUTED
    assert not Decision.objects.filter(kind=DecisionKind.AGREED).exists()
    seen = {one.who: one for one in answers_to_adjudicate(task=room.task, viewer=room.judge)}
    assert len(seen["A"].before_return) == 1
    assert set(seen["A"].before_return) != set(seen["A"].labels)
    assert seen["B"].before_return is None


def test_a_returned_answer_that_never_comes_back_leaves_its_seat_to_another_rater():
    room = make_room()
    returned(room)
    Seat.objects.filter(state=SeatState.LEASED).update(leased_until=clock.now() - timedelta(days=1))
    free_expired_leases()

    other = answer(room.round, make_member(room.project, Role.ANNOTATOR), ["crm"])
    settle_due_tasks()

    room.task.refresh_from_db()
    assert room.task.state != TaskState.OPEN
    assert Annotation.objects.filter(is_counted=True).count() == 2
    assert other.is_counted


def test_agreement_is_measured_on_what_was_said_before():
    room = make_room()
    back = returned(room)
    rater = back.annotation.rater

    seat = claim_seat(in_round=room.round, by=rater)
    submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=[]), by=rater)

    annotation = Annotation.objects.get(pk=back.annotation_id)
    assert (annotation.revision, annotation.independent_revision, annotation.is_counted) == (2, 1, True)


def test_an_answer_goes_back_more_than_once_and_keeps_its_first_independent_revision():
    room = make_room()
    rater = returned(room).annotation.rater
    seat = claim_seat(in_round=room.round, by=rater)
    submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=[]), by=rater)
    settle_due_tasks()

    again = returned(room, ReturnReason.GUIDELINE_CHANGED)

    assert again.revision == 2
    assert Annotation.objects.get(pk=again.annotation_id).independent_revision == 1


@pytest.mark.parametrize(("who", "reason", "refusal"), [("A", "because", Refused), ("Z", "unreadable", NotAllowed)])
def test_only_fixed_reasons_and_answers_that_are_there(who, reason, refusal):
    room = make_room()
    task = room.opened()

    with pytest.raises(refusal):
        return_to_rater(task=task, who=who, reason=reason, by=room.judge)

    assert not Return.objects.exists()


def test_nothing_goes_back_unopened_or_after_the_round():
    room = make_room()

    with pytest.raises(NotAllowed):
        return_to_rater(task=room.task, who="A", reason=ReturnReason.UNREADABLE, by=room.judge)
    room.opened()
    Round.objects.update(state="closed", closed_at=clock.now())
    with pytest.raises(NotAllowed):
        return_to_rater(task=room.task, who="A", reason=ReturnReason.UNREADABLE, by=room.judge)

    assert not Return.objects.exists()
    assert answer_called("A", task=room.task, viewer=room.judge).taken_back_at is None


@pytest.mark.parametrize("mirror", [False, True])
def test_letters_stay_when_a_late_answer_comes_in(mirror):
    room = make_room()
    room.opened()
    Opening.objects.update(mirror=mirror)
    before = [answer_called(who, task=room.task, viewer=room.judge).pk for who in "AB"]
    for place in ("0" * 32, "f" * 32):
        late = make_member(room.project, Role.ANNOTATOR)
        answer = Annotation.objects.create(
            public_id=UUID(place), task=room.task, rater=late, is_counted=False, submitted_at=clock.now()
        )
        Revision.objects.create(annotation=answer, number=1, created_at=clock.now())

    after = [answer_called(who, task=room.task, viewer=room.judge).pk for who in "AB"]

    assert after == before
