"""Many measures at once, each a ratio of sums over items, with their values in all resamples and their gradients."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from evaluation.stats.resampling import Floats, Places

Sums = Mapping[int, float]  # column -> how often it is added


@dataclass(frozen=True, eq=False)
class Ratios:
    """Measures (sums @ above) / (sums @ below); both are (columns, measures)."""

    above: sparse.csc_matrix
    below: sparse.csc_matrix

    @classmethod
    def of(cls, pairs: list[tuple[Sums, Sums]], columns: int) -> "Ratios":
        """From the columns that each measure adds up, above and below the line."""
        return cls(*(_matrix([pair[side] for pair in pairs], columns) for side in (0, 1)))

    def values(self, sums: Floats) -> Floats:
        """(rows, columns) -> (rows, measures), NaN where nothing is below the line."""
        above, below = ((side.T @ sums.T).T for side in (self.above, self.below))
        out = np.full(above.shape, np.nan)
        np.divide(above, below, out=out, where=below > 0)
        return out

    def gradient(self, total: Floats) -> sparse.csc_matrix:
        """(columns, measures): how each measure moves with each sum; nothing where it is undefined."""
        values, below = self.values(total[None, :])[0], self.below.T @ total
        scale = np.divide(1.0, below, out=np.zeros(len(below)), where=below > 0)
        moved = self.above - self.below @ sparse.diags(np.nan_to_num(values))
        return (moved @ sparse.diags(scale)).tocsc()


def _matrix(terms: list[Sums], columns: int) -> sparse.csc_matrix:
    cells = [(row, column, factor) for column, one in enumerate(terms) for row, factor in one.items()]
    rows, places, factors = zip(*cells, strict=True) if cells else ((), (), ())
    return sparse.csc_matrix((factors, (rows, places)), shape=(columns, len(terms)), dtype=np.float64)


def mean_gradient(gradient: sparse.csc_matrix, values: Floats) -> Floats:
    """The gradient of the mean of those measures that are defined."""
    known = np.isfinite(values).astype(np.float64)
    return np.asarray(gradient @ (known / max(known.sum(), 1.0)))


def weighted_gradient(gradient: sparse.csc_matrix, values: Floats, weights: Floats, weight_columns: Places) -> Floats:
    """The gradient of the mean of measures by weights that are sums themselves; an undefined one is 0.

    `weight_columns` (k, measures): the columns whose sum is the weight of each measure.
    """
    whole, known = weights.sum(), np.nan_to_num(values)
    if not whole:
        return np.zeros(gradient.shape[0])
    moved = np.asarray(gradient @ weights)
    for columns in weight_columns:
        moved[columns] += known - known @ weights / whole
    return np.asarray(moved / whole)
