"""Resampling items as one product of a matrix of weights: plain, within strata, by clusters.

A resample draws items with replacement; how often it drew each item is a row of weights. Every measure here is a
function of sums over items, so a resample needs only weights @ columns (Efron & Tibshirani 1993, chapter 6).

Without strata and clusters n of n items are drawn. With them the units of a stratum (items, or clusters of items) are
drawn m - 1 of m and count m / (m - 1) times (Rao & Wu 1988), because drawing m of m gives intervals that are too
narrow by (m - 1) / m, and m may be small. A stratum of one unit says nothing of its spread: such strata are pooled.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluation.stats.types import Resampled

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
METHODS = ("bca", "percentile")
CHUNK_CELLS = 800_000  # weights held at once: 6 MB, which is where 50,000 items were quickest


@dataclass(frozen=True, eq=False)
class Plan:
    """How intervals are drawn. `strata`, `clusters` and `weights` (of sampling) have a value for each item, in order.

    Clusters are taken within strata. ValueError for an unknown method, or weights that are not above 0.
    """

    resamples: int = 1000
    seed: int = 0
    method: str = "bca"
    strata: Sequence[Hashable] | None = None
    clusters: Sequence[Hashable] | None = None
    weights: Sequence[float] | Floats | None = None
    _known: dict[int, "Units"] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"the method is one of {', '.join(METHODS)}, not {self.method}")
        if self.weights is not None and not (np.asarray(self.weights, dtype=np.float64) > 0).all():
            raise ValueError("sampling weights are above 0")

    def units(self, items: int) -> "Units":
        """What is drawn, for that many items; ValueError if strata, clusters or weights are of another number."""
        for name in ("strata", "clusters", "weights"):
            values = getattr(self, name)
            if values is not None and len(values) != items:
                raise ValueError(f"{len(values)} {name}, but {items} items")
        if items not in self._known:
            self._known[items] = _units(self, items)
        return self._known[items]

    def obstacle(self, items: int) -> str:
        """Why there can be no interval, or an empty text."""
        if items < 2:
            return "an interval needs at least 2 items"
        if self.units(items).count < 2:
            return "an interval needs at least 2 clusters"
        return "" if self.resamples else "no resamples were drawn"

    def resampled(self, items: int) -> Resampled:
        """What a report says of it."""
        units = self.units(items)
        return Resampled(
            self.resamples,
            self.seed,
            self.method,
            strata=len(units.bounds) if self.strata is not None else 0,
            clusters=units.count if self.clusters is not None else 0,
        )

    def draws(self, items: int) -> Iterator[tuple[int, Floats]]:
        """Blocks of weights (some resamples, items), each with the number of its first resample.

        Draws come for each resample in turn, so the blocks' size never shows in the numbers. Sampling weights are not
        in them: they belong to the columns.
        """
        draw, units = np.random.default_rng(self.seed), self.units(items)
        if 0 < self.resamples * items <= CHUNK_CELLS:
            placed = None if units.unit_of is None else units.unit_of.tobytes()
            yield 0, _drawn_again(self.resamples, self.seed, items, units.bounds, placed, is_plain=units.is_plain)
            return
        for start, width in blocks(items, self.resamples):
            yield start, units.drawn(draw, width)

    def sums(self, columns: sparse.csr_matrix, *, shares: Floats | None = None) -> Floats:
        """Sums of each column over resampled items: (n items, k) -> (resamples, k). The same seed gives the same bytes.

        `shares` (n items, j) are further columns, without zeros to skip: they come last. No obstacle is looked for.
        """
        return weighted_sums(columns, shares, self.draws(columns.shape[0]), self.resamples)


@dataclass(frozen=True, eq=False)
class Units:
    """What a resample draws: items or clusters of items, in strata. Units of a stratum stand together."""

    items: int
    unit_of: Places | None  # the unit of each item; None: each item is its own
    bounds: tuple[tuple[int, int], ...]  # first unit of each stratum, and the one after its last
    is_plain: bool

    @property
    def count(self) -> int:
        return self.bounds[-1][1] if self.bounds else 0

    def drawn(self, draw: np.random.Generator, resamples: int) -> Floats:
        """How often each item counts in each of some resamples: (resamples, items)."""
        if self.is_plain:  # all at once: the generator gives the same integers as it does row by row
            taken = draw.integers(0, self.items, (resamples, self.items))
            taken += np.arange(resamples)[:, None] * self.items
            return np.bincount(taken.ravel(), minlength=taken.size).reshape(taken.shape).astype(np.float64)
        counts = np.ones((resamples, self.count))
        for row in counts:
            for start, stop in self.bounds:
                size = stop - start
                if size > 1:
                    taken = np.bincount(draw.integers(0, size, size - 1), minlength=size)
                    row[start:stop] = taken * (size / (size - 1))
        return counts if self.unit_of is None else counts[:, self.unit_of]

    @property
    def of_items(self) -> Places:
        """The unit of each item."""
        return np.arange(self.items) if self.unit_of is None else self.unit_of

    @cached_property
    def stratum_of(self) -> Places:
        """The stratum of each unit."""
        return np.repeat(np.arange(len(self.bounds)), [stop - start for start, stop in self.bounds])


@lru_cache(maxsize=4)
def _drawn_again(
    resamples: int, seed: int, items: int, bounds: tuple[tuple[int, int], ...], placed: bytes | None, *, is_plain: bool
) -> Floats:
    """The draws of a plan in one block, kept because many figures of a report are drawn alike; read only.

    Within strata a draw is a step in Python for each stratum of each resample: the 131 figures of a panel over 34 items
    in 8 strata took 17 s when each drew anew.
    """
    unit_of = None if placed is None else np.frombuffer(placed, dtype=np.intp)
    units = Units(items, unit_of, bounds, is_plain=is_plain)
    weights = units.drawn(np.random.default_rng(seed), resamples)
    weights.flags.writeable = False
    return weights


def _units(plan: Plan, items: int) -> Units:
    if plan.strata is None and plan.clusters is None:
        return Units(items, None, ((0, items),) if items else (), is_plain=True)
    strata = _numbered(plan.strata, items) if plan.strata is not None else np.zeros(items, dtype=np.intp)
    clusters = _numbered(plan.clusters, items) if plan.clusters is not None else np.arange(items)
    pairs, unit_of = np.unique(np.stack([strata, clusters], axis=1), axis=0, return_inverse=True)
    pooled = _pooled(pairs[:, 0])
    order = np.argsort(pooled, kind="stable")
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    _, sizes = np.unique(pooled, return_counts=True)
    ends = np.cumsum(sizes).tolist()
    bounds = tuple(zip([0, *ends[:-1]], ends, strict=True)) if ends else ()
    return Units(items, place[unit_of.ravel()], bounds, is_plain=False)


def _numbered(values: Sequence[Hashable], items: int) -> Places:
    """Each value's number, in order of first appearance."""
    known: dict[Hashable, int] = {}
    return np.fromiter((known.setdefault(value, len(known)) for value in values), dtype=np.intp, count=items)


