"""The sample's review: a small production run, whose doubtful answers simulated reviewers have begun to look at."""

from collections.abc import Mapping
from random import Random

from evaluation.actions.analyses import analyse
from evaluation.actions.certificates import Promise, certify
from evaluation.actions.review_tasks import claim_task, submit_review
from evaluation.actions.reviews import ReviewSpec, fill_review, open_review
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.demo.content.companies import Company
from evaluation.models import Evaluation, Review, ReviewTask, Run
from labeling.models import User

ITEMS = 140
PROMISE = Promise(target=0.8)  # what the built-in baseline can keep; half of its answers go through
ANSWERED = 0.7  # of the tasks
LETS_PASS = 0.25  # of wrong labels that are in view; without the prediction nobody thinks of them
OVERLOOKS = {False: 0.45, True: 0.12}  # of labels that a prediction lacks
PACE = {False: 13, True: 41}  # median seconds with the prediction in view, and without
SPREAD = 0.45


def review_by_simulation(
    scored: Run, *, reviewers: Mapping[str, User], world: Mapping[str, Company], engineer: User, manager: User
) -> Review:
    """A certificate, a run over items, its review, and most of the tasks answered by people who take turns."""
    version = scored.prompt_version
    assert version is not None
    evaluation = Evaluation.objects.get(run=scored)
    analyse(evaluation=evaluation, kind="calibration", by=engineer)  # the rule, where no certificate can be issued
    certify(evaluation=evaluation, promise=PROMISE, by=manager)
    run = start_run(
        version=version, scope=Scope(), by=engineer, name="baseline-few, new companies",
        fewshot_release=scored.fewshot_release, setup=Setup(sample=ITEMS, seed=11),
    )  # fmt: skip
    run.refresh_from_db()
    spec = ReviewSpec(blind_share=0.3, audit_share=0.5, seed=11, hourly_usd=30.0)
    made = fill_review(review_id=open_review(run=run, spec=spec, by=engineer).pk)
    work_through(made, reviewers=reviewers, world=world, share=ANSWERED)
    return made


def work_through(review: Review, *, reviewers: Mapping[str, User], world: Mapping[str, Company], share: float) -> None:
    """The reviewers take turns at the queue until a share of its tasks is answered, or nothing is left for them."""
    left = round(share * review.tasks.count())
    waiting = list(reviewers.items())
    while left and waiting:
        name, user = waiting.pop(0)
        task = claim_task(review=review, by=user)
        if task is None:
            continue
        waiting.append((name, user))
        labels, seconds = _answer(task, name, world[task.item.external_id])
        submit_review(task=task, labels=labels, after=task.revision, seconds=seconds, by=user)
        left -= 1


def _answer(task: ReviewTask, name: str, company: Company) -> tuple[set[str], float]:
    """What the company truly sells, as far as a person sees it with or without the prediction before their eyes."""
    dice = Random(f"review/{name}/{company.external_id}")  # noqa: S311
    said = {one["code"] for one in task.prediction.labels}
    in_view = set() if task.is_blind else said
    followed = {code for code in sorted(in_view - company.truth) if dice.random() < LETS_PASS}
    own = company.truth - in_view
    found = {code for code in sorted(own) if dice.random() >= OVERLOOKS[task.is_blind]}
    seconds = PACE[task.is_blind] * dice.lognormvariate(0, SPREAD)
    return (in_view & company.truth) | followed | found, round(seconds, 1)
