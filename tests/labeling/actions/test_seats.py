from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.seats import add_seats, claim_seat, free_expired_leases, free_leases_of, release_seat, skip_task
from labeling.enums import Role, RoundState, SeatState, SkipReason, TaskState
from labeling.models import AuditEvent, Seat, Skip
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed
from tests.factories import make_items, make_member, make_project, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def submit(seat, by, labels=()):
    return submit_annotation(seat=seat, receipt=hand_out(seat, by), answer=Answer(labels=list(labels)), by=by)


def test_claim_hands_out_tasks_in_order_and_each_once(project):
    in_round = make_round(project, make_items(project, 3), raters=1)
    ana = make_member(project, Role.ANNOTATOR)

    tasks = []
    while seat := claim_seat(in_round=in_round, by=ana):
        tasks.append(seat.task_id)
        submit(seat, ana)

    assert tasks == list(in_round.tasks.order_by("pk").values_list("pk", flat=True))


def test_claim_again_gives_the_seat_already_held(project):
    in_round = make_round(project)
    ana = make_member(project, Role.ANNOTATOR)

    first, second = claim_seat(in_round=in_round, by=ana), claim_seat(in_round=in_round, by=ana)

    assert first == second
    assert Seat.objects.filter(rater=ana).count() == 1


def test_two_raters_share_a_task_and_a_third_does_not(project):
    in_round = make_round(project, make_items(project, 1), raters=2)
    raters = [make_member(project, Role.ANNOTATOR) for _ in range(3)]

    seats = [claim_seat(in_round=in_round, by=rater) for rater in raters]

    assert {seat.number for seat in seats[:2]} == {1, 2}
    assert seats[2] is None


def test_claim_costs_the_same_however_much_the_rater_has_finished(project, django_assert_num_queries):
    in_round = make_round(project, make_items(project, 30), raters=2)
    ana = make_member(project, Role.ANNOTATOR)
    while seat := claim_seat(in_round=in_round, by=ana):
        submit(seat, ana)

    reads_of_the_clock = 1 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(7 + reads_of_the_clock):
        assert claim_seat(in_round=in_round, by=ana) is None
    plan = Seat.objects.filter(round=in_round, state=SeatState.OPEN, place__gt=29).explain()

    assert "SCAN" not in plan.upper().replace("INDEX SCAN", "").replace("BITMAP HEAP SCAN", "").replace("SEQ SCAN", "")


def test_a_seat_that_came_back_behind_the_cursor_is_found(project):
    in_round = make_round(project, make_items(project, 2), raters=1)
    ana, ben = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    held_by_ben = claim_seat(in_round=in_round, by=ben)
    submit(claim_seat(in_round=in_round, by=ana), ana)
    assert claim_seat(in_round=in_round, by=ana) is None

    release_seat(seat=held_by_ben, by=ben)

    assert claim_seat(in_round=in_round, by=ana) == held_by_ben


def test_an_expired_lease_goes_to_the_next_rater(project):
    in_round = make_round(project, make_items(project, 1), raters=1)
    ana, ben = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=ana)
    Seat.objects.filter(pk=seat.pk).update(leased_until=clock.now() - timedelta(seconds=1))

    taken = claim_seat(in_round=in_round, by=ben)

    assert taken == seat
    assert taken.rater == ben


def test_free_expired_leases_only_frees_the_expired(project):
    in_round = make_round(project, make_items(project, 2), raters=1)
    ana, ben = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    old, fresh = claim_seat(in_round=in_round, by=ana), claim_seat(in_round=in_round, by=ben)
    Seat.objects.filter(pk=old.pk).update(leased_until=clock.now() - timedelta(seconds=90))

    assert free_expired_leases() == 1

    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.state, old.came_back, fresh.state) == (SeatState.OPEN, True, SeatState.LEASED)


def test_skip_reopens_the_seat_to_others_but_not_to_the_skipper(project):
    in_round = make_round(project, make_items(project, 1), raters=1)
    ana, ben = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=ana)

    skip_task(seat=seat, reason=SkipReason.NOT_MY_FIELD, by=ana)

    assert claim_seat(in_round=in_round, by=ana) is None
    assert claim_seat(in_round=in_round, by=ben) == seat
    assert Skip.objects.get().reason == SkipReason.NOT_MY_FIELD


def test_two_skips_pass_the_task_to_the_manager(project):
    in_round = make_round(project, make_items(project, 1), raters=1)
    for rater in [make_member(project, Role.ANNOTATOR) for _ in range(2)]:
        skip_task(seat=claim_seat(in_round=in_round, by=rater), reason=SkipReason.UNREADABLE, by=rater)

    assert in_round.tasks.get().state == TaskState.ESCALATED


