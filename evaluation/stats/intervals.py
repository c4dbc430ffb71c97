"""Bootstrap over items as one product of a matrix of weights, and intervals from what it gives.

A resample draws n items with replacement; how often it drew each item is a row of integer weights. Every measure here
is a function of sums over items, so a resample needs only weights @ columns (Efron & Tibshirani 1993, chapter 6).
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from evaluation.stats.types import LEVEL, Estimate, undefined

Floats = NDArray[np.float64]
CHUNK_CELLS = 800_000  # weights held at once: 6 MB, which is where 50,000 items were quickest


def item_weights(items: int, *, resamples: int, seed: int) -> Iterator[tuple[int, Floats]]:
    """Blocks of weights (some resamples, items), each with the number of its first resample.

    One draw of `items` places for each resample in turn, so the blocks' size never shows in the numbers.
    """
    draw = np.random.default_rng(seed)
    for start, width in _blocks(items, resamples):
        weights = np.empty((width, items))
        for row in weights:
            row[:] = np.bincount(draw.integers(0, items, items), minlength=items)
        yield start, weights


def bootstrap_sums(columns: sparse.csr_matrix, *, resamples: int, seed: int, shares: Floats | None = None) -> Floats:
    """Sums of each column over resampled items: (n items, k) -> (resamples, k). The same seed gives the same bytes.

    `shares` (n items, j) are further columns, without zeros to skip: they come last.
    """
    return _weighted_sums(columns, shares, item_weights(columns.shape[0], resamples=resamples, seed=seed), resamples)


def swap_sums(columns: sparse.csr_matrix, *, resamples: int, seed: int) -> Floats:
    """Sums of each column over a random half of the items, each item in or out by a coin: (resamples, k)."""
    return _weighted_sums(columns, None, _coins(columns.shape[0], resamples=resamples, seed=seed), resamples)


def _coins(items: int, *, resamples: int, seed: int) -> Iterator[tuple[int, Floats]]:
    draw = np.random.default_rng(seed)
    for start, width in _blocks(items, resamples):
        yield start, draw.integers(0, 2, size=(width, items)).astype(np.float64)


def _blocks(items: int, resamples: int) -> Iterator[tuple[int, int]]:
    size = max(1, CHUNK_CELLS // max(items, 1))
    for start in range(0, resamples, size):
        yield start, min(size, resamples - start)


def _weighted_sums(
    columns: sparse.csr_matrix, shares: Floats | None, blocks: Iterator[tuple[int, Floats]], resamples: int
) -> Floats:
    # Kept as the transpose of rows by item: the product then reads the weights once, in order, and adds into sums
    # that stay in the cache. By label instead it took twice as long at 50,000 items.
    across, width = columns.tocsr().T, columns.shape[1]
    sums = np.empty((resamples, width + (0 if shares is None else shares.shape[1])))
    for start, weights in blocks:
        stop = start + len(weights)
        sums[start:stop, :width] = (across @ np.ascontiguousarray(weights.T)).T
        if shares is not None:
            sums[start:stop, width:] = weights @ shares
    return sums


def percentile_interval(replicates: Floats) -> tuple[float, float] | None:
    """The middle 95% of the replicates that are defined; None if fewer than half of them are."""
    defined = replicates[np.isfinite(replicates)]
    if not len(defined) or 2 * len(defined) < len(replicates):
        return None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def estimate(value: float, replicates: Floats, *, n: int, reason: Callable[[], str] | str) -> Estimate:
    """A value with the percentile interval of its replicates; not finite means undefined, for `reason`."""
    if not np.isfinite(value):
        return undefined(n, reason if isinstance(reason, str) else reason())
    if n < 2:
        return Estimate(float(value), None, None, n, "an interval needs at least 2 items")
    if not len(replicates):
        return Estimate(float(value), None, None, n, "no resamples were drawn")
    interval = percentile_interval(replicates)
    if interval is None:
        return Estimate(float(value), None, None, n, "undefined in most resamples, so there is no interval")
    return Estimate(float(value), *interval, n)


def wilson(successes: int, n: int) -> Estimate:
    """A share with its Wilson score interval (Wilson 1927)."""
    if n < 1:
        return undefined(n, "there is nothing to take a share of")
    if not 0 <= successes <= n:
        raise ValueError(f"successes are between 0 and {n}, not {successes}")
    z = float(stats.norm.ppf((1 + LEVEL) / 2))
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == n else middle + half
    return Estimate(share, low, high, n)


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below, NaN where below is 0."""
    out = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def mean_of_defined(values: Floats) -> Floats:
    """The mean along the last axis of the values that are not NaN; NaN where none is."""
    known = np.isfinite(values)
    return ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1).astype(np.float64))
