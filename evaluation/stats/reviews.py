"""What a review says: how far a prediction in view sways people, how right what went through is, what time it saves.

Tasks are dealt to two arms by lot, with the prediction in view (assisted) and without (blind), so their difference is
the effect of seeing it. Other people look at other items: the difference is unpaired. Its interval is made of those of
the arms (square and add; Newcombe 1998, method 10, for shares; Zou & Donner 2008 for any measure):

    d = a - b;   low = d - sqrt((a - low_a)^2 + (high_b - b)^2);   high = d + sqrt((high_a - a)^2 + (b - low_b)^2)

Labelling everything takes the blind arm's mean seconds for each item asked; the review takes each arm's mean for each
of its tasks, those not done yet as well:

    saved = 1 - (tasks_blind * mean_blind + tasks_assisted * mean_assisted) / (asked * mean_blind)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

import numpy as np

from evaluation.stats.intervals import clopper_pearson, percentile_interval, wilson
from evaluation.stats.item_ratios import ratio_over_items
from evaluation.stats.resampling import Floats, Plan
from evaluation.stats.types import Estimate, undefined

FEWEST = 10  # measured tasks of an arm below which time saved is not told
MET, MISSED, OPEN = "met", "missed", "open"


@dataclass(frozen=True)
class Looked:
    """One task that is done: labels predicted, those the person gives too, those they add, and seconds of work."""

    predicted: int
    kept: int
    added: int
    is_blind: bool
    is_audit: bool = False
    is_failed: bool = False
    seconds: float | None = None

    @property
    def is_same(self) -> bool:
        """The person's labels are those of the prediction."""
        return self.kept == self.predicted and not self.added

    @property
    def is_right(self) -> bool:
        """Every predicted label applies; what is missing is told by `added`."""
        return self.kept == self.predicted


@dataclass(frozen=True)
class Contrast:
    """A measure in both arms, and assisted minus blind."""

    name: str
    assisted: Estimate
    blind: Estimate
    difference: Estimate

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "assisted": self.assisted.as_dict(),
            "blind": self.blind.as_dict(),
            "difference": self.difference.as_dict(),
        }


def contrasts(looked: Sequence[Looked], *, plan: Plan) -> list[Contrast]:
    """Accepted labels, same answers and mean seconds, assisted against blind; tasks without a prediction left out."""
    arms = [[one for one in looked if one.is_blind == blind and not one.is_failed] for blind in (False, True)]
    measures: list[tuple[str, Callable[[Sequence[Looked]], Estimate]]] = [
        ("accepted", lambda arm: accepted(arm, plan=plan)),
        ("same", same),
        ("seconds", lambda arm: mean_seconds(arm, plan=plan)),
    ]
    return [
        Contrast(name, assisted, blind, difference(assisted, blind))
        for name, measure in measures
        for assisted, blind in [(measure(arms[0]), measure(arms[1]))]
    ]


def accepted(looked: Sequence[Looked], *, plan: Plan) -> Estimate:
    """The share of predicted labels that people give too; n is the tasks with a predicted label."""
    return _ratio([(one.kept, one.predicted) for one in looked], plan, "no predicted label was looked at")


def same(looked: Sequence[Looked]) -> Estimate:
    """The share of tasks in which people give exactly the predicted labels."""
    return wilson(sum(one.is_same for one in looked), len(looked))


def mean_seconds(looked: Sequence[Looked], *, plan: Plan) -> Estimate:
    """Mean seconds of work on a task; n is the tasks that were measured."""
    return _ratio([(one.seconds, 1) for one in looked if one.seconds is not None], plan, "no seconds were measured")


def difference(a: Estimate, b: Estimate) -> Estimate:
    """a minus b of two independent groups; n is of both. Undefined where one is, without interval where one has none.

    >>> found = difference(wilson(56, 70), wilson(48, 80))
    >>> round(found.low, 4), round(found.high, 4)
    (0.0524, 0.3339)
    """
    n = a.n + b.n
    if a.value is None or b.value is None:
        return undefined(n, "one of the two was not measured yet")
    value = a.value - b.value
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Estimate(value, None, None, n, "one of the two has no interval")
    low = value - hypot(a.value - a.low, b.high - b.value)
    high = value + hypot(a.high - a.value, b.value - b.low)
    return Estimate(value, low, high, n)


