"""Has a stream changed? Two windows compared signal by signal: an effect with its interval, and a test.

A signal fires only if both speak: the effect is at least what was declared to matter, and the p-value, adjusted over
all signals looked at, is small. With 50,000 items every p is small; with 30 every effect is large.

Effects: PSI (population stability index, the symmetrised Kullback-Leibler divergence) of classes; Jensen-Shannon
distance (natural logarithm, Lin 1991) of numbers in bins that the reference fixes; Cohen's h (1988) of shares; the
difference of means. Tests: chi-square of homogeneity, Kolmogorov-Smirnov (asymptotic, so conservative with ties),
Fisher's exact or the pooled z of two shares, Welch's t.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import distance

from evaluation.stats.multiplicity import benjamini_hochberg
from evaluation.stats.types import LEVEL, Estimate, undefined

FLOOR = 1e-4  # of an empty class's share in PSI
LEAST = 30  # items in each window, below which nothing is said
LEAST_EXPECTED = 5  # of a cell of the chi-square test (Cochran 1954): rarer classes are pooled
BINS = 10
FEW = 20  # values, each of which is its own bin
DRAWS = 400
ALPHA = 0.05
MATTERS = {"psi": 0.1, "js": 0.1, "h": 0.2, "mean": 0.05}
POOLED = "(rare)"
TOO_FEW = f"fewer than {LEAST} items in a window"


@dataclass(frozen=True)
class Signal:
    """One comparison of two windows. `p` None: it could not be tested, and `effect.reason` says why."""

    name: str
    effect_name: str  # a key of MATTERS
    effect: Estimate
    matters: float
    test: str
    p: float | None
    reference: float | None  # the typical value then and now, where one number says it: a share or a mean
    current: float | None
    n: tuple[int, int]
    adjusted: float | None = None
    fired: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "effect_name": self.effect_name,
            "effect": self.effect.as_dict(),
            "matters": self.matters,
            "test": self.test,
            "p": self.p,
            "adjusted": self.adjusted,
            "reference": self.reference,
            "current": self.current,
            "n": list(self.n),
            "fired": self.fired,
        }


def psi(reference: Sequence[float], current: Sequence[float]) -> float:
    """sum (c - r) ln(c / r) over classes, from counts or shares; an empty class counts as FLOOR.

    >>> round(psi([50, 30, 20], [40, 35, 25]), 5)
    0.04118
    """
    return float(_psi(np.asarray(reference, float)[None], np.asarray(current, float)[None])[0])


def js_distance(reference: Sequence[float], current: Sequence[float]) -> float:
    """The Jensen-Shannon distance: 0 for equal shares, sqrt(ln 2) = 0.83 for disjoint ones.

    >>> round(js_distance([1, 0], [0.5, 0.5]), 4)
    0.4645
    """
    return float(_js(np.asarray(reference, float)[None], np.asarray(current, float)[None])[0])


def classes(name: str, reference: Sequence[str], current: Sequence[str], *, seed: int = 0) -> Signal:
    """Classes of items: PSI, and chi-square of homogeneity with rare classes pooled."""
    then, now = Counter(reference), Counter(current)
    common = _pooled(then, now)
    counts = np.array([[_count(window, names) for names in common.values()] for window in (then, now)], float)
    n = (len(reference), len(current))
    if min(n) < LEAST:
        return _silent(name, "psi", "chi-square", n, TOO_FEW)
    if counts.shape[1] < 2:
        return _silent(name, "psi", "chi-square", n, "all items are of one class")
    effect = _with_interval(_psi, counts, n, seed)
    p = float(stats.chi2_contingency(counts, correction=False).pvalue)
    return Signal(name, "psi", effect, MATTERS["psi"], "chi-square", p, None, None, n)


def numbers(name: str, reference: Sequence[float], current: Sequence[float], *, seed: int = 0) -> Signal:
    """Numbers of items: Jensen-Shannon distance over bins of equal mass in the reference, and Kolmogorov-Smirnov."""
    then, now = np.asarray(reference, float), np.asarray(current, float)
    n = (len(then), len(now))
    if min(n) < LEAST:
        return _silent(name, "js", "Kolmogorov-Smirnov", n, TOO_FEW)
    counts = _binned(then, now)
    if np.ptp(np.concatenate([then, now])) == 0:
        return _silent(name, "js", "Kolmogorov-Smirnov", n, "all values are equal")
    effect = _with_interval(_js, counts, n, seed)
    p = float(stats.ks_2samp(then, now, method="asymp").pvalue)
    return Signal(name, "js", effect, MATTERS["js"], "Kolmogorov-Smirnov", p, float(then.mean()), float(now.mean()), n)


def _binned(then: NDArray[np.float64], now: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many values of each window fall into each bin: a bin a value where there are few, else tenths of `then`."""
    values = np.unique(np.concatenate([then, now]))
    tenths = np.quantile(then, np.linspace(0, 1, BINS + 1)[1:-1])
    bounds = values[:-1] if len(values) <= FEW else np.unique(tenths)
    places = [np.searchsorted(bounds, one, "left") for one in (then, now)]
    return np.array([np.bincount(one, minlength=len(bounds) + 1) for one in places], float)


