"""How strict each rater is, and whether that changes in the course of a panel.

A deviation is a rater's score less the mean of the others' on the same output and criterion, so it is not about which
outputs a rater got: below 0 is strict. Severity is its mean; drift is the slope of a straight line through it from a
rater's first output (0) to their last (1), in points of the scale. The others rated the same outputs at other turns,
drawn by lot, so a drift that all share shows only in part. Intervals draw whole items.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse, stats

from evaluation.stats.intervals import estimate, ratio
from evaluation.stats.item_ratios import of_outputs, ratio_over_items
from evaluation.stats.panel_scores import PLAIN, Output, Rated, Sampled
from evaluation.stats.resampling import Floats, Plan
from evaluation.stats.types import Estimate, undefined

ALONE = "nobody else rated the same outputs"
STEPS = 10


@dataclass(frozen=True)
class Deviation:
    """By how much a rater is above the others on one output and criterion; `when` from 0 (first) to 1 (last)."""

    rater: str
    run: str
    item: str
    criterion: str
    when: float
    by: float


@dataclass(frozen=True)
class Drift:
    """The slope, and the mean deviation in each tenth of the rater's turns: (tenth from 0, mean, ratings)."""

    slope: Estimate
    tenths: list[tuple[int, float, int]]

    def as_dict(self) -> dict[str, Any]:
        steps = [{"tenth": place, "mean": mean, "ratings": count} for place, mean, count in self.tenths]
        return {"slope": self.slope.as_dict(), "tenths": steps}


def deviations(rated: Sequence[Rated], against: Sequence[Rated] | None = None) -> list[Deviation]:
    """Each rating against the mean of the others' of the output; or of all `against`, as a judge against people."""
    given: dict[tuple[Output, str], dict[str, float]] = defaultdict(dict)
    for one in rated if against is None else against:
        for criterion, score in one.scores.items():
            given[((one.run, one.item), criterion)][one.rater] = score
    when = _turns(rated)
    found = []
    for one in rated:
        for criterion, score in sorted(one.scores.items()):
            all_of = given.get(((one.run, one.item), criterion), {})
            others = [value for rater, value in sorted(all_of.items()) if rater != one.rater]
            if others:
                at = when[(one.rater, one.run, one.item)]
                found.append(Deviation(one.rater, one.run, one.item, criterion, at, float(score - np.mean(others))))
    return found


def severity(found: Sequence[Deviation], *, plan: Plan, sampled: Sampled = PLAIN) -> Estimate:
    """The mean deviation; pass those of one rater, and of one criterion or all. n is items."""
    parts: dict[str, tuple[float, float]] = {}
    for one in found:
        above, below = parts.get(one.item, (0.0, 0.0))
        parts[one.item] = (above + one.by, below + 1)
    if not parts:
        return undefined(0, ALONE)
    return ratio_over_items(parts, plan=plan, strata=sampled.strata)


def drift(found: Sequence[Deviation], *, plan: Plan, sampled: Sampled = PLAIN) -> Drift:
    """Of one rater's deviations; n of the slope is outputs, each with its mean over criteria."""
    by_output: dict[tuple[str, str, float], list[float]] = defaultdict(list)
    for one in found:
        by_output[(one.run, one.item, one.when)].append(one.by)
    if not by_output:
        return Drift(undefined(0, ALONE), [])
    keys = sorted(by_output)
    when = np.array([at for _, _, at in keys])
    by = np.array([np.mean(by_output[key]) for key in keys])
    tenth = np.minimum((when * STEPS).astype(int), STEPS - 1)
    tenths = [(int(place), float(by[tenth == place].mean()), int((tenth == place).sum())) for place in np.unique(tenth)]
    columns = np.column_stack([np.ones(len(keys)), when, by, when * when, when * by])
    drawn = of_outputs(plan, [item for _, item, _ in keys], sampled.strata)
    value = float(_slope(columns.sum(axis=0)[None])[0])
    obstacle = drawn.obstacle(len(keys))
    if not obstacle and len(keys) < 3:
        obstacle = "an interval of a slope needs at least 3 outputs"
    replicates = np.empty(0) if obstacle else _slope(drawn.sums(sparse.csr_matrix(columns)))
    reason = "all were rated at one time"
    return Drift(estimate(value, replicates, n=len(keys), reason=reason, obstacle=obstacle), tenths)


def _slope(sums: Floats) -> Floats:
    n, when, by, squares, products = sums.T
    spread = n * squares - when**2
    return ratio(n * products - when * by, np.where(spread > 1e-12, spread, 0.0))


def _turns(rated: Sequence[Rated]) -> dict[tuple[str, str, str], float]:
    """Where in their own order each rater rated an output, 0 the first and 1 the last."""
    own: dict[str, list[Rated]] = defaultdict(list)
    for one in rated:
        own[one.rater].append(one)
    found = {}
    for rater, theirs in own.items():
        ranks = stats.rankdata([one.turn for one in theirs])
        for one, rank in zip(theirs, ranks, strict=True):
            found[(rater, one.run, one.item)] = float((rank - 1) / max(len(theirs) - 1, 1))
    return found