def passed_precision(looked: Sequence[Looked], *, blind_only: bool = False) -> Estimate:
    """Of what went through, the share of items that are right in every label, from the audit; the exact interval.

    Every item that went through had the same chance to be drawn, so the sample needs no weights.
    """
    audited = [one for one in looked if one.is_audit and (one.is_blind or not blind_only)]
    found = clopper_pearson(sum(one.is_right for one in audited), len(audited))
    return undefined(0, "nothing of what went through was audited yet") if found.value is None else found


def time_saved(
    looked: Sequence[Looked], *, asked: int, tasks_assisted: int, tasks_blind: int, plan: Plan
) -> tuple[Estimate, Estimate]:
    """The share of time saved, and the hours, against labelling all items asked; see the module for the formula.

    Both undefined with fewer than FEWEST measured tasks in an arm that has tasks. Percentile intervals, both arms
    drawn anew.
    """
    seconds = {
        blind: np.array([one.seconds for one in looked if one.is_blind == blind and one.seconds is not None])
        for blind in (False, True)
    }
    n = len(seconds[True]) + len(seconds[False])
    for blind, tasks, name in ((True, 1, "without the prediction"), (False, tasks_assisted, "with the prediction")):
        if tasks and len(seconds[blind]) < FEWEST:
            reason = f"{len(seconds[blind])} measured tasks {name}; {FEWEST} are needed"
            return undefined(n, reason), undefined(n, reason)
    if not asked:
        return undefined(n, "nothing was asked"), undefined(n, "nothing was asked")

    def spent(blind: Floats, assisted: Floats) -> Floats:
        return tasks_blind * blind + tasks_assisted * assisted

    means = [_drawn_means(seconds[blind], plan, offset=number) for number, blind in enumerate((True, False))]
    whole = [float(one.mean()) if len(one) else 0.0 for one in (seconds[True], seconds[False])]
    if not whole[0]:
        return (undefined(n, "labelling took no time"),) * 2
    used = tasks_blind * whole[0] + tasks_assisted * whole[1]
    share = 1 - used / (asked * whole[0])
    hours = (asked * whole[0] - used) / 3600
    drawn = spent(means[0], means[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = percentile_interval(1 - drawn / (asked * means[0]))
    totals = percentile_interval((asked * means[0] - drawn) / 3600)
    return _estimate(share, shares, n), _estimate(hours, totals, n)


def _estimate(value: float, interval: tuple[float, float] | None, n: int) -> Estimate:
    low, high = interval or (None, None)
    return Estimate(value, low, high, n)


def standing(found: Estimate, target: float, *, at_most: bool = False) -> str:
    """Whether a target is met: the whole interval is on its side, on the other side, or it cannot be told yet.

    >>> standing(wilson(90, 100), 0.8), standing(wilson(79, 100), 0.8), standing(wilson(5, 100), 0.8)
    ('met', 'open', 'missed')
    """
    if found.value is None:
        return OPEN
    low = found.value if found.low is None else found.low
    high = found.value if found.high is None else found.high
    if at_most:
        return MET if high <= target else MISSED if low > target else OPEN
    return MET if low >= target else MISSED if high < target else OPEN


def _ratio(parts: Sequence[tuple[float | None, float]], plan: Plan, reason: str) -> Estimate:
    by_item = {f"{place:08d}": (float(above or 0), float(below)) for place, (above, below) in enumerate(parts)}
    found = ratio_over_items(by_item, plan=plan)
    return undefined(found.n, reason) if found.value is None else found


def _drawn_means(values: Floats, plan: Plan, *, offset: int) -> Floats:
    """Means of resamples, drawn in blocks; zeros where there is nothing to draw."""
    if not len(values):
        return np.zeros(plan.resamples)
    dice = np.random.default_rng([plan.seed, offset])
    return np.array([values[dice.integers(0, len(values), len(values))].mean() for _ in range(plan.resamples)])
