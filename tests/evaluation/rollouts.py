"""A rollout whose runs are answered and reviewed without workers, for tests."""

from evaluation.actions.prompts import find_version
from evaluation.actions.reviews import fill_review
from evaluation.actions.rollouts import RolloutPlan, open_due_reviews, start_rollout
from evaluation.enums import PredictionState, ReviewTaskState, RunState
from evaluation.models import Review, ReviewRevision, Run
from labeling.actions.rounds import published_taxonomy
from reviewapp.common import clock
from tests.evaluation.reviewed import calibrate
from tests.factories import make_items, make_user

SURE = [{"code": "crm", "confidence": 0.99, "evidence": ""}]


def planned(project, **plan):
    """A calibrated version with its pilot started."""
    version = find_version(project=project, reference="baseline-zero")
    now = clock.now()
    measured = Run.objects.create(
        project=project, name="measured", prompt_version=version, taxonomy_version=published_taxonomy(project),
        state=RunState.DONE, started_at=now, finished_at=now,
    )  # fmt: skip
    calibrate(measured, make_items(project, 1)[0])
    return start_rollout(version=version, plan=RolloutPlan(**plan), by=None)


def answered(run, *, labels=SURE, cost=1000):
    """All its items are answered the same, and its review is made."""
    now = clock.now()
    run.predictions.update(state=PredictionState.DONE, labels=labels, finished_at=now, cost_micro_usd=cost)
    Run.objects.filter(pk=run.pk).update(state=RunState.DONE, started_at=now, finished_at=now)
    open_due_reviews()
    return fill_review(review_id=Review.objects.get(run=run).pk)


def looked_at(review, *, wrong=0, left=0):
    """People agree with all answers but `wrong`, and have not come to `left`."""
    tasks = list(review.tasks.exclude(state=ReviewTaskState.DONE).order_by("pk"))
    person, now = make_user(), clock.now()
    for place, task in enumerate(tasks[: len(tasks) - left]):
        ReviewRevision.objects.create(
            task=task, number=1, labels=["crm"], predicted=1, kept=int(place >= wrong), added=0, seconds=10.0,
            was_blind=task.is_blind, by=person, created_at=now,
        )  # fmt: skip
        review.tasks.filter(pk=task.pk).update(state=ReviewTaskState.DONE, revision=1, done_at=now)
