"""The items with at least two ratings, and their ratings as rows of labels."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from evaluation.stats.matrices import indicator
from evaluation.stats.resampling import Floats, Places
from evaluation.stats.taxonomy_distance import closed

Rating = tuple[str, str, frozenset[str]]  # item, rater, labels


@dataclass(frozen=True)
class RatedUnits:
    """Items in the order of their names; the ratings of an item stand together, in the order of their raters."""

    names: list[str]
    sizes: Floats  # ratings of each item
    item_of: Places  # the item of each rating
    marks: sparse.csr_matrix  # (ratings, labels) of 0 and 1
    closed: sparse.csr_matrix | None  # the same with the labels' ancestors; None: no label has a parent
    raters: list[str]  # of each rating

    @property
    def gather(self) -> sparse.csr_matrix:
        """(items, ratings): adds up the ratings of each item."""
        rows = len(self.item_of)
        return sparse.csr_matrix((np.ones(rows), (self.item_of, np.arange(rows))), shape=(len(self.names), rows))

    @property
    def two_raters(self) -> tuple[str, str] | None:
        """The two raters, if exactly two rated everything."""
        people = sorted(set(self.raters))
        return (people[0], people[1]) if len(people) == 2 and len(self.names) else None


def rated_units(
    ratings: Iterable[Rating],
    codes: Sequence[str],
    parents: Mapping[str, str | None] | None = None,
    *,
    least: int = 2,
) -> RatedUnits:
    """Ratings by item, where an item has at least `least`; ValueError if a rater comes twice on one item."""
    by_item: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for item, rater, labels in ratings:
        if rater in by_item[item]:
            raise ValueError(f"{rater} rated {item} twice")
        by_item[item][rater] = labels
    names = sorted(item for item, rated in by_item.items() if len(rated) >= least)
    rows = [(place, rater, by_item[item][rater]) for place, item in enumerate(names) for rater in sorted(by_item[item])]
    marks = indicator((labels for _, _, labels in rows), codes)
    has_branches = parents is not None and any(parents.get(code) for code in codes)
    return RatedUnits(
        names=names,
        sizes=np.array([len(by_item[item]) for item in names], dtype=np.float64),
        item_of=np.array([place for place, _, _ in rows], dtype=np.intp),
        marks=marks,
        closed=closed(marks, codes, parents) if has_branches and parents is not None else None,
        raters=[rater for _, rater, _ in rows],
    )
