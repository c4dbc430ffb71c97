from datetime import timedelta

import pytest

from labeling import rules
from labeling.actions.guidelines import write_guideline
from labeling.actions.seats import claim_seat, free_expired_leases, skip_task
from labeling.actions.training import (
    grant_qualification,
    is_guided,
    make_training_round,
    qualify_if_passed,
    revoke_qualification,
    seat_for_trainee,
)
from labeling.enums import Purpose, Role, SkipReason
from labeling.models import AuditEvent, Item, Qualification, Round, Seat
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


@pytest.fixture
def training(project):
    return train(project, make_release(project))


def train(project, release, **options):
    options = {"name": "T", "split": "dev", "size": 4, "bar": 0.75, "seed": 3, "by": None, **options}
    return make_training_round(project=project, release=release, **options)


def work_through(in_round, by, *answers):
    """Answer each item in turn; the items in the order they came."""
    met = []
    for codes in answers:
        seat = seat_for_trainee(in_round=in_round, by=by)
        met.append(seat.task_id)
        answer(seat, by, *codes)
    return met


def later(monkeypatch, **period):
    moment = clock.now() + timedelta(**period)
    monkeypatch.setattr("reviewapp.common.clock.now", lambda: moment)


def test_a_training_has_known_items_and_no_seats(training):
    assert (training.purpose, training.undo_seconds, training.training_bar) == (Purpose.TRAINING, 0, 0.75)
    assert training.tasks.filter(gold__labels=["crm"]).count() == 4
    assert not training.seats.exists()
    assert is_guided(training)


def test_the_text_is_the_one_its_gold_speaks_of(project):
    item = make_items(project, 1)[0]
    release = make_release(project, items=[item])
    item.revisions.create(
        number=1, content={"name": "Old", "attributes": {}, "documents": []}, digest=item.digest,
        text_digest=item.text_digest,
    )  # fmt: skip
    entry = release.entries.get()
    type(item).objects.filter(pk=item.pk).update(revision=2, digest="f" * 64)
    if entry.item_digest != item.digest:
        item.revisions.update(digest=entry.item_digest)

    made = train(project, release, size=1)

    assert made.tasks.get().item_revision == 1


@pytest.mark.parametrize("split", ["test", "nothing"])
def test_held_out_gold_is_refused_and_nothing_is_written(project, split):
    release = make_release(project, split="test")

    with pytest.raises(Refused, match="held-out"):
        train(project, release, split=split)

    assert not Round.objects.exists()


@pytest.mark.parametrize("options", [{"size": 7}, {"size": 0}, {"bar": 1.5}])
def test_a_training_that_cannot_be_is_refused_whole(project, options):
    release = make_release(project)

    with pytest.raises(Refused):
        train(project, release, **options)

    assert not Round.objects.exists()


def test_gold_of_labels_that_are_gone_is_left_out(project):
    release = make_release(project)
    make_taxonomy(project, codes=("erp", "payroll"))

    with pytest.raises(Refused, match="0 items"):
        train(project, release)


def test_only_managers_make_one(project):
    release, rater = make_release(project), make_member(project, Role.ANNOTATOR)

    with pytest.raises(NotAllowed):
        train(project, release, by=rater)

    assert not Round.objects.exists()


def test_each_trainee_gets_each_item_once_in_an_order_of_their_own(training, project):
    orders = set()
    for _ in range(4):
        trainee = make_member(project, Role.ANNOTATOR)
        met = work_through(training, trainee, *[["crm"]] * 4)
        assert sorted(met) == sorted(training.tasks.values_list("pk", flat=True))
        assert seat_for_trainee(in_round=training, by=trainee) is None
        orders.add(tuple(met))

    assert len(orders) > 1
    assert {seat.number for seat in Seat.objects.filter(task=training.tasks.first())} == {1, 2, 3, 4}


def test_a_trainee_holds_one_seat_at_a_time(training, project):
    trainee = make_member(project, Role.ANNOTATOR)

    first, second = (seat_for_trainee(in_round=training, by=trainee) for _ in range(2))

    assert first == second
    assert Seat.objects.count() == 1


def test_a_seat_given_back_is_used_again(training, project, monkeypatch):
    ann, ben = make_member(project, Role.ANNOTATOR), make_member(project, Role.ANNOTATOR)
    seat = seat_for_trainee(in_round=training, by=ann)
    later(monkeypatch, hours=2)
    assert free_expired_leases() == 1

    again = seat_for_trainee(in_round=training, by=ann)

    assert again == seat
    work_through(training, ben, *[["crm"]] * 4)


def test_passing_gives_a_qualification_for_ninety_days(training, project, monkeypatch):
    trainee = make_member(project, Role.ANNOTATOR)
    work_through(training, trainee, ["crm"], ["crm"], ["crm"], ["erp"])

    made = qualify_if_passed(in_round=training, by=trainee)

    assert (made.accuracy, made.items, made.granted_by) == (0.75, 4, None)
    assert made.expires_at - made.passed_at == timedelta(days=90)
    assert qualify_if_passed(in_round=training, by=trainee) == made
    assert AuditEvent.objects.filter(kind="qualification.passed").count() == 1
    assert rules.has_valid_qualification(trainee, training)
    later(monkeypatch, days=91)
    assert not rules.has_valid_qualification(trainee, training)


