"""Strengths from comparisons in pairs (Bradley & Terry 1952), a tie counted as half a win for each.

    P(i beats j) = s_i / (s_i + s_j)

fitted by the MM steps of Hunter (2004): s_i <- wins_i / sum_j (n_ij / (s_i + s_j)). They are finite only if nobody can
be reached from nobody: for each split of the runs in two, some run of either side beat one of the other (Ford 1957),
that is the graph "beat" is strongly connected. Else the best would be infinitely strong, and it is undefined.

Strengths are given as logarithms around their mean, 0: a run at +0.5 against one at -0.5 wins e / (1 + e) = 73%.
Intervals draw whole items; resamples that are not connected have no fit and are left out.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import estimate
from evaluation.stats.item_ratios import of_items
from evaluation.stats.resampling import Floats, Plan
from evaluation.stats.types import Estimate, undefined

SPLIT = "the comparisons do not connect all runs both ways: some never lost, or never won, against the others"
STEPS = 5_000
CLOSE = 1e-10


@dataclass(frozen=True)
class Strengths:
    """The log strength of each run, and whether the comparisons connect them."""

    runs: dict[str, Estimate]
    is_connected: bool
    unfitted: float | None = None  # share of resamples without a fit

    def as_dict(self) -> dict[str, Any]:
        return {
            "runs": {name: one.as_dict() for name, one in self.runs.items()},
            "is_connected": self.is_connected,
            "unfitted_resamples": self.unfitted,
        }


def bradley_terry(
    wins_of_items: Mapping[str, Floats],
    runs: Sequence[str],
    *,
    plan: Plan,
    strata: Mapping[str, Hashable] | None = None,
) -> Strengths:
    """From a matrix for each item, how often run i (row) beat run j (column), ties as halves. n is the items."""
    items = sorted(wins_of_items)
    if not items or len(runs) < 2:
        return Strengths(dict.fromkeys(runs, undefined(len(items), "nothing was compared")), is_connected=False)
    k = len(runs)
    tables = np.array([wins_of_items[item] for item in items], dtype=np.float64)
    point = log_strengths(tables.sum(axis=0)[None])[0]
    if not np.isfinite(point).all():
        return Strengths(dict.fromkeys(runs, undefined(len(items), SPLIT)), is_connected=False)
    drawn = of_items(plan, items, strata)
    obstacle = drawn.obstacle(len(items))
    replicates = np.empty((0, k))
    if not obstacle:
        sums = drawn.sums(sparse.csr_matrix(tables.reshape(len(items), k * k)))
        replicates = log_strengths(sums.reshape(-1, k, k))
    found = {
        run: replace(
            estimate(float(point[place]), replicates[:, place], n=len(items), reason=SPLIT, obstacle=obstacle),
            method="percentile",
        )
        for place, run in enumerate(runs)
    }
    lost = float(np.mean(~np.isfinite(replicates[:, 0]))) if len(replicates) else None
    return Strengths(found, is_connected=True, unfitted=lost)


def log_strengths(wins: Floats) -> Floats:
    """Log strengths (tables, k), mean 0, of tables of wins (tables, k, k); NaN where one is not connected."""
    wins = np.asarray(wins, dtype=np.float64)
    found = np.full(wins.shape[:2], np.nan)
    fit = np.flatnonzero(_connected(wins))
    if not len(fit):
        return found
    games = wins[fit] + wins[fit].transpose(0, 2, 1)
    won = wins[fit].sum(axis=2)
    strength = np.ones(won.shape)
    for _ in range(STEPS):
        met = (games / (strength[:, :, None] + strength[:, None, :])).sum(axis=2)
        moved = won / met
        moved /= np.exp(np.log(moved).mean(axis=1, keepdims=True))
        change = np.abs(np.log(moved) - np.log(strength)).max()
        strength = moved
        if change < CLOSE:
            break
    found[fit] = np.log(strength)
    return found


def _connected(wins: Floats) -> np.ndarray:
    """Whether each run reaches each other one along wins."""
    k = wins.shape[1]
    reach = (wins > 0) | np.eye(k, dtype=bool)
    for _ in range(max(1, int(np.ceil(np.log2(max(k, 2)))))):
        reach = np.einsum("rij,rjk->rik", reach.astype(np.float64), reach.astype(np.float64)) > 0
    return np.asarray(reach.all(axis=(1, 2)))