def share(name: str, hits: tuple[int, int], n: tuple[int, int]) -> Signal:
    """A share then and now: Cohen's h = 2 asin sqrt(now) - 2 asin sqrt(then), with the interval of its large-sample
    error sqrt(1/n + 1/m); Fisher's exact test where a cell is expected below 5, else the pooled z."""
    if min(n) < LEAST:
        return _silent(name, "h", "two proportions", n, TOO_FEW)
    then, now = hits[0] / n[0], hits[1] / n[1]
    h = 2 * float(np.arcsin(np.sqrt(now)) - np.arcsin(np.sqrt(then)))
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * float(np.sqrt(1 / n[0] + 1 / n[1]))
    test, p = _two_proportions(hits, n)
    return Signal(name, "h", Estimate(h, h - half, h + half, sum(n)), MATTERS["h"], test, p, then, now, n)


def means(name: str, reference: Sequence[float], current: Sequence[float]) -> Signal:
    """The difference of two means, now less then, with Welch's interval and test."""
    then, now = np.asarray(reference, float), np.asarray(current, float)
    n = (len(then), len(now))
    if min(n) < LEAST:
        return _silent(name, "mean", "Welch's t", n, TOO_FEW)
    difference = float(now.mean() - then.mean())
    if np.ptp(then) == 0 and np.ptp(now) == 0:
        return _silent(name, "mean", "Welch's t", n, "neither window varies")
    errors = [float(one.var(ddof=1)) / len(one) for one in (then, now)]
    error = float(np.sqrt(sum(errors)))
    freedom = sum(errors) ** 2 / sum(part**2 / (size - 1) for part, size in zip(errors, n, strict=True))
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    p = float(2 * stats.t.sf(abs(difference) / error, freedom))
    effect = Estimate(difference, difference - half, difference + half, sum(n))
    return Signal(name, "mean", effect, MATTERS["mean"], "Welch's t", p, float(then.mean()), float(now.mean()), n)


def decide(signals: Sequence[Signal], *, alpha: float = ALPHA) -> list[Signal]:
    """The signals with p adjusted over all that could be tested (Benjamini & Hochberg), and which of them fire.

    Where nothing has changed, the chance that any fires is at most `alpha`; the effect's bar only lowers it.
    """
    tested = [place for place, one in enumerate(signals) if one.p is not None]
    adjusted = dict(zip(tested, benjamini_hochberg([signals[place].p or 0.0 for place in tested]), strict=True))
    return [
        replace(one, adjusted=adjusted.get(place), fired=_fires(one, adjusted.get(place), alpha))
        for place, one in enumerate(signals)
    ]


def _fires(one: Signal, adjusted: float | None, alpha: float) -> bool:
    if adjusted is None or one.effect.value is None:
        return False
    return adjusted <= alpha and abs(one.effect.value) >= one.matters


def _silent(name: str, effect: str, test: str, n: tuple[int, int], reason: str) -> Signal:
    return Signal(name, effect, undefined(sum(n), reason), MATTERS[effect], test, None, None, None, n)


def _two_proportions(hits: tuple[int, int], n: tuple[int, int]) -> tuple[str, float]:
    both = sum(hits) / sum(n)
    if min(min(n) * both, min(n) * (1 - both)) < LEAST_EXPECTED:
        table = [[hits[0], n[0] - hits[0]], [hits[1], n[1] - hits[1]]]
        return "Fisher's exact", float(stats.fisher_exact(table)[1])
    error = np.sqrt(both * (1 - both) * (1 / n[0] + 1 / n[1]))
    return "two proportions", float(2 * stats.norm.sf(abs(hits[1] / n[1] - hits[0] / n[0]) / error))


def _pooled(then: Mapping[str, int], now: Mapping[str, int]) -> dict[str, list[str]]:
    """The classes by name, those expected below 5 in the smaller window together in one."""
    total, smaller = _together(then, now), min(sum(then.values()), sum(now.values()))
    everything = max(sum(total.values()), 1)
    kept = {one: [one] for one in sorted(total) if total[one] * smaller / everything >= LEAST_EXPECTED}
    rare = [one for one in sorted(total) if one not in kept]
    return kept | ({POOLED: rare} if rare else {})


def _together(then: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    return {one: then.get(one, 0) + now.get(one, 0) for one in {*then, *now}}


def _count(window: Mapping[str, int], names: Sequence[str]) -> int:
    return sum(window.get(one, 0) for one in names)


def _with_interval(effect: Any, counts: NDArray[np.float64], n: tuple[int, int], seed: int) -> Estimate:
    """The effect with its percentile interval over multinomial draws of both windows.

    A distance is pushed up by chance, in the draws twice: they are moved down by what chance adds on average.
    """
    value = float(effect(counts[:1], counts[1:])[0])
    rng = np.random.default_rng(seed)
    drawn = [
        rng.multinomial(size, row / row.sum(), size=DRAWS).astype(float) for size, row in zip(n, counts, strict=True)
    ]
    replicates = effect(*drawn)
    low, high = np.quantile(replicates - max(float(replicates.mean()) - value, 0.0), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, max(float(low), 0.0), float(high), sum(n))


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _psi(reference: NDArray[np.float64], current: NDArray[np.float64]) -> NDArray[np.float64]:
    then, now = np.maximum(_shares(reference), FLOOR), np.maximum(_shares(current), FLOOR)
    return np.asarray(((now - then) * np.log(now / then)).sum(axis=1))


def _js(reference: NDArray[np.float64], current: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(distance.jensenshannon(reference, current, axis=1))
