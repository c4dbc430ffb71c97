from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from labeling import tasks
from labeling.actions import seats as seats_module
from labeling.actions.checks import add_checks, lift_pause, review_checks, review_open_rounds
from labeling.actions.rounds import BAND_BITS, set_band
from labeling.actions.seats import claim_seat
from labeling.actions.settling import settle_due_tasks
from labeling.actions.training import make_training_round, seat_for_trainee
from labeling.enums import Role, SeatState, TaskState
from labeling.models import AuditEvent, Guideline, Opening, RaterPause, Seat, Task
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy
from tests.known import answer, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_taxonomy(project)
    return project


def add(in_round, release, **options):
    options = {"seed": 1, "by": None, **options}
    if "share" not in options:
        options.setdefault("number", 3)
    return add_checks(in_round=in_round, release=release, **options)


def answer_all(in_round, rater, *codes, most=100):
    """The tasks answered until there is nothing left for the rater."""
    met = []
    while len(met) < most and (seat := claim_seat(in_round=in_round, by=rater)):
        met.append(seat.task)
        answer(seat, rater, *codes)
    return met


def test_checks_look_like_any_other_task_of_the_round(project):
    in_round, release = make_round(project, make_items(project, 5)), make_release(project)

    assert add(in_round, release) == 3

    checks = in_round.tasks.filter(gold__isnull=False)
    assert {task.weight for task in checks} == {1.0}
    assert in_round.tasks.real().count() == 5
    for task in checks:
        assert list(task.seats.order_by("number").values_list("number", "state")) == [(1, "open"), (2, "open")]
        assert len(set(task.seats.values_list("place", flat=True))) == 1


def test_a_share_is_of_the_rounds_own_items(project):
    in_round, release = make_round(project, make_items(project, 10)), make_release(project)

    assert add(in_round, release, share=0.2) == 2


def test_checks_lie_in_the_bands_that_other_items_have(project):
    in_round, release = make_round(project), make_release(project)
    set_band(in_round=in_round, tasks=list(in_round.tasks.all()), band=4, by=make_member(project, Role.MANAGER))

    add(in_round, release)

    assert {place >> BAND_BITS for place in in_round.seats.values_list("place", flat=True)} == {4}


def test_held_out_gold_is_never_a_check(project):
    in_round, release = make_round(project), make_release(project, split="test")

    with pytest.raises(Refused, match="0 items"):
        add(in_round, release)

    assert not Task.objects.filter(gold__isnull=False).exists()


def test_items_of_the_round_equal_texts_and_worked_examples_are_left_out(project):
    items = make_items(project, 4)
    items[1].text_digest = items[3].text_digest
    items[1].save()
    example = {"item": items[2].external_id}
    guideline = Guideline.objects.create(project=project, number=1, text="x", examples=[example])
    release = make_release(project, items=items[:3])
    in_round = make_round(project, [items[0], items[3]], guideline=guideline)

    with pytest.raises(Refused, match="0 items"):
        add(in_round, release, number=1)


@pytest.mark.parametrize(
    "options", [{"number": 7}, {"number": 0}, {"share": 0.0}, {"share": 0.5, "number": 2}, {"number": None}]
)
def test_numbers_that_cannot_be(project, options):
    in_round, release = make_round(project), make_release(project)

    with pytest.raises(Refused):
        add(in_round, release, **options)

    assert not Task.objects.filter(gold__isnull=False).exists()


def test_another_projects_gold_and_a_closed_round_are_refused(project):
    elsewhere = make_project()
    make_taxonomy(elsewhere)

    with pytest.raises(Refused, match="another project"):
        add(make_round(project), make_release(elsewhere))
    with pytest.raises(NotAllowed, match="open rounds"):
        add(make_round(project, state="closed", closed_at=clock.now()), make_release(project))
    with pytest.raises(NotAllowed):
        add(make_round(project), make_release(project, name="g"), by=make_member(project, Role.ANNOTATOR))

    assert not Task.objects.filter(gold__isnull=False).exists()


