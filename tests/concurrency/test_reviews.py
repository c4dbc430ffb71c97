"""Thirty-two reviewers at one queue, and as many raters of one panel, on real PostgreSQL: nothing lost or twice."""

import pytest
from django.db.models import Count

from evaluation.actions.imported_runs import import_predictions
from evaluation.actions.panel_ratings import submit_rating
from evaluation.actions.review_tasks import claim_task, submit_review
from evaluation.actions.reviews import ReviewSpec, fill_review, open_review
from evaluation.enums import OutputState, ReviewTaskState
from evaluation.models import PanelSeat, Rating, ReviewRevision
from labeling.enums import Role
from tests.concurrency.test_queue import together
from tests.evaluation.panels import make_room
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE, TASKS, OUTPUTS = 32, 64, 2


def test_thirty_two_reviewers_empty_a_queue():
    project = make_project()
    make_taxonomy(project)
    said = [{"code": "crm", "confidence": 0.5, "evidence": ""}]
    answers = {item.external_id: {"labels": said} for item in make_items(project, TASKS)}
    run = import_predictions(project=project, name="production", predictions=answers, by=None)
    review = fill_review(review_id=open_review(run=run, spec=ReviewSpec(audit_share=1.0), by=None).pk)
    reviewers = [make_member(project, Role.ADJUDICATOR) for _ in range(PEOPLE)]

    def work(reviewer):
        done = 0
        while task := claim_task(review=review, by=reviewer):
            submit_review(task=task, labels=["crm"], after=task.revision, by=reviewer)
            done += 1
        return done

    done = together(work, reviewers)

    assert sum(done) == TASKS == ReviewRevision.objects.count()
    assert set(review.tasks.values_list("state", "revision")) == {(ReviewTaskState.DONE, 1)}


def test_thirty_two_raters_rate_the_same_outputs_at_once():
    room = make_room(items=OUTPUTS)
    raters = room.raters + [make_member(room.project, Role.ANNOTATOR) for _ in range(PEOPLE - len(room.raters))]
    panel = room.panel(runs=room.runs[:1], raters=raters)

    def rate_all(rater):
        for seat in PanelSeat.objects.filter(rater__panel=panel, rater__user=rater).order_by("output_id"):
            submit_rating(seat=seat, scores={"relevance": 3, "completeness": 3}, by=rater)

    together(rate_all, raters)

    seats = PanelSeat.objects.filter(rater__panel=panel, rater__role="rater")
    rated = Rating.objects.values("seat").annotate(n=Count("pk"))
    assert {row["n"] for row in rated} == {1}
    assert rated.count() == seats.count() >= OUTPUTS
    assert set(panel.outputs.values_list("state", flat=True)) == {OutputState.SETTLED}
