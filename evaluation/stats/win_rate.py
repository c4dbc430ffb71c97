"""Choices between two outputs of an item: how often which run wins, and what its place on the screen does.

A tie is half a win for each. A win rate is the mean over choices, its interval draws whole items. Where every choice
fell the same way resampling has nothing to draw on, and the interval is Wilson's over items.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from evaluation.stats.coefficients import krippendorff_alpha
from evaluation.stats.intervals import wilson
from evaluation.stats.item_ratios import of_outputs, ratio_over_items
from evaluation.stats.resampling import Floats, Plan
from evaluation.stats.types import Estimate, undefined

POINTS = {"a": 1.0, "t": 0.5, "b": 0.0}


@dataclass(frozen=True)
class Chosen:
    """What a rater said of outputs `a` and `b` (runs) of an item; `better` is "a", "b" or "t" for a tie."""

    rater: str
    item: str
    a: str
    b: str
    better: str
    is_b_first: bool


@dataclass(frozen=True)
class PositionBias:
    """How often what was shown first won: `share` with ties as halves, and the exact test of the choices that were no
    ties against one half. The test takes choices for independent."""

    share: Estimate
    first: int
    second: int
    ties: int
    p: float | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "share": self.share.as_dict(),
            "first": self.first,
            "second": self.second,
            "ties": self.ties,
            "p": self.p,
        }


def win_rate(
    chosen: Sequence[Chosen], one: str, other: str, *, plan: Plan, strata: Mapping[str, Hashable] | None = None
) -> Estimate:
    """How often `one` won against `other`; n is the items."""
    points = [(each.item, _points(each, one)) for each in chosen if {each.a, each.b} == {one, other}]
    return _mean_points(points, plan, strata)


def position_bias(
    chosen: Sequence[Chosen], *, plan: Plan, strata: Mapping[str, Hashable] | None = None
) -> PositionBias:
    """Of choices whose order was drawn by lot: without a bias the share is one half, whatever the runs are worth."""
    points = [(each.item, 1 - POINTS[each.better] if each.is_b_first else POINTS[each.better]) for each in chosen]
    values = [value for _, value in points]
    first, second = values.count(1.0), values.count(0.0)
    p = float(stats.binomtest(first, first + second).pvalue) if first + second else None
    return PositionBias(_mean_points(points, plan, strata), first, second, values.count(0.5), p)


def net_of_items(chosen: Sequence[Chosen], one: str, other: str) -> list[float]:
    """The mean points of `one` less one half, by item: what a test of the two runs takes."""
    found: dict[str, list[float]] = defaultdict(list)
    for each in chosen:
        if {each.a, each.b} == {one, other}:
            found[each.item].append(_points(each, one) - 0.5)
    return [float(np.mean(found[item])) for item in sorted(found)]


def tables_of_items(chosen: Sequence[Chosen], runs: Sequence[str]) -> dict[str, Floats]:
    """By item, how often the run of the row beat that of the column, ties as halves."""
    place = {run: index for index, run in enumerate(runs)}
    found: dict[str, Floats] = {}
    for each in chosen:
        table = found.setdefault(each.item, np.zeros((len(runs), len(runs))))
        points = POINTS[each.better]
        table[place[each.a], place[each.b]] += points
        table[place[each.b], place[each.a]] += 1 - points
    return found


def choice_agreement(chosen: Sequence[Chosen], *, plan: Plan, strata: Mapping[str, Hashable] | None = None) -> Estimate:
    """Ordinal alpha of raters on the same pairs, with a tie between the two; n is the pairs with two choices."""
    units: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for each in chosen:
        units[(each.item, each.a, each.b)][each.rater] = each.better
    kept = {key: given for key, given in units.items() if len(given) > 1}
    if not kept:
        return undefined(0, "no pair was judged by two raters")
    raters = sorted({rater for given in kept.values() for rater in given})
    rows = [[given.get(rater) for given in kept.values()] for rater in raters]
    drawn = of_outputs(plan, [item for item, _, _ in kept], strata)
    return krippendorff_alpha(rows, distance="ordinal", grades=("a", "t", "b"), plan=drawn)


def _points(each: Chosen, run: str) -> float:
    return POINTS[each.better] if each.a == run else 1 - POINTS[each.better]


def _mean_points(points: Sequence[tuple[str, float]], plan: Plan, strata: Mapping[str, Hashable] | None) -> Estimate:
    parts: dict[str, tuple[float, float]] = {}
    for item, value in points:
        above, below = parts.get(item, (0.0, 0.0))
        parts[item] = (above + value, below + 1)
    found = ratio_over_items(parts, plan=plan, strata=strata)
    if found.value in (0.0, 1.0) and found.low is None:
        return replace(wilson(round(found.value) * found.n, found.n), method="Wilson's over items")
    return found
