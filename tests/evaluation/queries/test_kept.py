"""What is large and never changes any more is counted once; what may change is counted each time."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.actions.review_tasks import claim_task, submit_review
from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run
from evaluation.queries import reviews as queries
from evaluation.queries.json_counts import counted
from evaluation.queries.run_board import calls, failures, live, reviews
from evaluation.queries.runs import progress_of, with_progress
from labeling.enums import Role
from tests.evaluation.reviewed import opened, production_run, said
from tests.factories import make_items, make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(monkeypatch):
    for module in ("kept", "reviews"):
        monkeypatch.setattr(f"evaluation.queries.{module}.LARGE", 3)
    made = make_project()
    make_taxonomy(made)
    return made


def asked(count):
    with CaptureQueriesContext(connection) as seen:
        found = count()
    return found, len([one for one in seen.captured_queries if "evaluation_prediction" in one["sql"]])


def test_a_large_run_that_is_done_is_counted_once(project):
    run = production_run(project, make_items(project, 4), [said(("crm", 0.9))] * 3 + [None])
    counts = [
        lambda: [(one.done, one.failed) for one in with_progress([run])],
        lambda: (progress_of(run).done, progress_of(run).failed), lambda: live(run).progress.failed,
        lambda: failures(run), lambda: reviews(run), lambda: calls(run), lambda: counted(run, "problems"),
    ]  # fmt: skip
    first = [asked(count)[0] for count in counts]
    assert first[:3] == [[(3, 1)], (3, 1), 1]
    assert [asked(count) for count in counts] == [(found, 0) for found in first]


def test_a_run_that_goes_on_is_counted_each_time(project):
    run = Run.objects.create(
        project=project, name="going", taxonomy_version=project.taxonomy_versions.get(), state=RunState.RUNNING, total=9
    )
    for number, item in enumerate(make_items(project, 2), start=1):
        Prediction.objects.create(run=run, item=item, state=PredictionState.DONE)
        assert [one.done for one in with_progress([run])] == [number]
        assert (progress_of(run).done, live(run).progress.done) == (number, number)


def test_the_tasks_of_a_large_review_are_counted_once_and_the_answers_each_time(project):
    run = production_run(project, make_items(project, 4), [said(("crm", 0.9))] * 4)
    review = opened(run, blind_share=0.0)
    reviewer = make_member(project, Role.ADJUDICATOR)

    def standing():
        (one,) = queries.reviews_of(project)
        return (
            one.tasks,
            one.done,
            queries.arms_of(review),
            [(why.tasks, why.done) for why in queries.reasons_of(review)],
        )

    assert standing() == (4, 0, (4, 0), [(4, 0)])
    task = claim_task(review=review, by=reviewer)
    submit_review(task=task, labels=["crm"], after=0, by=reviewer)
    assert standing() == (4, 1, (4, 0), [(4, 1)])
