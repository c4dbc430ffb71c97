from datetime import date, timedelta

import pytest

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.progress import (
    adopt_guideline,
    free_lease,
    pause_project,
    pause_round,
    reassign_lease,
    resume_project,
    resume_round,
    set_due,
)
from labeling.actions.rounds import close_round, set_band
from labeling.actions.seats import claim_seat
from labeling.enums import Role, SeatState, SkipReason
from labeling.models import AuditEvent, Guideline, Membership, Opening, Round, Skip
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_round
from tests.known import answer, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def manager(project):
    return make_member(project, Role.MANAGER)


@pytest.fixture
def in_round(project):
    return make_round(project, make_items(project, 1))


@pytest.fixture
def ana(project):
    return make_member(project, Role.ANNOTATOR)


@pytest.fixture
def ben(project):
    return make_member(project, Role.ANNOTATOR)


def events(kind):
    return AuditEvent.objects.filter(kind=kind).count()


def test_a_round_is_paused_once_and_resumed_once(in_round, manager):
    paused = [pause_round(in_round=in_round, by=manager).paused_at for _ in range(2)]
    resumed = [resume_round(in_round=in_round, by=manager).paused_at for _ in range(2)]

    assert paused[0] == paused[1] is not None
    assert resumed == [None, None]
    assert (events("round.paused"), events("round.resumed")) == (1, 1)


def test_a_project_is_paused_once_and_resumed_once(project, manager):
    paused = [pause_project(project=project, by=manager).paused_at for _ in range(2)]
    resumed = [resume_project(project=project, by=manager).paused_at for _ in range(2)]

    assert paused[0] == paused[1] is not None
    assert resumed == [None, None]
    assert (events("project.paused"), events("project.resumed")) == (1, 1)


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.ENGINEER, Role.ANALYST])
def test_only_managers_steer(project, in_round, ana, ben, role):
    other = make_member(project, role)
    seat = claim_seat(in_round=in_round, by=ana)
    Guideline.objects.create(project=project, number=1, text="a")
    before = AuditEvent.objects.count()

    for refused in (
        lambda: pause_round(in_round=in_round, by=other),
        lambda: pause_project(project=project, by=other),
        lambda: set_due(in_round=in_round, due_on=date(2030, 1, 1), by=other),
        lambda: adopt_guideline(in_round=in_round, by=other),
        lambda: free_lease(seat=seat, holder=ana, by=other),
        lambda: reassign_lease(seat=seat, holder=ana, to=ben, by=other),
    ):
        with pytest.raises(NotAllowed):
            refused()

    in_round.refresh_from_db()
    seat.refresh_from_db()
    assert (in_round.paused_at, in_round.due_on, in_round.guideline) == (None, None, None)
    assert seat.rater == ana
    assert AuditEvent.objects.count() == before


def test_a_round_that_ended_is_not_steered(project, in_round, manager):
    Guideline.objects.create(project=project, number=1, text="a")
    close_round(in_round=in_round, by=manager)

    for refused in (
        lambda: pause_round(in_round=in_round, by=manager),
        lambda: set_due(in_round=in_round, due_on=date(2030, 1, 1), by=manager),
        lambda: adopt_guideline(in_round=in_round, by=manager),
        lambda: set_band(
            in_round=Round.objects.get(pk=in_round.pk), tasks=list(in_round.tasks.all()), band=3, by=manager
        ),
    ):
        with pytest.raises(NotAllowed):
            refused()

    in_round.refresh_from_db()
    assert (in_round.paused_at, in_round.due_on, in_round.guideline) == (None, None, None)
    assert in_round.seats.first().place < 1 << 40


def test_the_due_day_is_on_record(in_round, manager):
    for _ in range(2):
        set_due(in_round=in_round, due_on=date(2030, 1, 31), by=manager)

    event = AuditEvent.objects.get(kind="round.due_set")
    assert (event.before, event.after) == ({"due_on": None}, {"due_on": "2030-01-31"})
    assert Round.objects.get(pk=in_round.pk).due_on == date(2030, 1, 31)


def test_an_open_round_adopts_the_newest_guideline(project, in_round, manager):
    first, second = (Guideline.objects.create(project=project, number=number, text="a") for number in (1, 2))
    Round.objects.filter(pk=in_round.pk).update(guideline=first)

    for _ in range(2):
        adopt_guideline(in_round=in_round, by=manager)

    in_round.refresh_from_db()
    event = AuditEvent.objects.get(kind="round.guideline_adopted")
    assert in_round.guideline == second
    assert (event.before, event.after) == ({"guideline": 1}, {"guideline": 2})


def test_there_must_be_a_guideline_to_adopt(in_round, manager):
    with pytest.raises(Refused, match="no guidelines"):
        adopt_guideline(in_round=in_round, by=manager)


