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
CHUNK_CELLS = 4_000_000  # weights held in memory at once


def bootstrap_sums(columns: sparse.csr_matrix, *, resamples: int, seed: int) -> Floats:
    """Sums of each column over resampled items: (n items, k) -> (resamples, k). The same seed gives the same bytes.

    Columns of whole numbers are summed in single precision where their sums are exact in it, which is twice as fast.
    """
    items, width = columns.shape
    across = columns.T.tocsr()
    exact = _is_exact_in_single(across, items)
    whole, rest = np.flatnonzero(exact), np.flatnonzero(~exact)
    light, heavy = across[whole].astype(np.float32), across[rest]
    sums = np.empty((resamples, width))
    for start, weights in _weights(items, resamples=resamples, seed=seed):
        rows = slice(start, start + weights.shape[1])
        sums[rows, whole] = (light @ weights).T
        if len(rest):
            sums[rows, rest] = (heavy @ weights.astype(np.float64)).T
    return sums


def _is_exact_in_single(across: sparse.csr_matrix, items: int) -> NDArray[np.bool_]:
    """By column (here a row): whole numbers whose sum over a resample stays below 2 ** 24."""
    fits = (across.data == np.floor(across.data)) & (np.abs(across.data) * items < 2**24)
    odd = np.repeat(np.arange(across.shape[0]), np.diff(across.indptr))[~fits]
    exact = np.ones(across.shape[0], dtype=bool)
    exact[odd] = False
    return exact


def _weights(items: int, *, resamples: int, seed: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Blocks of weights (items, some resamples), with the number of their first resample."""
    draw = np.random.default_rng(seed)
    size = max(1, min(resamples, CHUNK_CELLS // max(items, 1)))
    for start in range(0, resamples, size):
        width = min(size, resamples - start)
        counts = np.empty((width, items), dtype=np.float32)
        for row in range(width):
            counts[row] = np.bincount(draw.integers(0, items, size=items, dtype=np.int32), minlength=items)
        yield start, np.ascontiguousarray(counts.T)


def swap_sums(columns: sparse.csr_matrix, *, resamples: int, seed: int) -> Floats:
    """Sums of each column over a random half of the items, each item in or out by a coin: (resamples, k)."""
    items, width = columns.shape
    across = columns.T.tocsr()
    draw = np.random.default_rng(seed)
    sums = np.empty((resamples, width))
    size = max(1, min(resamples, CHUNK_CELLS // max(items, 1)))
    for start in range(0, resamples, size):
        coins = draw.integers(0, 2, size=(items, min(size, resamples - start))).astype(np.float64)
        sums[start : start + coins.shape[1]] = (across @ coins).T
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
