"""Halo: criteria that move together because one impression colours all of a rater's scores.

Three correlations of two criteria, over outputs:

- `within`: Spearman's, in each rater's own scores, then the mean over raters by how many outputs they rated;
- `of_means`: Spearman's of outputs' mean scores, in which raters' own impressions average out;
- `left_over`: Pearson's of deviations from the other raters' mean on the same output. What the outputs have in common
  is gone from it, so it is 0 where raters err on each criterion for itself, and above 0 where their errors go together.

`within` above `of_means` points to halo, but noise in single ratings pulls `within` down; `left_over` is the one to go
by. Intervals draw whole items (percentile).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import estimate, ratio
from evaluation.stats.item_ratios import of_outputs
from evaluation.stats.panel_scores import PLAIN, Rated, Sampled, output_scores
from evaluation.stats.resampling import Floats, Plan
from evaluation.stats.severity import Deviation
from evaluation.stats.types import Estimate, undefined

FLAT = "one of the two has the same score everywhere"
FEW = "fewer than three outputs have both"


@dataclass(frozen=True)
class Halo:
    """Of criteria `one` and `other`."""

    one: str
    other: str
    within: Estimate
    of_means: Estimate
    left_over: Estimate

    def as_dict(self) -> dict[str, Any]:
        return {
            "one": self.one,
            "other": self.other,
            "within": self.within.as_dict(),
            "of_means": self.of_means.as_dict(),
            "left_over": self.left_over.as_dict(),
        }


def halo(
    rated: Sequence[Rated],
    deviating: Sequence[Deviation],
    criteria: Sequence[str],
    *,
    plan: Plan,
    sampled: Sampled = PLAIN,
) -> list[Halo]:
    """Each pair of criteria; `deviating` are the deviations of the same ratings (`severity.deviations`)."""
    return [
        Halo(
            one,
            other,
            _within(rated, one, other, plan, sampled),
            _of_means(rated, one, other, plan, sampled),
            _left_over(deviating, one, other, plan, sampled),
        )
        for one, other in combinations(criteria, 2)
    ]


def _within(rated: Sequence[Rated], one: str, other: str, plan: Plan, sampled: Sampled) -> Estimate:
    """A row for each rating, in the rater's own block of a table of scores by scores; n is ratings."""
    both = [each for each in rated if one in each.scores and other in each.scores]
    raters = sorted({each.rater for each in both})
    return _ranked(
        [(each.item, each.scores[one], each.scores[other], raters.index(each.rater)) for each in both], plan, sampled
    )


def _of_means(rated: Sequence[Rated], one: str, other: str, plan: Plan, sampled: Sampled) -> Estimate:
    x, y = output_scores(rated, one), output_scores(rated, other)
    return _ranked([(key[1], x[key], y[key], 0) for key in sorted(x) if key in y], plan, sampled)


def _ranked(rows: Sequence[tuple[str, float, float, int]], plan: Plan, sampled: Sampled) -> Estimate:
    """Spearman's by block, the mean of blocks by their size, from tables of how often two scores meet."""
    if len(rows) < 3:
        return undefined(len(rows), FEW)
    x, x_place = np.unique(np.round([row[1] for row in rows], 9), return_inverse=True)
    y, y_place = np.unique(np.round([row[2] for row in rows], 9), return_inverse=True)
    blocks = max(row[3] for row in rows) + 1
    shape = (blocks, len(x), len(y))
    cell = np.array([row[3] for row in rows]) * len(x) * len(y) + x_place * len(y) + y_place
    columns = sparse.csr_matrix((np.ones(len(rows)), (np.arange(len(rows)), cell)), (len(rows), int(np.prod(shape))))

    def measure(sums: Floats) -> Floats:
        tables = sums.reshape(-1, *shape)
        found = spearman_of_tables(tables)
        size = np.where(np.isfinite(found), tables.sum(axis=(2, 3)), 0.0)
        return ratio((np.nan_to_num(found) * size).sum(axis=1), size.sum(axis=1))

    return _estimated(columns, measure, [row[0] for row in rows], plan, sampled)


def spearman_of_tables(tables: Floats) -> Floats:
    """Spearman's of each table (..., q, r) of how often the i-th score of one meets the j-th of the other, with shared
    ranks; NaN where one of the two does not vary."""
    x, y = tables.sum(axis=-1), tables.sum(axis=-2)
    total = x.sum(axis=-1)

    def ranks(often: Floats) -> Floats:
        return np.asarray(np.cumsum(often, axis=-1) - often / 2 - total[..., None] / 2)

    x_rank, y_rank = ranks(x), ranks(y)
    together = np.einsum("...ij,...i,...j->...", tables, x_rank, y_rank)
    spread = (x * x_rank**2).sum(axis=-1) * (y * y_rank**2).sum(axis=-1)
    return ratio(together, np.sqrt(np.where(spread > 1e-12, spread, 0.0)))


def _left_over(deviating: Sequence[Deviation], one: str, other: str, plan: Plan, sampled: Sampled) -> Estimate:
    x = {(each.rater, each.run, each.item): each.by for each in deviating if each.criterion == one}
    y = {(each.rater, each.run, each.item): each.by for each in deviating if each.criterion == other}
    keys = sorted(key for key in x if key in y)
    if len(keys) < 3:
        return undefined(len(keys), FEW)
    u, v = np.array([x[key] for key in keys]), np.array([y[key] for key in keys])
    columns = sparse.csr_matrix(np.column_stack([np.ones(len(keys)), u, v, u * u, v * v, u * v]))
    return _estimated(columns, _pearson, [key[2] for key in keys], plan, sampled)


def _pearson(sums: Floats) -> Floats:
    n, u, v, uu, vv, uv = sums.T
    spread = (n * uu - u**2) * (n * vv - v**2)
    return ratio(n * uv - u * v, np.sqrt(np.where(spread > 1e-12, spread, 0.0)))


def _estimated(
    columns: sparse.csr_matrix, measure: Any, items: Sequence[str], plan: Plan, sampled: Sampled
) -> Estimate:
    drawn = of_outputs(plan, items, sampled.strata)
    value = float(measure(np.asarray(columns.sum(axis=0)).reshape(1, -1))[0])
    obstacle = drawn.obstacle(len(items))
    replicates = np.empty(0) if obstacle else measure(drawn.sums(columns))
    return estimate(value, replicates, n=len(items), reason=FLAT, obstacle=obstacle)
