"""Two runs' answers to the same items as columns to sum: what paired resamples and swaps are products of.

A decision about a label of an item is one cell, told by who chose the label: gold 1, the first run 2, the second 4.
Each of the seven sums has a column a label, so a cell is one number in a sparse matrix, and every figure of both runs
comes from the same sums. Swapping the two runs' answers to an item only moves the sums by what differs in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluation.stats.intervals import Floats, Plan, mean_of_defined, ratio, swap_sums
from evaluation.stats.matrices import indicator, sums
from evaluation.stats.resampling import Places

GOLD, A, B = 1, 2, 4
CODES = range(1, 8)


@dataclass(frozen=True, eq=False)
class Side:
    """One run's sums, a row a resample: hits and sizes (gold and answered) by label and slice, exact matches, items."""

    hits: Floats
    sizes: Floats
    exact: Floats
    slice_hits: Floats
    slice_sizes: Floats
    items: Floats  # their number differs between resamples of clusters

    @cached_property
    def labels(self) -> Floats:
        return ratio(2 * self.hits, self.sizes)

    @cached_property
    def slices(self) -> Floats:
        return ratio(2 * self.slice_hits, self.slice_sizes)

    @cached_property
    def measures(self) -> dict[str, Floats]:
        return {
            "micro_f1": ratio(2 * self.hits.sum(axis=1), self.sizes.sum(axis=1)),
            "macro_f1": mean_of_defined(self.labels),
            "exact_match": ratio(self.exact, self.items),
        }


@dataclass(frozen=True, eq=False)
class Answers:
    """The label sets of gold and both runs, and which slices each item is in."""

    gold: sparse.csr_matrix
    a: sparse.csr_matrix
    b: sparse.csr_matrix
    exact: tuple[Floats, Floats]  # 1 where the whole set is right
    members: sparse.csr_matrix  # (n items, slices)

    @property
    def n(self) -> int:
        return int(self.gold.shape[0])

    @property
    def width(self) -> int:
        return int(self.gold.shape[1])

    @cached_property
    def named(self) -> NDArray[np.bool_]:
        """(n items,): whether gold or an answer has a label, so that the item counts in F1."""
        return sums(self.cells(), 1) > 0

    def names(self, place: int) -> NDArray[np.bool_]:
        """(n items,): whether gold or an answer has that label."""
        found: NDArray[np.bool_] = self._by_label[:, [place]].toarray().ravel() > 0
        return found

    @cached_property
    def _by_label(self) -> sparse.csc_matrix:
        return self.cells().tocsc()

    def hits(self, side: int) -> sparse.csr_matrix:
        return self.gold.multiply(self.a if side == A else self.b).tocsr()

    def sizes(self, side: int) -> sparse.csr_matrix:
        return (self.gold + (self.a if side == A else self.b)).tocsr()

    def cells(self) -> sparse.csr_matrix:
        """(n items, labels): who chose the label, as a number from 1 to 7."""
        return (GOLD * self.gold + A * self.a + B * self.b).tocsr()

    def point(self) -> tuple[Side, Side]:
        """The figures themselves."""
        return self._split(np.asarray(self._columns().sum(axis=0)))

    def resampled(self, plan: Plan) -> tuple[Side, Side]:
        """Both runs on the same resamples."""
        return self._split(plan.sums(self._columns()))

    def swapped(self, *, swaps: int, seed: int, unit_of: Places | None = None) -> tuple[Side, Side]:
        """The figures after swapping the two runs' answers on a random half of the items, time and again.

        With `unit_of`, the cluster of each item, all of a cluster are swapped together.
        """
        one, other = self.point()
        hits, sizes = self.hits(B) - self.hits(A), self.sizes(B) - self.sizes(A)
        exact = sparse.csr_matrix((self.exact[1] - self.exact[0])[:, None])
        within = [self.members.multiply(sums(matrix, 1)[:, None]) for matrix in (hits, sizes)]
        moves = sparse.hstack([hits, sizes, exact, *within], format="csr")
        if unit_of is not None and self.n:
            where = (unit_of, np.arange(self.n))
            moves = sparse.csr_matrix((np.ones(self.n), where), shape=(int(unit_of.max()) + 1, self.n)) @ moves
        moves.eliminate_zeros()
        moves = moves[np.diff(moves.indptr) > 0]  # items on which the two are alike move nothing
        moved = swap_sums(moves, resamples=swaps, seed=seed) if moves.shape[0] else np.zeros((swaps, moves.shape[1]))
        ends = np.cumsum([self.width, self.width, 1, self.members.shape[1]])
        parts = np.split(moved, ends, axis=1)
        return _moved(one, parts, 1), _moved(other, parts, -1)

    def _columns(self) -> sparse.csr_matrix:
        return self._counted

    @cached_property
    def _counted(self) -> sparse.csr_matrix:
        cells = self.cells().tocoo()
        places = (cells.data.astype(np.intp) - 1) * self.width + cells.col
        counted = sparse.csr_matrix((np.ones(len(places)), (cells.row, places)), shape=(self.n, 7 * self.width))
        exact = sparse.csr_matrix(np.stack([*self.exact, np.ones(self.n)], axis=1))
        within = [
            self.members.multiply(sums(matrix, 1)[:, None])
            for matrix in (self.hits(A), self.hits(B), self.sizes(A), self.sizes(B))
        ]
        return sparse.hstack([counted, exact, *within], format="csr")

    def _split(self, total: Floats) -> tuple[Side, Side]:
        counted = total[:, : 7 * self.width].reshape(len(total), 7, self.width)
        exact_a, exact_b, items = total[:, 7 * self.width :][:, :3].T
        hits_a, hits_b, sizes_a, sizes_b = np.split(total[:, 7 * self.width + 3 :], 4, axis=1)
        gold = _summed(counted, GOLD)
        one, other = (
            Side(_summed(counted, GOLD | run), gold + _summed(counted, run), exact, hits, sizes, items)
            for run, exact, hits, sizes in ((A, exact_a, hits_a, sizes_a), (B, exact_b, hits_b, sizes_b))
        )
        return one, other


