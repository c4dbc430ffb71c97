"""When did a series change its level? One change in the mean of points whose errors are known.

For each place between two points the series is fitted by one mean before and one after, weighted by 1 / variance. With
equal prior chance for each place and flat priors on both means (Smith 1975, Biometrika 62) the chance that the change
lies there is in proportion to exp(gain / 2) / sqrt(W1 W2), where gain is how much the weighted squares fall against one
mean for all and W are the sums of weights. The 95% credible set holds the likeliest places. Whether there is a change
at all is tested by the largest gain, against series drawn with these errors and without a change.

It supposes that points err independently, by their own sampling error alone, and that there is one change and no trend.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evaluation.stats.types import LEVEL

LEAST_POINTS = 3
DRAWS = 2000
ALPHA = 0.05


@dataclass(frozen=True)
class Level:
    """One point of a series: its mean, the variance of that mean, and how many items are behind it."""

    name: str
    mean: float
    variance: float
    n: int


@dataclass(frozen=True)
class Began:
    """Where a series changed. Places count points from 0: `at` is the first one after the change.

    `at` None: it cannot be told, and `reason` says why. `earliest` and `latest` are the ends of the credible set.
    """

    at: int | None
    earliest: int | None
    latest: int | None
    mass: float | None  # of the credible set, at least LEVEL
    before: float | None
    after: float | None
    p: float | None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "at": self.at, "earliest": self.earliest, "latest": self.latest, "mass": self.mass, "before": self.before,
            "after": self.after, "p": self.p, "reason": self.reason,
        }  # fmt: skip


def change_point(points: Sequence[Level], *, seed: int = 0, alpha: float = ALPHA) -> Began:
    """The likeliest place of one change, in the order given; ValueError for a variance that is not above 0.

    >>> series = [Level(str(k), 0.8 if k < 4 else 0.6, 0.0004, 100) for k in range(8)]
    >>> found = change_point(series)
    >>> found.at, found.earliest, found.latest
    (4, 4, 4)
    """
    if any(one.variance <= 0 for one in points):
        raise ValueError("each point needs a variance above 0")
    if len(points) < LEAST_POINTS:
        return _untold(f"a series of {len(points)}; at least {LEAST_POINTS} points are needed")
    means = np.array([one.mean for one in points])
    weights = 1 / np.array([one.variance for one in points])
    gains = _gains(means[None], weights)[0]
    drawn = np.random.default_rng(seed).normal(0, 1 / np.sqrt(weights), size=(DRAWS, len(points)))
    p = float(1 + (_gains(drawn, weights).max(axis=1) >= gains.max()).sum()) / (1 + DRAWS)
    if p > alpha:
        return _untold("no change of level stands out from the points' own errors", p)
    before, after = _sums(weights)
    chance = gains / 2 - np.log(before * after) / 2
    chance = np.exp(chance - chance.max())
    chance /= chance.sum()
    places = np.argsort(-chance, kind="stable")
    enough = int(np.searchsorted(np.cumsum(chance[places]), LEVEL)) + 1
    chosen = places[:enough]
    at = int(places[0]) + 1
    return Began(
        at=at, earliest=int(chosen.min()) + 1, latest=int(chosen.max()) + 1, mass=float(chance[chosen].sum()),
        before=float(np.average(means[:at], weights=weights[:at])),
        after=float(np.average(means[at:], weights=weights[at:])), p=p,
    )  # fmt: skip


def variance_of(low: float, high: float) -> float:
    """The variance that a 95% interval stands for, as if it were a normal one; at least that of half a percent."""
    z = float(stats.norm.ppf((1 + LEVEL) / 2))
    return max(((high - low) / (2 * z)) ** 2, 0.005**2)


def _untold(reason: str, p: float | None = None) -> Began:
    return Began(None, None, None, None, None, None, p, reason)


def _sums(weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sums of weights before and after each place between two points."""
    before = np.cumsum(weights)[:-1]
    return before, weights.sum() - before


def _gains(series: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(series, places): W1 W2 / W (mean before - mean after)^2, the fall of the weighted squares by a change there."""
    before, after = _sums(weights)
    sums = np.cumsum(series * weights, axis=1)
    first = sums[:, :-1] / before
    second = (sums[:, -1:] - sums[:, :-1]) / after
    return np.asarray(before * after / weights.sum() * (first - second) ** 2)
