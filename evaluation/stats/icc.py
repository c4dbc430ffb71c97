"""Intraclass correlations: agreement of raters who give numbers (Shrout & Fleiss 1979; McGraw & Wong 1996).

From the mean squares of items (B), of raters (C), of what is left (E), and within items (W), n items and k raters:

    ICC(1,1) = (B - W) / (B + (k - 1) W)                    other raters for each item
    ICC(2,1) = (B - E) / (B + (k - 1) E + k (C - E) / n)    the raters are a sample, and their level counts
    ICC(3,1) = (B - E) / (B + (k - 1) E)                    these raters only, and their level does not count

and (.,k), of the mean of k raters. Only items that every rater rated can be used. Intervals are from F.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from evaluation.stats.types import LEVEL, Estimate, undefined

KINDS = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")
TIGHT = 1e-12


@dataclass(frozen=True)
class _Squares:
    """Mean squares of n items by k raters."""

    n: int
    k: int
    items: float
    raters: float
    left: float
    within: float


def intraclass(ratings: Sequence[Sequence[Any]] | np.ndarray) -> dict[str, Estimate]:
    """All six from ratings (raters, items); None and NaN are missing. Keys "1,1" to "3,k"."""
    values = np.array([[np.nan if one is None else one for one in row] for row in ratings], dtype=np.float64)
    values = values.reshape(len(values), len(ratings[0]) if len(ratings) else 0).T
    values = values[np.isfinite(values).all(axis=1)]
    n, k = values.shape
    if k < 2:
        return dict.fromkeys(KINDS, undefined(n, "it takes two raters"))
    if n < 2:
        return dict.fromkeys(KINDS, undefined(n, "it takes two items that every rater rated"))
    squares = _mean_squares(values)
    if squares.items + squares.within < TIGHT:
        return dict.fromkeys(KINDS, undefined(n, "all ratings are the same, so items cannot be told apart"))
    single = {"1": _one_way(squares), "2": _two_way_random(squares), "3": _two_way_mixed(squares)}
    alone = {f"{kind},1": found for kind, found in single.items()}
    return alone | {f"{kind},k": _of_mean(found, squares) for kind, found in single.items()}


def _mean_squares(values: np.ndarray) -> _Squares:
    n, k = values.shape
    grand = values.mean()
    between = k * ((values.mean(axis=1) - grand) ** 2).sum()
    raters = n * ((values.mean(axis=0) - grand) ** 2).sum()
    within = ((values - values.mean(axis=1, keepdims=True)) ** 2).sum()
    left = max(within - raters, 0.0)
    return _Squares(
        n=n,
        k=k,
        items=float(between / (n - 1)),
        raters=float(raters / (k - 1)),
        left=float(left / ((n - 1) * (k - 1))),
        within=float(within / (n * (k - 1))),
    )


def _one_way(squares: _Squares) -> Estimate:
    return _by_f(squares, squares.within, squares.n * (squares.k - 1))


def _two_way_mixed(squares: _Squares) -> Estimate:
    return _by_f(squares, squares.left, (squares.n - 1) * (squares.k - 1))


def _by_f(squares: _Squares, rest: float, freedom: int) -> Estimate:
    """(B - rest) / (B + (k - 1) rest), with the interval of F = B / rest."""
    n, k = squares.n, squares.k
    below = squares.items + (k - 1) * rest
    if below < TIGHT:
        return undefined(n, "nothing varies but the raters' level")
    value = (squares.items - rest) / below
    if rest < TIGHT:
        return Estimate(value, None, None, n, "raters do not differ at all, so there is no interval")
    f, at = squares.items / rest, (1 + LEVEL) / 2
    low = f / float(stats.f.ppf(at, n - 1, freedom))
    high = f * float(stats.f.ppf(at, freedom, n - 1))
    return Estimate(value, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1), n)


def _two_way_random(squares: _Squares) -> Estimate:
    """With the interval of McGraw & Wong 1996, table 7."""
    n, k, items, raters, left = squares.n, squares.k, squares.items, squares.raters, squares.left
    below = items + (k - 1) * left + k * (raters - left) / n
    if abs(below) < TIGHT:
        return undefined(n, "nothing varies that it could be taken of")
    value = (items - left) / below
    if left < TIGHT:
        return Estimate(value, None, None, n, "raters differ by their level only, so there is no interval")
    f = raters / left
    spread = n * (1 + (k - 1) * value) - k * value
    below = (n - 1) * (k * value * f) ** 2 + spread**2
    freedom = (k - 1) * (n - 1) * (k * value * f + spread) ** 2 / below if below > TIGHT else 0.0
    if freedom < TIGHT:
        return Estimate(value, None, None, n, "too few items for the interval of this coefficient")
    at = (1 + LEVEL) / 2
    over, under = float(stats.f.ppf(at, n - 1, freedom)), float(stats.f.ppf(at, freedom, n - 1))
    rest = k * raters + (k * n - k - n) * left
    low = n * (items - over * left) / (over * rest + n * items)
    high = n * (under * items - left) / (rest + n * under * items)
    if not (np.isfinite(low) and np.isfinite(high)):
        return Estimate(value, None, None, n, "too few items for the interval of this coefficient")
    return Estimate(value, low, high, n)


def _of_mean(single: Estimate, squares: _Squares) -> Estimate:
    """Of the mean of k raters (Spearman-Brown, which turns the three single ones into the three of means)."""
    if single.value is None:
        return single
    k = squares.k

    def stepped(value: float | None) -> float | None:
        below = 1 + (k - 1) * value if value is not None else 0.0
        return k * value / below if value is not None and below > TIGHT else None

    value = stepped(single.value)
    if value is None:
        return undefined(single.n, "items do not differ in their mean, so it has nothing to stand on")
    return Estimate(value, stepped(single.low), stepped(single.high), single.n, single.reason)
