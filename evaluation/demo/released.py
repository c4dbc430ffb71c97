"""What is in use in the sample: a version in production with its run, and the next one rolled out, at its batch."""

from collections.abc import Mapping

from evaluation.actions.promotions import ask_for_look, promote
from evaluation.actions.reviews import fill_review
from evaluation.actions.rollouts import RolloutPlan, open_next, start_rollout
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.demo.content.companies import Company
from evaluation.demo.reviewed import work_through
from evaluation.models import Review, Rollout, Run
from labeling.models import User

PRODUCTION, PILOT, BATCH = 120, 24, 90  # items
WHY_IN_USE = "Search needs a first version now. The better one is being rolled out, and takes its place when it holds."
WHY_ON = "Search can use it at this precision: its users see the evidence. Sales waits for a batch that holds."


def put_to_use(zero: Run, *, manager: User, engineer: User) -> Run:
    """The baseline without examples in production, past its gate for a written reason, and its first run."""
    version = zero.prompt_version
    assert version is not None
    ask_for_look(version=version, by=manager)
    promote(version=version, reason=WHY_IN_USE, override=True, by=manager)
    setup = Setup(sample=PRODUCTION, seed=13)
    return start_run(version=version, scope=Scope(), name="baseline-zero, production", setup=setup, by=engineer)


def roll_out(
    few: Run, *, reviewers: Mapping[str, User], world: Mapping[str, Company], engineer: User, manager: User
) -> Rollout:
    """The baseline with examples: a pilot that simulated reviewers have looked through, and a batch that waits."""
    version = few.prompt_version
    assert version is not None
    plan = RolloutPlan(
        pilot_items=PILOT,
        batch_items=BATCH,
        strata=["sector"],
        min_precision=0.7,
        min_auto=0.5,
        hourly_usd=30.0,
        seed=17,
    )
    made = start_rollout(version=version, plan=plan, by=engineer)
    for review in Review.objects.filter(run__rollout_move__rollout=made):
        work_through(fill_review(review_id=review.pk), reviewers=reviewers, world=world, share=1.0)
    open_next(rollout=made, reason=WHY_ON, by=manager)
    return made
