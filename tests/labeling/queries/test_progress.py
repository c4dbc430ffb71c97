from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.seats import claim_seat
from labeling.actions.settling import settle_due_tasks
from labeling.enums import Purpose, Role, SeatState
from labeling.models import Annotation, RaterPause, Round, Seat
from labeling.queries.progress import room_of
from reviewapp.common import clock
from tests.factories import make_items, make_member, make_project, make_round, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def rater(project, name, *roles):
    return make_member(project, *(roles or (Role.ANNOTATOR,)), user=make_user(name=name))


def answer(in_round, by, codes=("crm",), *, days_ago=0, seconds=None):
    seat = claim_seat(in_round=in_round, by=by)
    labels = list(in_round.taxonomy_version.labels.filter(code__in=codes))
    given = submit_annotation(
        seat=seat, receipt=hand_out(seat, by), answer=Answer(labels=labels, seconds=seconds), by=by
    )
    Annotation.objects.filter(pk=given.pk).update(submitted_at=clock.now() - timedelta(days=days_ago))
    return given


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_room_takes_a_fixed_number_of_queries(project, item_count, django_assert_num_queries):
    in_round = make_round(project, make_items(project, item_count * 2))
    for number in range(item_count):
        answer(in_round, rater(project, f"Done {number}"))
        claim_seat(in_round=in_round, by=rater(project, f"Busy {number}"))
    now = clock.now()

    with django_assert_num_queries(18):
        room_of(Round.objects.get(pk=in_round.pk), now=now)


def test_seats_are_open_leased_submitted_or_settled(project):
    in_round = make_round(project, make_items(project, 3))
    ana, ben = rater(project, "Ana"), rater(project, "Ben")
    for by in (ana, ben, ana):
        answer(in_round, by)
    claim_seat(in_round=in_round, by=ben)
    settle_due_tasks()

    counts = room_of(in_round, now=clock.now()).progress

    assert (counts.seats_settled, counts.seats_submitted, counts.seats_leased, counts.seats_open) == (2, 3, 1, 2)


def test_days_and_pace_come_from_the_times_of_the_answers(project):
    in_round = make_round(project, make_items(project, 6), raters=1)
    Round.objects.filter(pk=in_round.pk).update(created_at=clock.now() - timedelta(days=3))
    ana = rater(project, "Ana")
    for days_ago in (3, 3, 1, 0):
        answer(in_round, ana, days_ago=days_ago, seconds=10 + days_ago)
    in_round.refresh_from_db()

    room = room_of(in_round, now=clock.now())

    assert [left.seats for left in room.days] == [4, 4, 3, 2]
    assert room.ahead.pace.value == 1.5
    assert room.ahead.end == timezone.localdate(clock.now()) + timedelta(days=2)
    mine = room.raters[0]
    assert (mine.name, mine.submitted, mine.pace.value, mine.median_seconds) == ("Ana", 4, 1.5, 12)


def test_a_round_of_one_day_has_no_forecast(project):
    in_round = make_round(project, make_items(project, 2))
    answer(in_round, rater(project, "Ana"))

    room = room_of(in_round, now=clock.now())

    assert room.ahead.end is None
    assert room.raters[0].pace.value is None
    assert room.raters[0].median_seconds is None


def test_an_ended_round_looks_back_only(project):
    closed = clock.now() - timedelta(days=2)
    in_round = make_round(project, make_items(project, 1), state="closed", closed_at=closed)
    Round.objects.filter(pk=in_round.pk).update(created_at=closed - timedelta(days=1))
    in_round.refresh_from_db()

    room = room_of(in_round, now=clock.now())

    assert room.ahead is None
    assert room.waits == []
    assert room.days[-1].day == timezone.localdate(closed)


def test_hidden_checks_are_in_no_count(project):
    from labeling.actions.golden import FreezeSpec, import_golden

    in_round = make_round(project, make_items(project, 2), raters=1)
    release = import_golden(
        project=project,
        spec=FreezeSpec("gold", {"dev": 1.0}),
        gold={task.item.external_id: {"labels": ["crm"]} for task in in_round.tasks.select_related("item")},
        by=None,
    )
    ana = rater(project, "Ana")
    given = answer(in_round, ana, seconds=5)
    in_round.tasks.filter(pk=given.task_id).update(gold=release.entries.first())

    room = room_of(in_round, now=clock.now())

    assert (room.progress.seats, room.progress.seats_submitted) == (1, 0)
    assert [left.seats for left in room.days] == [1]
    assert room.raters == []


def test_a_lease_says_since_when_it_is_quiet(project):
    in_round = make_round(project, make_items(project, 1))
    ana, ben = rater(project, "Ana"), rater(project, "Ben")
    for by in (ana, ben):
        claim_seat(in_round=in_round, by=by)
    now = clock.now()
    Seat.objects.filter(rater=ana).update(leased_until=now + timedelta(seconds=in_round.lease_seconds - 720))

    one, other = room_of(in_round, now=now).raters

    assert (one.leases[0].quiet_minutes, one.leases[0].has_run_out) == (12, False)
    assert other.leases[0].quiet_minutes is None
    after = room_of(in_round, now=now + timedelta(hours=2)).raters[0].leases[0]
    assert after.has_run_out


def test_a_seat_is_offered_only_to_those_who_may_take_it(project):
    in_round = make_round(project, make_items(project, 1))
    ana, ben, cleo, dan = (rater(project, name) for name in ("Ana", "Ben", "Cleo", "Dan"))
    rater(project, "Eli", Role.ANNOTATOR, Role.ENGINEER)
    rater(project, "Mo", Role.MANAGER)
    rater(project, "Jo", Role.ADJUDICATOR)
    gone = rater(project, "Gone")
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    answer(in_round, ben)
    claim_seat(in_round=in_round, by=ana)
    RaterPause.objects.create(round=in_round, rater=dan, reason="checks", paused_at=clock.now())

    room = room_of(in_round, now=clock.now())

    lease = next(one for one in room.raters if one.name == "Ana").leases[0]
    assert [taker.name for taker in lease.takers] == ["Cleo", "Jo"]
    assert next(one for one in room.raters if one.name == "Dan").is_paused
    Round.objects.filter(pk=in_round.pk).update(purpose=Purpose.TRAINING)
    training = room_of(Round.objects.get(pk=in_round.pk), now=clock.now())
    lease = next(one for one in training.raters if one.name == "Ana").leases[0]
    assert [taker.name for taker in lease.takers] == ["Cleo", "Eli", "Jo"]
    assert cleo.public_id in {taker.public_id for taker in lease.takers}


def test_who_waits_for_whom(project):
    in_round = make_round(project, make_items(project, 3))
    ana, ben = rater(project, "Ana"), rater(project, "Ben")
    for codes in (("crm",), ("crm",), ("erp",)):
        answer(in_round, ana, codes)
    answer(in_round, ben, ("payroll",))
    claim_seat(in_round=in_round, by=ben)
    settle_due_tasks()

    waits = room_of(in_round, now=clock.now()).waits

    assert [(wait.waited_for, wait.items, wait.raters) for wait in waits] == [
        ("Ben", 1, ("Ana",)),
        ("whoever comes next", 1, ("Ana",)),
        ("an adjudicator", 1, ()),
    ]
    assert waits[0].since == Annotation.objects.get(rater=ana, task__seats__state=SeatState.LEASED).submitted_at


def test_nobody_waits_where_nothing_is_half_done(project):
    in_round = make_round(project, make_items(project, 1))
    claim_seat(in_round=in_round, by=rater(project, "Ana"))

    assert room_of(in_round, now=clock.now()).waits == []
