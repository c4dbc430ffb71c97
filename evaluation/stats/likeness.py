"""How far sets of labels are apart, and sums of that over all pairs of ratings without a table of all pairs.

Both distances depend only on the sizes a, b of two sets and on k, how many labels they share:
Jaccard 1 - k / (a + b - k); MASI 1 - k / (a + b - k) * M, M = 1, 2/3, 1/3, 0 for equal, nested, overlapping and
disjoint sets (Passonneau 2006). Two empty sets are at distance 0, an empty and another one at 1.

Expected disagreement needs the sum over all pairs of ratings of 1 - distance, in each resample. Ten thousand items have
as many distinct sets, so a table of pairs has 10^8 cells. Instead, with a and b held, any function f of k with f(0) = 0
is a sum of binomials, f(k) = sum_j g_j C(k, j), g_j = sum_i (-1)^(j - i) C(j, i) f(i); and C(k, j) counts the subsets
of j labels that the two share. So it is enough to count, for each subset of labels, the ratings that contain it by
their size: exact, and linear in the number of ratings. A subset found in only one distinct set (most are) needs no
column of its own, nor do the subsets that hold it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluation.stats.intervals import Floats
from evaluation.stats.matrices import sums

DISTANCES = ("masi", "jaccard")
LARGEST = 10  # labels of a set whose subsets are counted (1,023 at most); pairs with a larger set are tabulated
Places = NDArray[np.intp]


def closeness(name: str, one: Floats, other: Floats, shared: Floats) -> Floats:
    """1 - distance of sets with `one` and `other` labels, `shared` of them in both."""
    union = one + other - shared
    jaccard = np.divide(shared, union, out=np.ones_like(union), where=union > 0)
    if name == "jaccard":
        return jaccard
    return jaccard * np.where(shared == union, 1.0, np.where(shared == np.minimum(one, other), 2 / 3, 1 / 3))


@dataclass(frozen=True)
class Likeness:
    """1 - distance between some distinct sets, ready to be summed over pairs weighted by how often each occurs."""

    small: Places  # the sets whose subsets are counted
    subsets: sparse.csr_matrix  # (shared subset and size, small sets)
    within: Mapping[str, sparse.csr_matrix]  # between the rows of `subsets`, by distance
    own: Mapping[str, Floats]  # (small sets,): what a set adds to its pairs with itself beyond `within`
    large: Places
    table: Mapping[str, sparse.csr_matrix]  # (large sets, all sets)

    def pair_sums(self, counts: Floats) -> dict[str, Floats]:
        """The sum over ordered pairs of ratings, each with itself included: counts (sets, k) -> k sums by distance."""
        few, many = counts[self.small], counts[self.large]
        found = self.subsets @ few
        return {
            name: ((self.within[name] @ found) * found).sum(axis=0)
            + self.own[name] @ few**2
            + ((self.table[name] @ counts) * many).sum(axis=0)
            for name in DISTANCES
        }


def likeness(sets: sparse.csr_matrix) -> Likeness:
    """Prepare distinct sets, a row each."""
    sizes = sums(sets, 1).astype(np.intp)
    small, large = np.flatnonzero(sizes <= LARGEST), np.flatnonzero(sizes > LARGEST)
    subset, length, member = _shared_subsets(sets[small])
    size = sizes[small][member]
    own = {name: np.ones(len(small)) for name in DISTANCES}
    for name in DISTANCES:
        np.subtract.at(own[name], member, _coefficients(name)[length, size, size])
    keys, row = np.unique(np.stack([subset, size], axis=1), axis=0, return_inverse=True)
    rows = row.ravel()
    lengths = np.zeros(len(keys), dtype=np.intp)
    lengths[rows] = length
    return Likeness(
        small=small,
        subsets=sparse.csr_matrix((np.ones(len(rows)), (rows, member)), shape=(len(keys), len(small))),
        within={name: _within(name, keys, lengths) for name in DISTANCES},
        own=own,
        large=large,
        table={name: _table(name, sets, sizes, large) for name in DISTANCES},
    )


def _shared_subsets(sets: sparse.csr_matrix) -> tuple[Places, Places, Places]:
    """Subsets of labels held by at least two of the distinct sets: number of the subset, its length, the set."""
    sets = sets.tocsr()
    sets.sort_indices()
    found = list(_by_length(sets))
    offset, numbers = 0, []
    for subset, _ in found:
        numbers.append(subset + offset)
        offset += int(subset.max()) + 1
    if not found:
        return (np.zeros(0, dtype=np.intp),) * 3
    lengths = [np.full(len(subset), length, dtype=np.intp) for length, (subset, _) in enumerate(found, start=1)]
    return np.concatenate(numbers), np.concatenate(lengths), np.concatenate([member for _, member in found])


def _by_length(sets: sparse.csr_matrix) -> Iterator[tuple[Places, Places]]:
    """(subset, set) pairs of one length after another; a subset grows by labels that come after its last."""
    ends, labels = sets.indptr.astype(np.intp), sets.indices.astype(np.intp)
    member = np.repeat(np.arange(sets.shape[0]), np.diff(ends))
    last = np.arange(len(labels))  # where the subset's last label stands in `labels`
    key = labels
    while len(key):
        _, subset, often = np.unique(key, return_inverse=True, return_counts=True)
        kept = often[subset] >= 2
        member, last = member[kept], last[kept]
        if not len(member):
            return
        _, subset = np.unique(subset[kept], return_inverse=True)
        yield subset, member
        more = ends[member + 1] - last - 1
        step = np.arange(more.sum()) - np.repeat(np.cumsum(more) - more, more)
        last = np.repeat(last, more) + 1 + step
        member = np.repeat(member, more)
        key = np.repeat(subset, more) * sets.shape[1] + labels[last]


@cache
def _coefficients(name: str) -> Floats:
    """g of [j, a, b]; 0 where j is more than a or b."""
    table = np.zeros((LARGEST + 1,) * 3)
    for a in range(1, LARGEST + 1):
        for b in range(1, LARGEST + 1):
            shared = np.arange(min(a, b) + 1, dtype=float)
            close = closeness(name, np.full_like(shared, a), np.full_like(shared, b), shared)
            for j in range(1, len(shared)):
                table[j, a, b] = sum((-1) ** (j - i) * comb(j, i) * close[i] for i in range(j + 1))
    return table


def _within(name: str, keys: Places, lengths: Places) -> sparse.csr_matrix:
    """Coefficients between the rows of one subset, which come one after another, a row for each size of set."""
    coefficients, rows = _coefficients(name), np.arange(len(keys))
    one, other = [rows], [rows]
    for step in range(1, LARGEST):
        first = rows[:-step][keys[:-step, 0] == keys[step:, 0]]
        one += [first, first + step]
        other += [first + step, first]
    left, right = np.concatenate(one), np.concatenate(other)
    cells = coefficients[lengths[left], keys[left, 1], keys[right, 1]]
    return sparse.csr_matrix((cells, (left, right)), shape=(len(keys), len(keys)))


def _table(name: str, sets: sparse.csr_matrix, sizes: Places, large: Places) -> sparse.csr_matrix:
    """Closeness of large sets to all; twice to small ones, which have no row to meet them from."""
    shared = (sets[large] @ sets.T).tocoo()
    one, other = sizes[large][shared.row].astype(float), sizes[shared.col].astype(float)
    cells = closeness(name, one, other, shared.data) * np.where(other <= LARGEST, 2.0, 1.0)
    return sparse.csr_matrix((cells, (shared.row, shared.col)), shape=shared.shape)
