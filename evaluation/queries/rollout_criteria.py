"""What a step of a rollout measured against the plan's criteria, over all its runs whose review is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import Any

from django.db.models import Count, F, FloatField, Sum
from django.db.models.functions import Coalesce

from evaluation.enums import ReviewState, RolloutStep, Why
from evaluation.models import Prediction, Review, ReviewTask, Rollout, Run
from evaluation.queries import reviews as queries
from evaluation.stats import reviews as stats
from evaluation.stats.intervals import Plan, wilson
from evaluation.stats.reviews import MET, OPEN, Looked, standing
from evaluation.stats.types import Estimate, undefined

MICRO = 1e6
NORMAL = 1.959963984540054  # the 97.5% point
WAITS = "the run is not over, or its review is not made yet"


@dataclass(frozen=True)
class StepRun:
    """One run of a step and its review, once that is open."""

    run: Run
    review: Review | None
    tasks: int = 0
    done: int = 0

    @property
    def left(self) -> int:
        return self.tasks - self.done


@dataclass(frozen=True)
class Criterion:
    """What has to hold before the next step opens. `standing`: met, missed, or open while it cannot be told."""

    name: str
    found: Estimate
    kind: str  # how its numbers are written: share, dollars
    aim: float
    standing: str
    note: str

    @property
    def at_most(self) -> bool:
        return self.kind == "dollars"

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "target": self.aim, "standing": self.standing, **self.found.as_dict()}


def measured(rollout: Rollout, step: RolloutStep, runs: Sequence[StepRun]) -> list[Criterion]:
    """The criteria of a step; of a pilot also that people looked at every answer."""
    made = [one for one in runs if one.review and one.review.state != ReviewState.PREPARING]
    reviews = [one.review for one in made if one.review]
    looked = [row for review in reviews for row in queries.looked_at(review)]
    asked, passed = sum(one.asked for one in reviews), sum(one.passed for one in reviews)
    went = "would go through" if step == RolloutStep.PILOT else "went through"
    auto = wilson(passed, asked) if asked else undefined(0, WAITS)
    precision = stats.passed_precision(looked) if asked else undefined(0, WAITS)
    cost = _cost(rollout, reviews, looked, asked) if asked else undefined(0, WAITS)
    found = [
        Criterion("Right, of what goes through", precision, "share", rollout.min_precision,
                  standing(precision, rollout.min_precision), _audited(precision, rollout.min_precision)),
        Criterion("Answered without a person", auto, "share", rollout.min_auto, standing(auto, rollout.min_auto),
                  f"{passed:,} of {asked:,} items asked {went}"),
        Criterion("Cost of an item", cost, "dollars", rollout.max_cost,
                  standing(cost, rollout.max_cost, at_most=True), _priced(rollout)),
    ]  # fmt: skip
    if step == RolloutStep.PILOT:
        tasks, done = sum(one.tasks for one in runs), sum(one.done for one in runs)
        share = Estimate(done / tasks, None, None, tasks) if tasks else undefined(0, WAITS)
        is_whole = bool(tasks) and len(made) == len(runs) and done == tasks
        found.insert(0, Criterion("Looked at by a person", share, "share", 1.0, MET if is_whole else OPEN,
                                  f"{done:,} of {tasks:,} answers"))  # fmt: skip
    return found


def fewest(aim: float) -> int:
    """How many audited items, all of them right, put the lower bound of the exact 95% interval at the aim.

    >>> fewest(0.95)
    72
    """
    return ceil(log(0.025) / log(aim))


def _audited(found: Estimate, aim: float) -> str:
    note = f"{found.n:,} audited item{'' if found.n == 1 else 's'}, right in every label"
    return f"{note}; {fewest(aim):,} without a mistake are the least" if found.n < fewest(aim) else note


def _priced(rollout: Rollout) -> str:
    if rollout.hourly_usd is None:
        return "the model alone: no price of an hour is set"
    return f"the model, and people on what does not go through, at ${rollout.hourly_usd:g} an hour"


def _cost(rollout: Rollout, reviews: Sequence[Review], looked: Sequence[Looked], asked: int) -> Estimate:
    """Mean of what the model cost, with the normal interval of its standard error; and where an hour has a price, the
    mean seconds with the prediction in view for each item that does not go through."""
    model = _model_cost([one.run_id for one in reviews])
    if rollout.hourly_usd is None or model.value is None:
        return model
    needed = ReviewTask.objects.filter(review__in=reviews).exclude(why=int(Why.AUDIT)).count()
    if not needed:
        return model
    seconds = stats.mean_seconds([one for one in looked if not one.is_blind], plan=Plan(seed=rollout.seed))
    if seconds.value is None:
        return undefined(seconds.n, "no seconds of review were measured yet")
    rate = rollout.hourly_usd / 3600 * needed / asked
    low, high = ((seconds.value if end is None else end) * rate for end in (seconds.low, seconds.high))
    below, above = ((model.value if end is None else end) for end in (model.low, model.high))
    return Estimate(model.value + seconds.value * rate, below + low, above + high, model.n)


def _model_cost(runs: Sequence[int]) -> Estimate:
    """Over all items asked, those that failed as well; an item without a price of its own cost nothing."""
    usd = Coalesce(F("cost_micro_usd") / MICRO, 0.0, output_field=FloatField())
    rows = Prediction.objects.filter(run__in=runs).annotate(usd=usd)
    told = rows.aggregate(n=Count("pk"), total=Sum("usd"), squares=Sum(F("usd") * F("usd")))
    n = told["n"]
    if not n:
        return undefined(0, WAITS)
    mean = told["total"] / n
    if n == 1:
        return Estimate(mean, None, None, 1)
    half = NORMAL * sqrt(max(0.0, told["squares"] - n * mean * mean) / (n - 1) / n)
    return Estimate(mean, max(0.0, mean - half), mean + half, n, method="normal interval of the mean")
