import pytest

from labeling.actions.adjudication import check_opened, decide, open_for_adjudication
from labeling.actions.rechecks import judge_again, open_for_recheck, waiting_recheck
from labeling.enums import RecheckKind, Role, TaskState
from labeling.models import Decision, Opening, Recheck
from labeling.queries.adjudication import judge_agreement, rechecks_for
from reviewapp.common.errors import Conflict, NotAllowed
from tests.factories import make_member
from tests.labeling.disputes import make_room

pytestmark = pytest.mark.django_db


def always():
    return 0.0


def never():
    return 0.999


def drawn(room, codes=("crm",)):
    """The room's task settled by its judge and drawn for a second look, and somebody to take that."""
    decide(task=room.opened(), labels=room.labels(*codes), rationale="", by=room.judge, chance=always)
    return room.task.rechecks.get(), make_member(room.project, Role.ADJUDICATOR)


def test_a_share_of_decisions_is_drawn_for_a_second_judge():
    room = make_room(items=2, second_share=0.1)

    decide(task=room.opened(task=room.tasks[0]), labels=[], rationale="", by=room.judge, chance=lambda: 0.09)
    decide(task=room.opened(task=room.tasks[1]), labels=[], rationale="", by=room.judge, chance=lambda: 0.1)

    assert [(one.task, one.kind) for one in Recheck.objects.all()] == [(room.tasks[0], RecheckKind.SECOND)]


def test_deciding_again_draws_no_second_time():
    room = make_room(second_share=1)
    drawn(room)

    decide(task=room.task, labels=[], rationale="", by=room.judge, chance=always)

    assert Recheck.objects.count() == 1


def test_a_share_of_agreements_is_drawn_for_an_audit_and_no_dispute():
    agreed = make_room(["crm"], ["crm"], items=2, audit_share=0.5, chance=iter([0.4, 0.6]).__next__)
    make_room(["crm"], ["erp"], audit_share=1, chance=always)

    assert [(one.task, one.kind) for one in Recheck.objects.all()] == [(agreed.tasks[0], RecheckKind.AUDIT)]


def test_a_share_of_nothing_draws_nothing():
    make_room(["crm"], ["crm"], audit_share=0, chance=always)

    assert not Recheck.objects.exists()


def test_neither_decider_nor_rater_nor_who_could_know_takes_a_second_look():
    room = make_room(second_share=1)
    recheck, _ = drawn(room)
    make_member(room.project, Role.ADJUDICATOR, user=room.raters[0])
    both = make_member(room.project, Role.ADJUDICATOR, Role.ANALYST)
    manager = make_member(room.project, Role.MANAGER)

    for person in (room.judge, room.raters[0], both, manager):
        with pytest.raises(NotAllowed):
            open_for_recheck(task=recheck.task, by=person)
    for person in (room.judge, room.raters[0]):
        assert not rechecks_for(person, room.project).exists()
    assert Opening.objects.count() == 1


def test_while_a_second_look_waits_nobody_but_the_decider_sees_the_decision():
    room = make_room(second_share=1)
    _, other = drawn(room)

    with pytest.raises(NotAllowed, match="blind"):
        open_for_adjudication(task=room.task, by=other)
    open_for_recheck(task=room.task, by=other)
    room.task.refresh_from_db()
    with pytest.raises(NotAllowed, match="blind"):
        check_opened(task=room.task, by=other)

    check_opened(task=room.task, by=room.judge)


def test_an_equal_second_answer_changes_nothing_but_is_counted():
    room = make_room(second_share=1)
    recheck, other = drawn(room)
    open_for_recheck(task=room.task, by=other)

    done = judge_again(recheck=recheck, labels=room.labels("crm"), rationale="", by=other)

    room.task.refresh_from_db()
    assert (done.agrees, done.labels, room.task.state) == (True, ["crm"], TaskState.SETTLED)
    assert Decision.objects.count() == 1
    share = judge_agreement(room.project)["second"]
    assert (share.value, share.n) == (1.0, 1)
    assert 0.2 < share.low < share.high <= 1


def test_a_different_second_answer_goes_to_the_manager():
    room = make_room(second_share=1)
    recheck, other = drawn(room)
    open_for_recheck(task=room.task, by=other)

    judge_again(recheck=recheck, labels=room.labels("erp"), rationale="It sells ERP.", by=other)

    room.task.refresh_from_db()
    newest = Decision.objects.get(number=2)
    assert (room.task.state, newest.kind, newest.decided_by) == (TaskState.ESCALATED, "escalated", other)
    assert newest.rationale == "It sells ERP. Second opinion: erp."
    assert judge_agreement(room.project)["second"].value == 0.0


def test_an_audit_that_differs_corrects_the_agreement():
    room = make_room(["crm"], ["crm"], audit_share=1, chance=always)
    open_for_recheck(task=room.task, by=room.judge)

    judge_again(recheck=Recheck.objects.get(), labels=room.labels("erp"), rationale="Both slipped.", by=room.judge)

    room.task.refresh_from_db()
    newest = Decision.objects.get(number=2)
    assert (room.task.state, room.task.decisions_made, newest.kind) == (TaskState.SETTLED, 2, "adjudicated")
    assert [label.code for label in newest.labels.all()] == ["erp"]
    assert {one.label.code: one.applies for one in newest.rulings.all()} == {"crm": False, "erp": True}


def test_a_second_look_needs_opening_and_is_taken_once():
    room = make_room(second_share=1)
    recheck, other = drawn(room)
    third = make_member(room.project, Role.ADJUDICATOR)

    with pytest.raises(NotAllowed):
        judge_again(recheck=recheck, labels=[], rationale="", by=other)
    for person in (other, third):
        open_for_recheck(task=room.task, by=person)
    judge_again(recheck=recheck, labels=room.labels("crm"), rationale="", by=other)
    with pytest.raises(Conflict):
        judge_again(recheck=recheck, labels=[], rationale="", by=third)

    assert Recheck.objects.get().done_by == other


def test_without_a_drawn_look_there_is_none_to_take():
    room = make_room()
    decide(task=room.opened(), labels=[], rationale="", by=room.judge, chance=never)
    room.task.refresh_from_db()

    with pytest.raises(Conflict):
        waiting_recheck(task=room.task, by=make_member(room.project, Role.ADJUDICATOR))