def _pooled(strata: Places) -> Places:
    """Strata of one unit put into one; a single such stratum into the smallest of the others."""
    sizes = np.bincount(strata) if len(strata) else np.zeros(0, dtype=int)
    lone = np.flatnonzero(sizes == 1)
    if not len(lone) or len(sizes) == 1:
        return strata
    others = np.flatnonzero(sizes > 1)
    into = lone[0] if len(lone) > 1 else others[np.argmin(sizes[others])]
    return np.where(np.isin(strata, lone), into, strata)


def item_weights(items: int, *, resamples: int, seed: int) -> Iterator[tuple[int, Floats]]:
    """The draws of a plain plan."""
    return Plan(resamples, seed).draws(items)


def bootstrap_sums(columns: sparse.csr_matrix, *, resamples: int, seed: int, shares: Floats | None = None) -> Floats:
    """The sums of a plain plan."""
    return Plan(resamples, seed).sums(columns, shares=shares)


def swap_sums(columns: sparse.csr_matrix, *, resamples: int, seed: int) -> Floats:
    """Sums of each column over a random half of the items, each item in or out by a coin: (resamples, k)."""
    return weighted_sums(columns, None, _coins(columns.shape[0], resamples=resamples, seed=seed), resamples)


def _coins(items: int, *, resamples: int, seed: int) -> Iterator[tuple[int, Floats]]:
    draw = np.random.default_rng(seed)
    for start, width in blocks(items, resamples):
        yield start, draw.integers(0, 2, size=(width, items)).astype(np.float64)


def blocks(items: int, resamples: int) -> Iterator[tuple[int, int]]:
    """The first resample of each block, and how many are in it."""
    size = max(1, CHUNK_CELLS // max(items, 1))
    for start in range(0, resamples, size):
        yield start, min(size, resamples - start)


def weighted_sums(
    columns: sparse.csr_matrix, shares: Floats | None, drawn: Iterator[tuple[int, Floats]], resamples: int
) -> Floats:
    """Sums of columns under each row of weights."""
    # Kept as the transpose of rows by item: the product then reads the weights once, in order, and adds into sums
    # that stay in the cache. By label instead it took twice as long at 50,000 items.
    across, width = columns.tocsr().T, columns.shape[1]
    sums = np.empty((resamples, width + (0 if shares is None else shares.shape[1])))
    for start, weights in drawn:
        stop = start + len(weights)
        sums[start:stop, :width] = (across @ np.ascontiguousarray(weights.T)).T
        if shares is not None:
            sums[start:stop, width:] = weights @ shares
    return sums