def test_an_unfinished_or_failed_training_gives_none(training, project):
    trainee = make_member(project, Role.ANNOTATOR)
    work_through(training, trainee, ["crm"], ["crm"], ["erp"])
    assert qualify_if_passed(in_round=training, by=trainee) is None
    work_through(training, trainee, ["erp"])

    assert seat_for_trainee(in_round=training, by=trainee) is None

    assert not Qualification.objects.exists()


def test_skipping_is_no_way_to_pass(training, project):
    trainee = make_member(project, Role.ANNOTATOR)
    for _ in range(2):
        skip_task(seat=seat_for_trainee(in_round=training, by=trainee), reason=SkipReason.OTHER, by=trainee)
    work_through(training, trainee, ["crm"], ["crm"])

    assert seat_for_trainee(in_round=training, by=trainee) is None

    assert not Qualification.objects.exists()


def test_the_end_of_a_training_is_noticed_without_being_asked(training, project):
    trainee = make_member(project, Role.ANNOTATOR)
    work_through(training, trainee, *[["crm"]] * 4)

    assert seat_for_trainee(in_round=training, by=trainee) is None

    assert Qualification.objects.get().user == trainee


def test_a_round_that_needs_a_training_refuses_whoever_has_none(training, project):
    in_round = make_round(project, needs_qualification=True)
    rater, manager = make_member(project, Role.ANNOTATOR), make_member(project, Role.MANAGER)
    with pytest.raises(NotAllowed, match="training"):
        claim_seat(in_round=in_round, by=rater)
    assert not in_round.seats.filter(rater=rater).exists()

    granted = grant_qualification(project=project, user=rater, by=manager)

    assert claim_seat(in_round=in_round, by=rater)
    assert revoke_qualification(qualification=granted, by=manager)
    assert not revoke_qualification(qualification=granted, by=manager)
    with pytest.raises(NotAllowed, match="training"):
        claim_seat(in_round=in_round, by=rater)


@pytest.mark.parametrize("change", ["taxonomy", "guideline"])
def test_a_new_taxonomy_or_guideline_ends_a_qualification(project, change):
    rater, manager = make_member(project, Role.ANNOTATOR), make_member(project, Role.MANAGER)
    grant_qualification(project=project, user=rater, by=manager)
    newer = {}
    if change == "taxonomy":
        newer["taxonomy"] = make_taxonomy(project)
    else:
        newer["guideline"] = write_guideline(project=project, text="New words.", by=manager)
    in_round = make_round(project, needs_qualification=True, **newer)

    with pytest.raises(NotAllowed, match="training"):
        claim_seat(in_round=in_round, by=rater)


def test_work_already_handed_out_is_taken_after_a_qualification_ends(project):
    rater, manager = make_member(project, Role.ANNOTATOR), make_member(project, Role.MANAGER)
    granted = grant_qualification(project=project, user=rater, by=manager)
    in_round = make_round(project, needs_qualification=True)
    seat = claim_seat(in_round=in_round, by=rater)
    revoke_qualification(qualification=granted, by=manager)

    assert answer(seat, rater, "crm").is_counted


def test_only_managers_grant_and_only_to_raters(project):
    rater, manager = make_member(project, Role.ANNOTATOR), make_member(project, Role.MANAGER)

    with pytest.raises(NotAllowed):
        grant_qualification(project=project, user=rater, by=rater)
    with pytest.raises(Refused, match="does not label"):
        grant_qualification(project=project, user=manager, by=manager)

    assert not Qualification.objects.exists()


@pytest.mark.parametrize("what", ["round", "project"])
def test_a_pause_hands_out_nothing_and_takes_what_comes(project, what):
    in_round = make_round(project)
    rater = make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=rater)
    paused = in_round if what == "round" else project
    type(paused).objects.filter(pk=paused.pk).update(paused_at=clock.now())
    in_round = Round.objects.get(pk=in_round.pk)

    with pytest.raises(NotAllowed, match="paused"):
        claim_seat(in_round=in_round, by=rater)

    assert answer(seat, rater, "crm").is_counted


def test_nobody_trains_on_what_an_open_round_still_asks(project):
    items = make_items(project, 6)
    release = make_release(project, items=items)
    asked = make_round(project, items[:2])
    twin = make_items(project, 1)
    Item.objects.filter(pk=twin[0].pk).update(text_digest=items[2].text_digest)
    make_round(project, twin)

    with pytest.raises(Refused, match="has 3 items that this round can use"):
        train(project, release)
    made = train(project, release, size=3)

    assert not set(made.tasks.values_list("item", flat=True)) & set(asked.tasks.values_list("item", flat=True))
    assert not made.tasks.filter(item=items[2]).exists()