def test_a_check_is_never_settled_or_disputed(project):
    in_round, release = make_round(project, [], raters=2), make_release(project)
    add(in_round, release)
    for codes in (["crm"], ["erp"]):
        answer_all(in_round, make_member(project, Role.ANNOTATOR), *codes)

    settle_due_tasks()

    assert set(in_round.tasks.values_list("state", flat=True)) == {TaskState.OPEN}


def test_nobody_gets_a_check_of_an_item_they_met_before(project):
    release = make_release(project, 4)
    known = release.entries.order_by("pk")
    ann, ben = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    answer_all(make_round(project, [known[0].item], raters=1), ann, "erp")
    trained = make_training_round(
        project=project, name="T", release=release, split="dev", size=1, bar=0.5, seed=0, by=None
    )
    seat = seat_for_trainee(in_round=trained, by=ann)
    answer(seat, ann, "crm")
    judged = make_round(project, [known[1].item]).tasks.get()
    Opening.objects.create(task=judged, user=ann, mirror=False, opened_at=clock.now())
    in_round = make_round(project, [])
    add(in_round, release, number=4)

    met, others = answer_all(in_round, ann, "crm"), answer_all(in_round, ben, "crm")

    assert {task.item_id for task in met} == {entry.item_id for entry in known} - {
        known[0].item_id, known[1].item_id, seat.task.item_id,
    }  # fmt: skip
    assert len(others) == 4


def checked_round(project, **fields):
    fields = {"check_bar": 0.6, "check_least": 3, **fields}
    in_round = make_round(project, make_items(project, 2), raters=3, **fields)
    add(in_round, make_release(project))
    return in_round


def later(monkeypatch, **period):
    moment = clock.now() + timedelta(**period)
    monkeypatch.setattr("reviewapp.common.clock.now", lambda: moment)


def test_whoever_falls_below_the_bar_is_paused_and_reads_nothing_of_checks(project):
    in_round = checked_round(project)
    good, bad = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    answer_all(in_round, good, "crm")
    answer_all(in_round, bad, "erp")

    assert review_open_rounds() == 1
    assert review_open_rounds() == 0

    pause = RaterPause.objects.get()
    assert (pause.rater, pause.reason) == (bad, "Likeness 0.000 on 3 hidden checks, below 0.600.")
    assert AuditEvent.objects.filter(kind="rater.paused").count() == 1
    with pytest.raises(NotAllowed) as refusal:
        claim_seat(in_round=in_round, by=bad)
    assert str(refusal.value) == "You have no items in this round at the moment. Ask your manager."
    assert claim_seat(in_round=in_round, by=good) is None


def test_the_sweep_reviews_and_an_answer_by_itself_does_not(project, settings):
    in_round = checked_round(project)
    rater = make_member(project, Role.ANNOTATOR)
    answer_all(in_round, rater, "erp")
    assert not RaterPause.objects.exists()

    tasks.review_checks()

    assert RaterPause.objects.get().rater == rater
    assert "labeling.tasks.review_checks" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_too_few_checks_pause_nobody(project):
    in_round = checked_round(project, check_least=4)
    answer_all(in_round, make_member(project, Role.ANNOTATOR), "erp")

    assert review_checks(in_round=in_round) == 0


def test_without_a_bar_nobody_is_paused(project):
    in_round = checked_round(project, check_bar=None)
    answer_all(in_round, make_member(project, Role.ANNOTATOR), "erp")

    assert review_checks(in_round=in_round) == 0


def test_an_answer_that_can_still_be_taken_back_does_not_count_yet(project, monkeypatch):
    in_round = checked_round(project, undo_seconds=600)
    answer_all(in_round, make_member(project, Role.ANNOTATOR), "erp")
    assert review_checks(in_round=in_round) == 0

    later(monkeypatch, seconds=601)

    assert review_checks(in_round=in_round) == 1


