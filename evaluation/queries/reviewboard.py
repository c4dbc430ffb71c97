"""The page of a review: where its targets stand, assisted against blind, the audit, and the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.models import Review
from evaluation.queries import reviews as queries
from evaluation.stats import reviews as stats
from evaluation.stats.intervals import Plan, wilson
from evaluation.stats.reviews import Contrast
from evaluation.stats.types import Estimate, undefined
from reviewapp.common.charts import Chart
from reviewapp.common.charts.day_bars import day_bars

MICRO = 1e6
MEASURES = {
    "accepted": "Predicted labels that people give too",
    "same": "Answered exactly as predicted",
    "seconds": "Seconds a task, mean",
}


@dataclass(frozen=True)
class Target:
    """One aim, and where it stands: met, missed, or open as long as the interval holds it."""

    name: str
    found: Estimate
    kind: str  # how its numbers are written: share, dollars
    aim: float
    at_most: bool
    note: str

    @property
    def standing(self) -> str:
        return stats.standing(self.found, self.aim, at_most=self.at_most)


@dataclass(frozen=True)
class Reason:
    """The tasks of one reason, and how often people answered otherwise."""

    name: str
    tasks: int
    done: int
    changed: Estimate

    @property
    def open(self) -> int:
        return self.tasks - self.done


@dataclass(frozen=True)
class Board:
    """All figures of a review."""

    tasks: int
    done: int
    assisted: int
    blind: int
    targets: list[Target]
    contrasts: list[Contrast]
    precision: Estimate
    blind_precision: Estimate
    hours: Estimate
    reasons: list[Reason]
    chart: Chart | None
    plan: Plan

    def as_dict(self) -> dict[str, Any]:
        return {
            "tasks": self.tasks,
            "done": self.done,
            "targets": [
                {"name": one.name, "target": one.aim, "standing": one.standing, **one.found.as_dict()}
                for one in self.targets
            ],
            "assisted_against_blind": [one.as_dict() for one in self.contrasts],
            "passed_precision": self.precision.as_dict(),
            "passed_precision_blind": self.blind_precision.as_dict(),
            "hours_saved": self.hours.as_dict(),
            "reasons": [
                {"name": one.name, "tasks": one.tasks, "done": one.done, "changed": one.changed.as_dict()}
                for one in self.reasons
            ],
            "interval": self.plan.resampled(max(self.done, 1)).as_dict(),
        }

    @property
    def anchoring(self) -> str:
        """What the arms say of how far a prediction in view sways people, in a sentence."""
        same = next(one for one in self.contrasts if one.name == "same").difference
        if same.value is None or same.low is None or same.high is None:
            return "Both arms are needed to tell how far a prediction in view sways people."
        points = f"{abs(100 * same.value):.1f} points ({100 * same.low:.1f} to {100 * same.high:.1f})"
        if same.low > 0:
            return f"People follow a prediction that they see: it is the answer more often by {points}."
        if same.high < 0:
            return f"With the prediction in view it is the answer less often, by {points}."
        return f"No sway could be told: with the prediction in view it is the answer {points} more or less often."


def board(review: Review) -> Board:
    """A fixed number of queries, and one row a task that is done."""
    looked = queries.looked_at(review)
    assisted, blind = queries.arms_of(review)
    plan = Plan(seed=review.seed)
    saved, hours = stats.time_saved(looked, asked=review.asked, tasks_assisted=assisted, tasks_blind=blind, plan=plan)
    days = queries.override_days(review)
    return Board(
        tasks=assisted + blind,
        done=len(looked),
        assisted=assisted,
        blind=blind,
        targets=_targets(review, saved, looked, (assisted, blind), plan),
        contrasts=stats.contrasts(looked, plan=plan),
        precision=stats.passed_precision(looked),
        blind_precision=stats.passed_precision(looked, blind_only=True),
        hours=hours,
        reasons=[
            Reason(one.name, one.tasks, one.done, wilson(one.changed, one.done)) for one in queries.reasons_of(review)
        ],
        chart=_chart(days),
        plan=plan,
    )


def _targets(
    review: Review, saved: Estimate, looked: Sequence[stats.Looked], arms: tuple[int, int], plan: Plan
) -> list[Target]:
    auto = wilson(review.passed, review.asked) if review.asked else undefined(0, "nothing was asked")
    return [
        Target("Answered without a person", auto, "share", review.target_auto, at_most=False,
               note=f"{review.passed:,} of {review.asked:,} items asked"),
        Target("Less time than labelling everything", saved, "share", review.target_time, at_most=False,
               note=f"{saved.n:,} measured tasks"),
        _cost(review, looked, arms, plan),
    ]  # fmt: skip


def _cost(review: Review, looked: Sequence[stats.Looked], arms: tuple[int, int], plan: Plan) -> Target:
    """The model's cost an item, and where an hour has a price what the reviewers' time adds to it."""

    def target(found: Estimate, note: str) -> Target:
        return Target("Cost of an item", found, "dollars", review.target_cost, at_most=True, note=note)

    total = queries.priced(review.run)
    if not total:
        return target(undefined(0, "the run states no cost"), "")
    model = review.run.spent_micro_usd / MICRO / total
    if review.hourly_usd is None:
        return target(Estimate(model, None, None, total), "the model alone: no price of an hour is set")
    cost, low, high, n = model, model, model, 0
    for is_blind, tasks in zip((False, True), arms, strict=True):
        if not tasks:
            continue
        mean = stats.mean_seconds([one for one in looked if one.is_blind == is_blind], plan=plan)
        if mean.value is None:
            return target(undefined(mean.n, mean.reason), "model and reviewers")
        rate = review.hourly_usd / 3600 * tasks / max(review.asked, 1)
        cost += mean.value * rate
        low += (mean.value if mean.low is None else mean.low) * rate
        high += (mean.value if mean.high is None else mean.high) * rate
        n += mean.n
    return target(Estimate(cost, low, high, n), f"model and reviewers, at ${review.hourly_usd:g} an hour")


def _chart(days: list[queries.OverrideDay]) -> Chart | None:
    if len(days) < 2:
        return None
    return day_bars(
        [(one.day, one.overridden / one.tasks) for one in days],
        title="Answered otherwise than predicted, by day", measure="share of tasks", said=lambda value: f"{value:.0%}",
    )  # fmt: skip
