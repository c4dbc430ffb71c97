"""1 - distance of the label sets among some ratings: within items, and summed over all pairs of ratings.

Three distances: MASI and Jaccard's (see `likeness`), and the one that forgives what lies on the same branch (see
`taxonomy_distance`), which is half Jaccard's of the sets and half Jaccard's of the sets with their ancestors.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse

from evaluation.stats.likeness import DISTANCES, Likeness, closeness, likeness
from evaluation.stats.matrices import sums
from evaluation.stats.rated_units import RatedUnits
from evaluation.stats.resampling import Floats, Places

NAMES = (*DISTANCES, "taxonomy")


@dataclass(frozen=True)
class SetCloseness:
    """The distinct sets among ratings, ready to be summed over pairs."""

    value_of: Places  # the number of each rating's set
    count: int
    plain: Likeness
    closed: Likeness | None  # None: no label has a parent, and forgiving is Jaccard's
    to_closed: sparse.csr_matrix | None  # (sets with ancestors, sets)

    def pair_sums(self, counts: Floats) -> dict[str, Floats]:
        """1 - distance over ordered pairs of ratings, each with itself included: counts (sets, k) -> k by distance."""
        found = self.plain.pair_sums(counts)
        if self.closed is None or self.to_closed is None:
            return found | {"taxonomy": found["jaccard"]}
        above = self.closed.pair_sums(np.asarray(self.to_closed @ counts))["jaccard"]
        return found | {"taxonomy": (found["jaccard"] + above) / 2}

    def cross_sums(self, one: Floats, other: Floats) -> dict[str, Floats]:
        """1 - distance over pairs with one rating from each side: half of what they add to each other's own pairs."""
        both, first, second = (self.pair_sums(counts) for counts in (one + other, one, other))
        return {name: (both[name] - first[name] - second[name]) / 2 for name in NAMES}


def set_closeness(units: RatedUnits) -> SetCloseness:
    """Number the distinct sets and prepare their likeness."""
    value_of, firsts = _distinct(units.marks)
    closed_likeness, to_closed = None, None
    if units.closed is not None:
        above = units.closed[firsts]
        number, seen = _distinct(above)
        closed_likeness = likeness(above[seen])
        spots = (number, np.arange(len(firsts)))
        to_closed = sparse.csr_matrix((np.ones(len(firsts)), spots), shape=(len(seen), len(firsts)))
    return SetCloseness(value_of, len(firsts), likeness(units.marks[firsts]), closed_likeness, to_closed)


def _distinct(marks: sparse.csr_matrix) -> tuple[Places, Places]:
    """The number of each row's set, in order of appearance, and the first row of each set."""
    known: dict[bytes, int] = {}
    rows = [marks.indices[start:stop].tobytes() for start, stop in pairwise(marks.indptr)]
    value_of = np.array([known.setdefault(row, len(known)) for row in rows], dtype=np.intp)
    _, firsts = np.unique(value_of, return_index=True)
    return value_of, firsts.astype(np.intp)


def mean_distances(units: RatedUnits) -> dict[str, Floats]:
    """Each item's mean distance between two of its ratings, by distance; and the share of pairs that are equal."""
    found = _mean_distances(units, units.marks)
    if units.closed is None:
        return found | {"taxonomy": found["jaccard"]}
    return found | {"taxonomy": (found["jaccard"] + _mean_distances(units, units.closed)["jaccard"]) / 2}


def _mean_distances(units: RatedUnits, marks: sparse.csr_matrix) -> dict[str, Floats]:
    found = {name: np.zeros(len(units.names)) for name in (*DISTANCES, "exact")}
    for first, second in pairs_within(units):
        one, other, shared = sizes_of_pairs(marks, first, second)
        item = units.item_of[first]
        for name in DISTANCES:
            np.add.at(found[name], item, 1 - closeness(name, one, other, shared))
        np.add.at(found["exact"], item, ((one == shared) & (other == shared)).astype(np.float64))
    pairs = units.sizes * (units.sizes - 1) / 2
    return {
        name: np.divide(values, pairs, out=np.zeros_like(values), where=pairs > 0) for name, values in found.items()
    }


def pairs_within(units: RatedUnits) -> list[tuple[Places, Places]]:
    """All pairs of ratings of one item, as places of the first and of the second; ratings of an item stand together."""
    found = []
    for step in range(1, int(max(units.sizes, default=1))):
        first = np.flatnonzero(units.item_of[:-step] == units.item_of[step:])
        found.append((first, first + step))
    return found


def sizes_of_pairs(marks: sparse.csr_matrix, first: Places, second: Places) -> tuple[Floats, Floats, Floats]:
    """How many labels each of two ratings has, and how many both."""
    sizes = sums(marks, 1)
    shared = sums(marks[first].multiply(marks[second]).tocsr(), 1)
    return sizes[first], sizes[second], shared