def _summed(counted: Floats, who: int) -> Floats:
    """Sums over the cells that all of them chose."""
    chosen = [code - 1 for code in CODES if code & who == who]
    total = counted[:, chosen[0]].copy()
    for place in chosen[1:]:
        total += counted[:, place]
    return total


def _moved(side: Side, parts: Sequence[Floats], sign: int) -> Side:
    hits, sizes, exact, slice_hits, slice_sizes = parts
    return Side(
        side.hits + sign * hits,
        side.sizes + sign * sizes,
        side.exact + sign * exact[:, 0],
        side.slice_hits + sign * slice_hits,
        side.slice_sizes + sign * slice_sizes,
        side.items,
    )


def answers(
    gold: Sequence[frozenset[str]],
    a: Sequence[frozenset[str] | None],
    b: Sequence[frozenset[str] | None],
    codes: Sequence[str],
    members: sparse.csr_matrix | None = None,
) -> Answers:
    """Both runs beside gold; no answer predicts nothing and is no exact match. ValueError if they differ in length."""
    if not len(gold) == len(a) == len(b):
        raise ValueError(f"{len(gold)} gold sets, but {len(a)} and {len(b)} predictions")
    exact = tuple(
        np.array([one == said for one, said in zip(gold, run, strict=True)], dtype=np.float64) for run in (a, b)
    )
    return Answers(
        gold=indicator(gold, codes),
        a=indicator((labels or () for labels in a), codes),
        b=indicator((labels or () for labels in b), codes),
        exact=(exact[0], exact[1]),
        members=sparse.csr_matrix((len(gold), 0)) if members is None else members,
    )


@dataclass(frozen=True, eq=False)
class Influences:
    """How much each item moves each difference, B - A (see `evaluation.stats.influence`)."""

    overall: dict[str, tuple[Floats, Floats]]  # measure -> of A, of B
    labels: sparse.csr_matrix
    slices: sparse.csr_matrix

    def difference(self, measure: str) -> Floats:
        return self.overall[measure][1] - self.overall[measure][0]


def influences(both: Answers, point: tuple[Side, Side]) -> Influences:
    overall: dict[str, list[Floats]] = {"micro_f1": [], "macro_f1": [], "exact_match": []}
    labels, slices = [], []
    for side, run, exact in zip(point, (A, B), both.exact, strict=True):
        hits, sizes = both.hits(run), both.sizes(run)
        of_labels = _ratio_influence(hits, sizes, side.hits[0], side.sizes[0])
        labels.append(of_labels)
        own_hits, own_sizes = sums(hits, 1), sums(sizes, 1)
        slices.append(
            _ratio_influence(
                both.members.multiply(own_hits[:, None]).tocsr(),
                both.members.multiply(own_sizes[:, None]).tocsr(),
                side.slice_hits[0],
                side.slice_sizes[0],
            )
        )
        whole = max(float(side.sizes.sum()), 1.0)
        overall["micro_f1"].append((2 * own_hits - 2 * side.hits.sum() / whole * own_sizes) / whole)
        overall["macro_f1"].append(sums(of_labels, 1) / max(int((side.sizes[0] > 0).sum()), 1))
        overall["exact_match"].append((exact - exact.mean()) / max(both.n, 1) if both.n else exact)
    return Influences(
        {name: (found[0], found[1]) for name, found in overall.items()}, labels[1] - labels[0], slices[1] - slices[0]
    )


def _ratio_influence(
    hits: sparse.csr_matrix, sizes: sparse.csr_matrix, all_hits: Floats, all_sizes: Floats
) -> sparse.csr_matrix:
    """(2 h_i - F s_i) / S by column; 0 where nothing is there."""
    share = np.divide(1.0, all_sizes, out=np.zeros_like(all_sizes), where=all_sizes > 0)
    return (hits.multiply(2 * share) - sizes.multiply(2 * all_hits * share * share)).tocsr()