def test_skip_of_somebody_elses_seat_is_refused_and_writes_nothing(project):
    in_round = make_round(project, make_items(project, 1), raters=1)
    ana, ben = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=ana)

    with pytest.raises(NotAllowed):
        skip_task(seat=seat, reason=SkipReason.OTHER, by=ben)

    assert not Skip.objects.exists()
    assert Seat.objects.get(pk=seat.pk).rater == ana


@pytest.mark.parametrize("extra", [Role.MANAGER, Role.ANALYST, Role.ENGINEER])
def test_whoever_sees_answers_or_predictions_gets_no_seat_in_a_blind_round(project, extra):
    in_round = make_round(project)
    both = make_member(project, Role.ANNOTATOR, extra)

    with pytest.raises(NotAllowed):
        claim_seat(in_round=in_round, by=both)

    assert not Seat.objects.filter(rater=both).exists()


def test_a_closed_round_hands_out_nothing(project):
    in_round = make_round(project, state=RoundState.CLOSED, closed_at=clock.now())
    ana = make_member(project, Role.ANNOTATOR)

    with pytest.raises(NotAllowed, match="closed"):
        claim_seat(in_round=in_round, by=ana)


def test_leaving_frees_leases_and_keeps_what_was_submitted(project):
    in_round = make_round(project, make_items(project, 2), raters=1)
    ana = make_member(project, Role.ANNOTATOR)
    submit(claim_seat(in_round=in_round, by=ana), ana)
    claim_seat(in_round=in_round, by=ana)

    assert free_leases_of(rater=ana) == 1

    assert list(Seat.objects.order_by("place").values_list("state", flat=True)) == [SeatState.SUBMITTED, SeatState.OPEN]


def test_add_seats_asks_one_more_rater_up_to_the_maximum(project):
    in_round = make_round(project, make_items(project, 1), raters=1)
    manager = make_member(project, Role.MANAGER)
    ana, ben = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    submit(claim_seat(in_round=in_round, by=ana), ana)
    assert claim_seat(in_round=in_round, by=ben) is None

    added = add_seats(tasks=in_round.tasks.all(), in_round=in_round, by=manager, reason="a second look")

    assert added == 1
    assert claim_seat(in_round=in_round, by=ben).number == 2
    assert claim_seat(in_round=in_round, by=ana) is None
    for _ in range(10):
        add_seats(tasks=in_round.tasks.all(), in_round=in_round, by=manager, reason="more")
    assert Seat.objects.count() == in_round.max_raters
    assert AuditEvent.objects.filter(kind="round.seats_added").count() == 11


def test_the_database_refuses_a_rater_twice_on_one_task(project):
    in_round = make_round(project, make_items(project, 1), raters=2)
    ana = make_member(project, Role.ANNOTATOR)
    claim_seat(in_round=in_round, by=ana)
    other = Seat.objects.get(state=SeatState.OPEN)

    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.filter(pk=other.pk).update(state=SeatState.LEASED, rater=ana, leased_until=clock.now())


def test_the_database_refuses_a_second_seat_of_one_number(project):
    in_round = make_round(project, make_items(project, 1), raters=1)
    seat = Seat.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(task=seat.task, round=in_round, number=1, place=7)


def test_the_database_refuses_a_lease_without_a_rater(project):
    make_round(project, make_items(project, 1), raters=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.update(state=SeatState.LEASED, leased_until=clock.now())


def test_whoever_answered_late_is_not_handed_the_item_again():
    project = make_project()
    made = make_round(project, make_items(project, 1), raters=2)
    ana, ben, cy = (make_member(project, Role.ANNOTATOR) for _ in range(3))
    seat = claim_seat(in_round=made, by=ana)
    release_seat(seat=seat, by=ana)
    assert claim_seat(in_round=made, by=ben) == seat
    late = submit_annotation(seat=seat, receipt=hand_out(seat, ana), answer=Answer(labels=[]), by=ana)
    release_seat(seat=claim_seat(in_round=made, by=cy), by=cy)  # comes back, where Ana's queue begins

    again = claim_seat(in_round=made, by=ana)

    assert late.is_counted is False
    assert again is None


@pytest.mark.parametrize("state", [TaskState.ESCALATED, TaskState.SETTLED])
def test_what_the_manager_has_or_settled_is_handed_to_nobody(project, state):
    in_round = make_round(project, make_items(project, 2), raters=2)
    first, second = in_round.tasks.order_by("pk")
    for _ in range(2):
        rater = make_member(project, Role.ANNOTATOR)
        skip_task(seat=claim_seat(in_round=in_round, by=rater), reason=SkipReason.UNREADABLE, by=rater)
    first.refresh_from_db()
    assert first.state == TaskState.ESCALATED
    first.state, first.settled_at = state, clock.now()
    first.save()

    seat = claim_seat(in_round=in_round, by=make_member(project, Role.ANNOTATOR))

    assert seat.task == second