def test_work_in_hand_is_taken_from_somebody_who_was_paused(project):
    in_round = checked_round(project)
    rater = make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=rater)
    RaterPause.objects.create(round=in_round, rater=rater, reason="x", paused_at=clock.now())

    assert answer(seat, rater, "crm").is_counted


def test_after_a_lifted_pause_only_newer_answers_count(project, monkeypatch):
    in_round = checked_round(project)
    rater, manager = make_member(project, Role.ANNOTATOR), make_member(project, Role.MANAGER)
    answer_all(in_round, rater, "erp")
    review_checks(in_round=in_round)
    pause = RaterPause.objects.get()

    assert lift_pause(pause=pause, by=manager)
    assert not lift_pause(pause=pause, by=manager)

    assert review_checks(in_round=in_round) == 0
    later(monkeypatch, days=1)
    add(in_round, make_release(project, name="more"), number=3)
    in_round.cursors.update(place=-1)
    answer_all(in_round, rater, "erp")
    assert review_checks(in_round=in_round) == 1
    assert RaterPause.objects.count() == 2


def test_only_managers_lift_a_pause(project):
    in_round, rater = checked_round(project), make_member(project, Role.ANNOTATOR)
    pause = RaterPause.objects.create(round=in_round, rater=rater, reason="x", paused_at=clock.now())

    with pytest.raises(NotAllowed):
        lift_pause(pause=pause, by=rater)

    pause.refresh_from_db()
    assert pause.lifted_at is None


def test_the_raters_of_an_item_come_from_different_groups(project):
    in_round = make_round(project, make_items(project, 2), raters=2, distinct_groups=True)
    ann, amy = (make_member(project, Role.ANNOTATOR, group="product") for _ in range(2))
    ben = make_member(project, Role.ANNOTATOR, group="legal")

    first = claim_seat(in_round=in_round, by=ann)
    second = claim_seat(in_round=in_round, by=amy)
    third = claim_seat(in_round=in_round, by=ben)

    assert (first.group, second.group, third.group) == ("product", "product", "legal")
    assert first.task_id != second.task_id
    assert third.task_id == first.task_id
    answer(second, amy, "crm")
    assert claim_seat(in_round=in_round, by=amy) is None


def test_whoever_is_in_no_group_is_refused_where_groups_count(project):
    in_round, rater = make_round(project, distinct_groups=True), make_member(project, Role.ANNOTATOR)

    with pytest.raises(NotAllowed, match="groups"):
        claim_seat(in_round=in_round, by=rater)

    assert not Seat.objects.filter(rater=rater).exists()


def test_groups_do_not_matter_elsewhere(project):
    in_round = make_round(project, make_items(project, 1), raters=2)
    raters = [make_member(project, Role.ANNOTATOR, group="product") for _ in range(2)]

    seats = [claim_seat(in_round=in_round, by=rater) for rater in raters]

    assert {seat.group for seat in seats} == {None}
    assert len({seat.task_id for seat in seats}) == 1


def test_two_of_one_group_at_the_same_moment_do_not_break_the_claim(project, monkeypatch):
    in_round = make_round(project, make_items(project, 2), raters=2, distinct_groups=True)
    ann = make_member(project, Role.ANNOTATOR, group="product")
    plain, tries = seats_module._lease, []

    def beaten_once(wanted, also):
        tries.append(1)
        if len(tries) == 1:
            raise IntegrityError("seat_group_once")
        return plain(wanted, also)

    monkeypatch.setattr(seats_module, "_lease", beaten_once)

    assert claim_seat(in_round=in_round, by=ann).rater == ann
    assert len(tries) == 2


def test_the_database_refuses_two_of_one_group_on_a_task(project):
    in_round = make_round(project, make_items(project, 1), raters=2, distinct_groups=True)
    ann, amy = (make_member(project, Role.ANNOTATOR, group="product") for _ in range(2))
    claim_seat(in_round=in_round, by=ann)

    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.filter(state=SeatState.OPEN).update(
            state=SeatState.LEASED, rater=amy, group="product", leased_until=clock.now()
        )
