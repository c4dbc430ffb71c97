"""Intervals: BCa and percentile from bootstrap replicates, and the exact and Wilson's for a share that stands alone.

Replicates that are all equal have no spread, and no percentile of them is an interval: see `alike`.

BCa (Efron 1987; Efron & Tibshirani 1993, chapter 14) moves the percentiles by z0, how far the value lies from the
middle of its replicates, and by a, how fast its spread changes with it:

    z0 = Phi^-1(share of replicates below the value, ties by half),  a = sum(u^3) / (6 (sum u^2)^1.5)

with u the influence of each item on the value (see `influence`).
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from scipy import special, stats

from evaluation.stats.alike import ALIKE, EXACT, Alike
from evaluation.stats.influence import acceleration
from evaluation.stats.resampling import Floats, Plan, bootstrap_sums, item_weights, swap_sums
from evaluation.stats.types import LEVEL, Estimate, undefined

__all__ = [
    "ALIKE",
    "Alike",
    "Floats",
    "Plan",
    "bca_interval",
    "bootstrap_sums",
    "clopper_pearson",
    "estimate",
    "item_weights",
    "mean_error",
    "mean_of_defined",
    "percentile_interval",
    "ratio",
    "swap_sums",
    "wilson",
]

TIE = 1e-12  # replicates this near the value are equal to it: sums in another order differ in the last digits


def percentile_interval(replicates: Floats, level: float = LEVEL) -> tuple[float, float] | None:
    """The middle 95% of the replicates that are defined; None if fewer than half of them are."""
    defined = replicates[np.isfinite(replicates)]
    if not len(defined) or 2 * len(defined) < len(replicates):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def bca_interval(
    value: float, replicates: Floats, influence: Floats | float, level: float = LEVEL
) -> tuple[float, float] | None:
    """The BCa interval, from the influence of each unit on the value, or from the acceleration itself.

    None where it is not finite: all replicates on one side or equal, or no unit has influence; or fewer than half
    are defined.
    """
    a = influence if isinstance(influence, float) else acceleration(influence)
    defined = replicates[np.isfinite(replicates)]
    if not len(defined) or 2 * len(defined) < len(replicates) or not np.isfinite(a):
        return None
    if np.ptp(defined) <= TIE:
        return None
    below = (defined < value - TIE).sum() + 0.5 * (np.abs(defined - value) <= TIE).sum()
    if not 0 < below < len(defined):
        return None
    z0 = special.ndtri(below / len(defined))
    z = z0 + special.ndtri([(1 - level) / 2, (1 + level) / 2])
    room = 1 - a * z
    if not (room > 0).all():  # beyond the point where the correction turns round
        return None
    low, high = np.quantile(defined, special.ndtr(z0 + z / room))
    return float(low), float(high)


def estimate(
    value: float,
    replicates: Floats,
    *,
    n: int,
    reason: Callable[[], str] | str,
    influence: Floats | float | None = None,
    obstacle: str = "",
    alike: Callable[[], Alike] | None = None,
) -> Estimate:
    """A value with an interval from its replicates; not finite means undefined, for `reason`.

    With `influence` (of each unit, or the acceleration) the interval is BCa, and where that is not finite percentile,
    which the estimate then says. `obstacle` is why there can be none. Where all replicates are equal it is the exact
    one of `alike`, and without that there is none: never one from a number to itself.
    """
    if not np.isfinite(value):
        return undefined(n, reason if isinstance(reason, str) else reason())
    if n < 2:
        obstacle = "an interval needs at least 2 items"
    elif not len(replicates):
        obstacle = obstacle or "no resamples were drawn"
    if obstacle:
        return Estimate(float(value), None, None, n, obstacle)
    if _are_alike(value, replicates):
        if alike and (exact := alike().interval(float(value))):
            return Estimate(float(value), *exact, n, method=EXACT)
        return Estimate(float(value), None, None, n, ALIKE)
    corrected = None if influence is None else bca_interval(value, replicates, influence)
    interval = corrected or percentile_interval(replicates)
    if interval is None:
        return Estimate(float(value), None, None, n, "undefined in most resamples, so there is no interval")
    is_fallback = influence is not None and corrected is None
    return Estimate(float(value), *interval, n, method="percentile" if is_fallback else "")


def _are_alike(value: float, replicates: Floats) -> bool:
    """Whether every resample in which the figure is defined says the same."""
    defined = replicates[np.isfinite(replicates)]
    return bool(2 * len(defined) >= len(replicates) > 0) and bool((np.abs(defined - value) <= TIE).all())


def wilson(successes: int, n: int) -> Estimate:
    """A share with its Wilson score interval (Wilson 1927)."""
    share = _share(successes, n)
    if share is None:
        return undefined(n, "there is nothing to take a share of")
    z = float(stats.norm.ppf((1 + LEVEL) / 2))
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == n else middle + half
    return Estimate(share, low, high, n)


def clopper_pearson(successes: int, n: int) -> Estimate:
    """A share with its exact interval, which covers at least 95% whatever the share (Clopper & Pearson 1934)."""
    share = _share(successes, n)
    if share is None:
        return undefined(n, "there is nothing to take a share of")
    tail = (1 - LEVEL) / 2
    low = 0.0 if successes == 0 else float(stats.beta.ppf(tail, successes, n - successes + 1))
    high = 1.0 if successes == n else float(stats.beta.ppf(1 - tail, successes + 1, n - successes))
    return Estimate(share, low, high, n)


def _share(successes: int, n: int) -> float | None:
    if n < 1:
        return None
    if not 0 <= successes <= n:
        raise ValueError(f"successes are between 0 and {n}, not {successes}")
    return successes / n


def mean_error(
    scores: Sequence[float] | Floats, clusters: Sequence[Hashable] | None = None, *, corrected: bool = True
) -> float | None:
    """The standard error of a mean of items, or of items in clusters; None with fewer than two of them.

    sqrt(sum over clusters of (sum of deviations in it)^2) / n, times sqrt(C / (C - 1)) if `corrected` (Miller 2024,
    arXiv 2411.00640). Without clusters each item is its own, and corrected it is the usual standard error.
    """
    values = np.asarray(scores, dtype=np.float64)
    units = Plan(clusters=range(len(values)) if clusters is None else clusters).units(len(values))
    if units.count < 2:
        return None
    together = np.bincount(units.of_items, weights=values - values.mean(), minlength=units.count)
    scale = units.count / (units.count - 1) if corrected else 1.0
    return float(np.sqrt((together**2).sum() * scale) / len(values))


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below, NaN where below is 0."""
    out = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def mean_of_defined(values: Floats) -> Floats:
    """The mean along the last axis of the values that are not NaN; NaN where none is."""
    known = np.isfinite(values)
    return ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1).astype(np.float64))
