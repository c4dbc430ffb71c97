"""A distance of label sets that forgives in part what lies on the same branch of the taxonomy.

    d(A, B) = (J(A, B) + J(A', B')) / 2

J is Jaccard's distance, and A' is A with all ancestors of its labels. The closure is how hierarchical precision and
recall compare sets (Kiritchenko, Matwin, Nock & Famili 2006); half of each is our choice. The closure alone would call
{child} and {parent, child} equal. Being the mean of a metric and one that may be 0 for unequal sets, d is a metric: 0
only for equal sets, symmetric, at most 1 and at that for sets with no branch in common. Two empty sets are at 0.

With two levels: {parent} and {child} are at 3/4 (Jaccard 1), two children of one parent at 5/6, {child} and
{parent, child} at 1/4 (Jaccard 1/2).
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy import sparse

Parents = Mapping[str, str | None]


def closure(labels: Iterable[str], parents: Parents) -> frozenset[str]:
    """The labels with all their ancestors; ValueError where a label is its own ancestor."""
    found: set[str] = set()
    for label in labels:
        above: str | None = label
        path: set[str] = set()
        while above is not None and above not in found:
            if above in path:
                raise ValueError(f"{above} is its own ancestor")
            path.add(above)
            above = parents.get(above)
        found |= path
    return frozenset(found)


def taxonomy_distance(one: Iterable[str], other: Iterable[str], parents: Parents) -> float:
    """The distance of two sets.

    >>> taxonomy_distance({"crm"}, {"software"}, {"crm": "software", "software": None})
    0.75
    """
    first, second = frozenset(one), frozenset(other)
    return (_jaccard(first, second) + _jaccard(closure(first, parents), closure(second, parents))) / 2


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return 1 - len(one & other) / len(one | other) if one or other else 0.0


def closed(marks: sparse.csr_matrix, codes: Sequence[str], parents: Parents) -> sparse.csr_matrix:
    """Rows of labels with their ancestors: (sets, codes) of 0 and 1. Ancestors that are not listed are left out."""
    place = {code: column for column, code in enumerate(codes)}
    pairs = [(place[code], place[above]) for code in codes for above in closure([code], parents) if above in place]
    rows, columns = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    reach = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(codes), len(codes)))
    found = (marks @ reach).tocsr()
    found.data = np.ones_like(found.data)
    found.sort_indices()
    return found
