"""How often chance alone makes gaps as wide: the items dealt to the cells anew, all cells in one product a block of
deals.

Each gap is divided by its own standard error before it is compared, so that a cell whose items vary more is not taken
for a worse one (Janssen 1997; Chung and Romano 2013, Annals of Statistics 41:484).
"""

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import Floats, ratio

CHUNK = 4_000_000  # numbers of dealt columns held at once
LARGE = 3000  # items; from here on each cell's deals are drawn by kind of item, which does not depend on their number
MOST_KINDS = 400


def chances(members: sparse.csr_matrix, above: Floats, below: Floats, *, deals: int, seed: int) -> Floats:
    """Two-sided p of each cell's gap against the rest; NaN where a side is undefined.

    `members` (n items, cells) of 0 and 1; the figure of some items is their sum of `above` over their sum of `below`.
    """
    n, cells = members.shape
    if n > LARGE:
        quick = _by_kinds(members, above, below, deals=deals, seed=seed)
        if quick is not None:
            return quick
    parts = np.stack([above, below, above * above, above * below, below * below], axis=1)
    whole, across = parts.sum(axis=0), members.T.tocsr()
    observed = np.abs(_studentised(np.asarray(across @ parts), whole))
    as_extreme, draw = np.zeros(cells), np.random.default_rng(seed)
    size = max(1, CHUNK // max(5 * n, 1))
    for start in range(0, deals, size):
        width = min(size, deals - start)
        order = draw.permuted(np.tile(np.arange(n), (width, 1)), axis=1)
        dealt = np.asarray(across @ parts[order].transpose(1, 0, 2).reshape(n, 5 * width)).reshape(cells, width, 5)
        chance = np.abs(_studentised(dealt, whole))
        as_extreme += (~(chance < observed[:, None] - 1e-9)).sum(axis=1)
    found: Floats = np.where(~np.isnan(observed), (1 + as_extreme) / (1 + deals), np.nan)
    return found


def _by_kinds(members: sparse.csr_matrix, above: Floats, below: Floats, *, deals: int, seed: int) -> Floats | None:
    """The same: items alike in `above` and `below` are one kind, and a deal is how many of each kind a cell gets.

    None where there are too many kinds for that to be quicker.
    """
    kinds, kind, counts = np.unique(np.stack([above, below], axis=1), axis=0, return_inverse=True, return_counts=True)
    if len(kinds) > MOST_KINDS:
        return None
    a, b = kinds[:, 0], kinds[:, 1]
    parts = np.stack([a, b, a * a, a * b, b * b], axis=1)
    whole, draw = counts @ parts, np.random.default_rng(seed)
    found = np.full(members.shape[1], np.nan)
    columns = members.tocsc()
    for cell in range(members.shape[1]):
        inside = columns.indices[columns.indptr[cell] : columns.indptr[cell + 1]]
        held = np.bincount(kind.ravel()[inside], minlength=len(kinds))
        observed = np.abs(_studentised(held @ parts, whole))
        if np.isnan(observed):
            continue
        dealt = draw.multivariate_hypergeometric(counts, len(inside), size=deals)
        chance = np.abs(_studentised(dealt @ parts, whole))
        found[cell] = (1 + (~(chance < observed - 1e-9)).sum()) / (1 + deals)
    return found


def _studentised(within: Floats, whole: Floats) -> Floats:
    """Gap over its standard error, from sums of a, b, aa, ab and bb in the cell; the rest is the whole less these."""
    gap, variance = np.zeros(within.shape[:-1]), np.zeros(within.shape[:-1])
    for part, sign in ((within, 1.0), (whole - within, -1.0)):
        value = ratio(part[..., 0], part[..., 1])
        gap = gap + sign * value
        residual = part[..., 2] - 2 * value * part[..., 3] + value**2 * part[..., 4]
        variance = variance + ratio(np.maximum(residual, 0.0), part[..., 1] ** 2)
    gap = np.where(np.abs(gap) < 1e-12, 0.0, gap)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(gap == 0, 0.0, gap / np.sqrt(variance))
    return found
