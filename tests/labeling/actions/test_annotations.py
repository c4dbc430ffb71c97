from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F

from labeling.actions.annotations import Answer, DraftConflict, hand_out, save_draft, submit_annotation, take_back
from labeling.actions.seats import claim_seat, release_seat, skip_task
from labeling.actions.settling import settle_due_tasks
from labeling.enums import Certainty, Role, RoundState, SeatState, SkipReason, TaskState
from labeling.models import Annotation, AuditEvent, Draft, Label, Revision, RevisionLabel, Round, Seat
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def in_round(project):
    return make_round(project, make_items(project, 1), raters=2, undo_seconds=600)


@pytest.fixture
def ana(project):
    return make_member(project, Role.ANNOTATOR)


def labels_of(in_round: Round, *codes: str) -> list[Label]:
    return [Label.objects.get(version=in_round.taxonomy_version, code=code) for code in codes]


def submit(seat, by, *codes, **answer):
    labels = labels_of(seat.round, *codes)
    return submit_annotation(seat=seat, receipt=hand_out(seat, by), answer=Answer(labels=labels, **answer), by=by)


def test_submit_stores_labels_certainty_comment_and_one_audit_event(in_round, ana):
    seat = claim_seat(in_round=in_round, by=ana)

    annotation = submit(seat, ana, "crm", "erp", certainty=Certainty.UNSURE, comment="two products", seconds=42)

    revision = annotation.revisions.get()
    assert {label.code for label in revision.labels.all()} == {"crm", "erp"}
    assert (revision.certainty, revision.comment, revision.seconds) == ("unsure", "two products", 42)
    assert Seat.objects.get(pk=seat.pk).state == SeatState.SUBMITTED
    assert AuditEvent.objects.filter(kind="annotation.submitted").count() == 1


def test_submit_twice_has_the_effect_of_one(in_round, ana):
    seat = claim_seat(in_round=in_round, by=ana)

    first, second = submit(seat, ana, "crm"), submit(seat, ana, "crm")

    assert first == second
    assert (Annotation.objects.count(), Revision.objects.count()) == (1, 1)


def test_no_labels_is_an_answer(in_round, ana):
    annotation = submit(claim_seat(in_round=in_round, by=ana), ana)

    assert annotation.revisions.get().labels.count() == 0
    assert annotation.is_counted


def test_a_label_of_another_version_is_refused_and_nothing_is_written(project, in_round, ana):
    other = make_taxonomy(project, ("crm",))
    seat = claim_seat(in_round=in_round, by=ana)

    with pytest.raises(Refused):
        submit_annotation(seat=seat, receipt="", answer=Answer(labels=list(other.labels.all())), by=ana)

    assert not Annotation.objects.exists()
    assert Seat.objects.get(pk=seat.pk).state == SeatState.LEASED


def test_a_seat_never_handed_out_cannot_be_submitted(project, in_round, ana):
    seat = Seat.objects.first()
    other = make_member(project, Role.ANNOTATOR)

    with pytest.raises(NotAllowed):
        submit_annotation(seat=seat, receipt=hand_out(seat, other), answer=Answer(labels=[]), by=ana)

    assert not Annotation.objects.exists()


def test_an_expired_lease_that_nobody_took_still_counts(in_round, ana):
    seat = claim_seat(in_round=in_round, by=ana)
    release_seat(seat=seat, by=ana)

    annotation = submit(seat, ana, "crm")

    assert annotation.is_counted
    assert Seat.objects.get(pk=seat.pk).rater == ana


def test_a_late_submission_is_kept_but_does_not_count(project, ana):
    in_round = make_round(project, make_items(project, 1), raters=1)
    ben = make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=ana)
    release_seat(seat=seat, by=ana)
    assert claim_seat(in_round=in_round, by=ben) == seat

    late = submit(seat, ana, "crm")
    counted = submit(seat, ben, "erp")

    assert (late.is_counted, counted.is_counted) == (False, True)
    assert RevisionLabel.objects.filter(revision__annotation=late).count() == 1


def test_a_submission_after_the_round_closed_is_kept_but_does_not_count(in_round, ana):
    seat = claim_seat(in_round=in_round, by=ana)
    release_seat(seat=seat, by=ana)
    Round.objects.filter(pk=in_round.pk).update(state=RoundState.CLOSED, closed_at=clock.now())

    assert submit(seat, ana, "crm").is_counted is False


def test_whoever_skipped_meanwhile_does_not_count(project, ana):
    in_round = make_round(project, make_items(project, 1), raters=1)
    seat = claim_seat(in_round=in_round, by=ana)
    skip_task(seat=seat, reason=SkipReason.OTHER, by=ana)

    assert submit(seat, ana, "crm").is_counted is False


def test_the_task_falls_due_when_the_last_undo_window_ends(project, in_round, ana):
    ben = make_member(project, Role.ANNOTATOR)
    submit(claim_seat(in_round=in_round, by=ana), ana, "crm")
    assert in_round.tasks.get().due_at is None

    before = clock.now()
    submit(claim_seat(in_round=in_round, by=ben), ben, "crm")

    task = in_round.tasks.get()
    assert timedelta(seconds=590) < task.due_at - before < timedelta(seconds=610)
    assert settle_due_tasks() == 0
    assert task.state == TaskState.OPEN


def test_take_back_reopens_the_answer_as_a_draft_and_the_next_one_is_a_new_revision(in_round, ana):
    annotation = submit(claim_seat(in_round=in_round, by=ana), ana, "crm", comment="first")

    seat = take_back(annotation=annotation, by=ana)

    assert Draft.objects.get().content == {
        "labels": ["crm"],
        "none_applies": False,
        "comment": "first",
        "certainty": "sure",
        "is_flagged": False,
        "summary": "",
        "evidence": {},
    }
    again = submit(seat, ana, "erp")
    assert again == annotation
    assert again.revision == 2
    newest = Revision.objects.newest().get(annotation=annotation)
    assert [label.code for label in newest.labels.all()] == ["erp"]
    assert Revision.objects.count() == 2