def test_a_freed_seat_goes_to_whoever_comes_next(in_round, manager, ana, ben):
    seat = claim_seat(in_round=in_round, by=ana)

    assert [free_lease(seat=seat, holder=ana, by=manager) for _ in range(2)] == [True, False]

    seat.refresh_from_db()
    assert (seat.state, seat.rater, seat.came_back) == (SeatState.OPEN, None, True)
    assert claim_seat(in_round=in_round, by=ben) == seat
    assert events("seat.freed") == 1


def test_a_page_that_is_out_of_date_frees_nobody_elses_seat(in_round, manager, ana, ben):
    seat = claim_seat(in_round=in_round, by=ana)
    free_lease(seat=seat, holder=ana, by=manager)
    claim_seat(in_round=in_round, by=ben)

    assert free_lease(seat=seat, holder=ana, by=manager) is False

    seat.refresh_from_db()
    assert seat.rater == ben


def test_work_on_a_freed_seat_still_counts(in_round, manager, ana):
    seat = claim_seat(in_round=in_round, by=ana)
    receipt = hand_out(seat, ana)
    free_lease(seat=seat, holder=ana, by=manager)

    annotation = submit_annotation(seat=seat, receipt=receipt, answer=Answer(labels=[]), by=ana)

    assert annotation.is_counted


def test_a_reassigned_seat_is_the_other_raters(in_round, manager, ana, ben):
    seat = claim_seat(in_round=in_round, by=ana)
    before = clock.now()

    assert [reassign_lease(seat=seat, holder=ana, to=ben, by=manager) for _ in range(2)] == [True, False]

    seat.refresh_from_db()
    event = AuditEvent.objects.get(kind="seat.reassigned")
    assert (seat.state, seat.rater) == (SeatState.LEASED, ben)
    assert seat.leased_until >= before + timedelta(seconds=in_round.lease_seconds)
    assert event.after == {"rater": str(ben.public_id)}
    assert claim_seat(in_round=in_round, by=ben) == seat


def hold_another_seat(task, rater):
    claim_seat(in_round=task.round, by=rater)


def skip(task, rater):
    Skip.objects.create(task=task, rater=rater, reason=SkipReason.OTHER, created_at=clock.now())


def open_it(task, rater):
    Opening.objects.create(task=task, user=rater, opened_at=clock.now(), mirror=False)


def leave(task, rater):
    Membership.objects.filter(user=rater).delete()


def see_answers(task, rater):
    Membership.objects.create(project=task.round.project, user=rater, role=Role.ANALYST)


@pytest.mark.parametrize("do", [hold_another_seat, skip, open_it, leave, see_answers])
def test_a_seat_is_not_given_to_whoever_may_not_rate_the_item(in_round, manager, ana, ben, do):
    seat = claim_seat(in_round=in_round, by=ana)
    do(seat.task, ben)

    with pytest.raises(NotAllowed):
        reassign_lease(seat=seat, holder=ana, to=ben, by=manager)

    seat.refresh_from_db()
    assert seat.rater == ana
    assert events("seat.reassigned") == 0


def test_where_groups_must_differ_a_seat_stays_out_of_a_group_that_has_one(project, manager):
    ana, ben, cleo, dan = (make_member(project, Role.ANNOTATOR, group=group) for group in ("x", "y", "y", "z"))
    in_round = make_round(project, make_items(project, 1), distinct_groups=True)
    one, other = in_round.seats.order_by("number")
    until = clock.now() + timedelta(minutes=5)
    for seat, rater, group in ((one, ana, "x"), (other, ben, "y")):
        type(seat).objects.filter(pk=seat.pk).update(
            state=SeatState.LEASED, rater=rater, group=group, leased_until=until
        )

    with pytest.raises(NotAllowed, match="group"):
        reassign_lease(seat=one, holder=ana, to=cleo, by=manager)
    reassign_lease(seat=one, holder=ana, to=dan, by=manager)

    one.refresh_from_db()
    assert (one.rater, one.group) == (dan, "z")


def test_a_hidden_check_is_not_given_to_whoever_met_its_item_before(project, in_round, manager, ana, ben):
    item = in_round.tasks.get().item
    earlier = make_round(project, [item], taxonomy=in_round.taxonomy_version)
    answer(claim_seat(in_round=earlier, by=ben), ben, "crm")
    in_round.tasks.update(gold=make_release(project, items=[item]).entries.get())
    seat = claim_seat(in_round=in_round, by=ana)

    with pytest.raises(NotAllowed, match="has worked on this item"):
        reassign_lease(seat=seat, holder=ana, to=ben, by=manager)

    seat.refresh_from_db()
    assert seat.rater == ana
