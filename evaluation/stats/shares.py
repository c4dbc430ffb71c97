"""Shares of counts over items: any column over any other, all on the same resamples, with BCa intervals.

What is 0 or 1 in every resample has Wilson's interval for the number of items instead, since that is not certainty.

The influence of item i on A / B is (a_i - (A / B) b_i) / B, so nothing has to be left out in turn (`influence.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import ALIKE, Floats, bootstrap_sums, estimate, ratio, wilson
from evaluation.stats.types import Estimate


class Sums:
    """Counts by item (n items, columns), summed, and summed again over resampled items."""

    def __init__(self, counts: sparse.csr_matrix, *, resamples: int, seed: int) -> None:
        self.n = counts.shape[0]
        self.columns = counts.tocsc()
        self.point: Floats = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()
        self.drawn = bootstrap_sums(counts, resamples=resamples if self.n >= 2 else 0, seed=seed)

    def total(self, columns: Sequence[int]) -> int:
        return int(self.point[list(columns)].sum())

    def share(self, above: Sequence[int], below: Sequence[int], *, reason: str, n: int | None = None) -> Estimate:
        """The sum of some columns over that of others; a column may be named twice. `n` is what it is a share of."""
        whole = self.point[list(below)].sum()
        value = float(ratio(self.point[list(above)].sum(), whole))
        repeated = ratio(self._over(above), self._over(below))
        influence = None
        if np.isfinite(value):
            influence = (self._by_item(above) - value * self._by_item(below)) / whole
        found = estimate(value, repeated, n=self.n, reason=reason, influence=influence)
        if value in (0.0, 1.0) and found.reason == ALIKE and list(above) != list(below):
            found = self._wilson(value, int((self._by_item(below) > 0).sum()))
        return found if n is None else replace(found, n=n)

    def mean(self, columns: Sequence[int], *, reason: str) -> Estimate:
        """The mean over items of the sum of some columns."""
        if not self.n:
            return estimate(float("nan"), self.drawn[:, :0].sum(axis=1), n=0, reason=reason)
        value = float(self.point[list(columns)].sum() / self.n)
        if not value and self.n >= 2:  # none in any resample, which is not certainty
            return replace(self._wilson(0.0, self.n), n=self.n)
        influence = self._by_item(columns) - value
        return estimate(value, self._over(columns) / self.n, n=self.n, reason=reason, influence=influence)

    def _wilson(self, value: float, items: int) -> Estimate:
        """None, or all, in every resample: Wilson's interval for the items that could have had one."""
        share = wilson(round(value * items), items)
        return Estimate(share.value, share.low, share.high, self.n, method="wilson")

    def _over(self, columns: Sequence[int]) -> Floats:
        total: Floats = self.drawn[:, list(columns)].sum(axis=1)
        return total

    def _by_item(self, columns: Sequence[int]) -> Floats:
        return np.asarray(self.columns[:, list(columns)].sum(axis=1), dtype=np.float64).ravel()


def counted(cells: dict[tuple[int, int], float], *, items: int, columns: int) -> sparse.csr_matrix:
    """A matrix of counts from (item, column) -> count."""
    rows, places = zip(*cells, strict=True) if cells else ((), ())
    values = np.array(list(cells.values()), dtype=np.float64)
    return sparse.csr_matrix((values, (rows, places)), shape=(items, columns))
