"""The reviewer's work: one task a person, nothing lost, nothing overwritten, and nobody's blindness broken."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from evaluation.actions.review_tasks import claim_task, last_answer, put_off, submit_review, take_back
from evaluation.actions.training_exports import give_out
from evaluation.models import ReviewRevision, ReviewTask
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.actions.sights import note_sights
from labeling.enums import Role
from labeling.models import Round, Sight
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed, Refused
from tests.evaluation.reviewed import opened, production_run, said
from tests.factories import make_items, make_member, make_round

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


@pytest.fixture
def two(world):
    """A review of three tasks, and two reviewers."""
    project, _ = world
    run = production_run(project, make_items(project, 3), [said(("crm", 0.5), ("erp", 0.4))] * 3)
    return opened(run, blind_share=0), make_member(project, Role.ADJUDICATOR), make_member(project, Role.ADJUDICATOR)


def test_each_has_a_task_of_their_own_and_what_ran_out_is_handed_on(two):
    review, one, other = two
    mine = claim_task(review=review, by=one)
    assert claim_task(review=review, by=one).pk == mine.pk
    assert Sight.objects.get(user=one).item_id == mine.item_id  # they get no seat at it any more
    theirs = claim_task(review=review, by=other)
    assert theirs.pk != mine.pk
    submit_review(task=theirs, labels=["crm"], after=0, by=other)
    last = claim_task(review=review, by=other)
    submit_review(task=last, labels=[], after=0, by=other)
    assert claim_task(review=review, by=other) is None
    ReviewTask.objects.filter(pk=mine.pk).update(leased_until=clock.now() - timedelta(seconds=1))
    assert claim_task(review=review, by=other).pk == mine.pk
    with pytest.raises(Conflict):
        submit_review(task=mine, labels=["crm"], after=0, by=one)
    assert not mine.revisions.exists()


def test_an_answer_is_a_revision_that_never_changes(two):
    review, one, other = two
    task = claim_task(review=review, by=one)
    with pytest.raises(Refused):
        submit_review(task=task, labels=["nothing"], after=0, by=one)
    made = submit_review(task=task, labels=["payroll", "crm"], after=0, by=one, seconds=10.0)
    assert (made.labels, made.predicted, made.kept, made.added) == (["crm", "payroll"], 2, 1, 1)
    with pytest.raises(Conflict):
        submit_review(task=task, labels=["crm"], after=0, by=one)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewRevision.objects.filter(pk=made.pk).update(labels=[])

    held = claim_task(review=review, by=one)
    with pytest.raises(Conflict):
        take_back(task=task, by=other)
    again = take_back(task=last_answer(review, one), by=one)
    assert again.pk == task.pk
    assert claim_task(review=review, by=one).pk == task.pk
    held.refresh_from_db()
    assert held.state == "open"
    second = submit_review(task=again, labels=["crm"], after=1, by=one, seconds=5.0)
    assert (second.number, second.seconds) == (2, 15.0)
    ReviewTask.objects.filter(pk=task.pk).update(done_at=clock.now() - timedelta(seconds=review.undo_seconds))
    assert last_answer(review, one) is None
    with pytest.raises(NotAllowed):
        take_back(task=task, by=one)


def test_later_comes_behind_all_others(two):
    review, one, _ = two
    first = claim_task(review=review, by=one)
    put_off(task=first, by=one)
    order = []
    while task := claim_task(review=review, by=one):
        order.append(task.pk)
        submit_review(task=task, labels=[], after=0, by=one)
    assert order[-1] == first.pk
    with pytest.raises(Conflict):
        put_off(task=first, by=one)


def test_nobody_who_may_rate_an_item_blind_is_shown_what_a_model_said_of_it(two):
    review, one, _ = two
    held = claim_task(review=review, by=one)
    in_round = make_round(review.project, [task.item for task in review.tasks.all()])
    assert claim_task(review=review, by=one) is None  # also not what they hold
    engineer = make_member(review.project, Role.ENGINEER, user=make_member(review.project, Role.ADJUDICATOR))
    assert claim_task(review=review, by=engineer) is not None  # they rate in no round
    Round.objects.filter(pk=in_round.pk).update(state="closed", closed_at=clock.now())
    assert claim_task(review=review, by=one).pk == held.pk
    review.tasks.update(is_blind=True)
    assert claim_task(review=review, by=engineer) is None  # they can see the prediction elsewhere
    with pytest.raises(NotAllowed):
        claim_task(review=review, by=make_member(review.project, Role.ANNOTATOR))


def test_no_blind_task_is_handed_to_who_was_shown_what_a_model_says_of_its_item(world):
    project, _ = world
    run = production_run(project, make_items(project, 2), [said(("crm", 0.5))] * 2)
    review, reviewer = opened(run, blind_share=1), make_member(project, Role.ADJUDICATOR)
    shown = review.tasks.order_by("place").first()
    note_sights(user=reviewer, items=[shown.item_id])

    assert claim_task(review=review, by=reviewer).pk != shown.pk
    assert claim_task(review=review, by=make_member(project, Role.ADJUDICATOR)).pk == shown.pk


def test_what_was_held_out_since_it_was_reviewed_is_no_correction(world):
    project, _ = world
    items = make_items(project, 2)
    review, by = (
        opened(production_run(project, items, [said(("crm", 0.5))] * 2)),
        make_member(project, Role.ADJUDICATOR),
    )
    for _ in items:
        submit_review(task=claim_task(review=review, by=by), labels=["erp"], after=0, by=by)
    gold = {items[0].external_id: {"labels": ["erp"], "split": "test"}}
    import_golden(project=project, spec=FreezeSpec("gold", {"dev": 1.0}), gold=gold, by=None)

    assert [row["item"] for row in give_out(source=review, by=None)] == [items[1].external_id]