def test_take_back_stops_the_task_from_falling_due(project, in_round, ana):
    ben = make_member(project, Role.ANNOTATOR)
    submit(claim_seat(in_round=in_round, by=ana), ana, "crm")
    last = submit(claim_seat(in_round=in_round, by=ben), ben, "crm")

    take_back(annotation=last, by=ben)

    assert in_round.tasks.get().due_at is None


def test_take_back_is_refused_after_the_window_whatever_others_did(in_round, ana):
    annotation = submit(claim_seat(in_round=in_round, by=ana), ana, "crm")
    Annotation.objects.filter(pk=annotation.pk).update(submitted_at=clock.now() - timedelta(seconds=601))
    annotation.refresh_from_db()

    with pytest.raises(NotAllowed, match="over"):
        take_back(annotation=annotation, by=ana)

    assert Seat.objects.get(rater=ana).state == SeatState.SUBMITTED


def test_take_back_is_for_the_author_alone(project, in_round, ana):
    annotation = submit(claim_seat(in_round=in_round, by=ana), ana, "crm")

    with pytest.raises(NotAllowed):
        take_back(annotation=annotation, by=make_member(project, Role.ANNOTATOR))


def test_a_draft_belongs_to_its_rater_and_goes_with_the_submission(project, in_round, ana):
    ben = make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=ana)

    save_draft(seat=seat, content={"labels": ["crm"]}, by=ana)
    save_draft(seat=seat, content={"labels": ["erp"]}, by=ana)

    assert Draft.objects.get().content == {"labels": ["erp"]}
    assert not Draft.objects.filter(rater=ben).exists()
    submit(seat, ana, "crm")
    assert not Draft.objects.exists()


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_a_revision(in_round, ana, change):
    submit(claim_seat(in_round=in_round, by=ana), ana, "crm")

    for rows in (Revision.objects.all(), RevisionLabel.objects.all(), AuditEvent.objects.all()):
        with pytest.raises(DatabaseError, match=r"never changes|append-only"), transaction.atomic():
            rows.update(id=F("id")) if change == "update" else rows._raw_delete(rows.db)


def test_a_late_answer_does_not_bring_a_second_rater_of_one_group(project):
    in_round = make_round(project, make_items(project, 1), distinct_groups=True, raters=2)
    late, ben = (make_member(project, Role.ANNOTATOR, group="legal") for _ in range(2))
    held = claim_seat(in_round=in_round, by=late)
    receipt = hand_out(held, late)
    release_seat(seat=held, by=late)
    submit(claim_seat(in_round=in_round, by=ben), ben, "crm")

    kept = submit_annotation(seat=held, receipt=receipt, answer=Answer(labels=[]), by=late)

    assert not kept.is_counted


def test_a_seat_whose_answer_was_taken_back_and_ran_out_goes_to_another(in_round, ana):
    ben = make_member(in_round.project, Role.ANNOTATOR)
    annotation = submit(claim_seat(in_round=in_round, by=ana), ana, "crm")
    seat = take_back(annotation=annotation, by=ana)
    release_seat(seat=seat, by=ana)
    Seat.objects.exclude(pk=seat.pk).update(place=99)

    taken = claim_seat(in_round=in_round, by=ben)
    submit(taken, ben, "erp")

    assert taken == seat
    assert Annotation.objects.get(rater=ben).is_counted
    assert not Annotation.objects.get(rater=ana).is_counted


def test_a_draft_saved_elsewhere_meanwhile_is_not_overwritten(in_round, ana):
    seat = claim_seat(in_round=in_round, by=ana)
    first = save_draft(seat=seat, content={"labels": ["crm"]}, by=ana, after=0)
    save_draft(seat=seat, content={"labels": ["erp"]}, by=ana, after=first)

    with pytest.raises(DraftConflict) as refusal:
        save_draft(seat=seat, content={"labels": ["payroll"]}, by=ana, after=first)

    assert refusal.value.theirs == {"labels": ["erp"]}
    assert Draft.objects.get().content == {"labels": ["erp"]}


def test_a_draft_of_an_answered_item_is_not_kept(in_round, ana):
    seat = claim_seat(in_round=in_round, by=ana)
    submit(seat, ana, "crm")

    save_draft(seat=seat, content={"labels": ["erp"]}, by=ana)

    assert not Draft.objects.exists()


def test_a_draft_never_shortens_a_longer_lease(in_round, ana):
    seat = claim_seat(in_round=in_round, by=ana)
    until = clock.now() + timedelta(days=7)
    Seat.objects.filter(pk=seat.pk).update(leased_until=until)

    save_draft(seat=seat, content={}, by=ana)

    assert Seat.objects.get(pk=seat.pk).leased_until == until


def test_an_answer_survives_that_its_rater_changed_groups_meanwhile(project):
    made = make_round(project, make_items(project, 1), raters=2, distinct_groups=True)
    ana, ben = (make_member(project, Role.ANNOTATOR, group=group) for group in ("a", "b"))
    seats = {rater: claim_seat(in_round=made, by=rater) for rater in (ana, ben)}
    ben.memberships.update(group="a")

    submit(seats[ben], ben, "crm")
    submit(seats[ana], ana, "crm")

    assert Annotation.objects.filter(is_counted=True).count() == 2
    assert set(Seat.objects.values_list("group", flat=True)) == {"a", "b"}  # as when they took the item
