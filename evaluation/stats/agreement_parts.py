"""Agreement within parts of the ratings: of two raters, of the items of a slice or a week, of a group of raters.

Each part is measured as the whole is, on its own ratings, so that chance too is its own: a slice in which one label
rules has less to agree on, and its alpha says so. A part with fewer than two items has no interval.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.agreement import FLAT, agreement
from evaluation.stats.intervals import bootstrap_sums, estimate, item_weights, ratio
from evaluation.stats.label_agreement import one_minus
from evaluation.stats.rated_units import RatedUnits, Rating, rated_units
from evaluation.stats.resampling import Floats
from evaluation.stats.set_closeness import NAMES, set_closeness
from evaluation.stats.types import Estimate, undefined

BLOCK = 500  # items whose answers are held as a table at once
MOST_PAIRS = 150  # of raters; those with the most items in common
Parents = Mapping[str, str | None] | None


@dataclass(frozen=True)
class Asking:
    """What all parts have in common."""

    codes: Sequence[str]
    parents: Parents = None
    resamples: int = 1000
    seed: int = 0

    def about(self, ratings: Sequence[Rating]) -> dict[str, Any]:
        """A part in short: its sizes and its figures without the labels."""
        used = {code for _, _, labels in ratings for code in labels}
        report = agreement(
            ratings=ratings,
            codes=[code for code in self.codes if code in used or self._is_above(code, used)],
            items_total=0,
            parents=self.parents,
            resamples=self.resamples,
            seed=self.seed,
            by_label=False,
        )
        return report.in_short()

    def _is_above(self, code: str, used: set[str]) -> bool:
        """Is it an ancestor of a label in use? The distance that forgives needs it."""
        for one in used:
            above = (self.parents or {}).get(one)
            while above is not None:
                if above == code:
                    return True
                above = (self.parents or {}).get(above)
        return False


def pairs_of_raters(ratings: Sequence[Rating], asking: Asking) -> tuple[list[dict[str, Any]], int]:
    """Each two raters who have items in common, most items first; and how many more pairs there are."""
    by_item: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for item, rater, labels in ratings:
        by_item[item][rater] = labels
    shared = Counter(pair for rated in by_item.values() for pair in combinations(sorted(rated), 2))
    order = sorted(shared, key=lambda pair: (-shared[pair], pair))
    found = []
    for one, other in order[:MOST_PAIRS]:
        both = [
            (item, rater, rated[rater])
            for item, rated in by_item.items()
            if one in rated and other in rated
            for rater in (one, other)
        ]
        found.append({"one": one, "other": other, **asking.about(both)})
    return found, max(len(order) - MOST_PAIRS, 0)


def by_key(ratings: Sequence[Rating], key_of: Mapping[str, str], asking: Asking) -> dict[str, dict[str, Any]]:
    """Each value that items have, in order of the values: {value: figures}. Items without a key are left out."""
    kept: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        if rating[0] in key_of:
            kept[key_of[rating[0]]].append(rating)
    return {value: asking.about(kept[value]) for value in sorted(kept)}


def by_group(ratings: Sequence[Rating], group_of: Mapping[str, str], asking: Asking) -> list[dict[str, Any]]:
    """Within each group of raters, and between each two: {one, other, ...}, `other` the same for within.

    Raters without a group are left out.
    """
    groups = sorted({group_of[rater] for _, rater, _ in ratings if group_of.get(rater)})
    own = {group: [rating for rating in ratings if group_of.get(rating[1]) == group] for group in groups}
    within = [{"one": group, "other": group, **asking.about(own[group])} for group in groups]
    between = [
        {"one": one, "other": other, **_between(own[one], own[other], asking)} for one, other in combinations(groups, 2)
    ]
    return within + between


def _between(one: Sequence[Rating], other: Sequence[Rating], asking: Asking) -> dict[str, Any]:
    """Agreement of one group with another: 1 - Do / De over pairs with a rating from each.

    Do is the mean over items of the mean distance of such pairs, De the same if the two groups' answers were shuffled
    (the idea of Vanbelle & Albert 2009, with a distance). With one rater in each it is Cohen's kappa with a distance.
    """
    both = {rating[0] for rating in one} & {rating[0] for rating in other}
    side = {rating[1] for rating in one}
    units = rated_units([rating for rating in [*one, *other] if rating[0] in both], asking.codes, asking.parents)
    n = len(units.names)
    if not n:
        nothing = undefined(0, "no item was rated by both groups").as_dict()
        return {"items": 0, "pairs": 0, "alpha": dict.fromkeys(NAMES, nothing), "percent_exact": nothing}
    is_first = np.array([rater in side for rater in units.raters])
    alike = set_closeness(units)
    first, second = (_shares(units, alike.value_of, alike.count, chosen) for chosen in (is_first, ~is_first))
    near = {name: np.zeros(n) for name in NAMES}
    for start in range(0, n, BLOCK):
        block = slice(start, start + BLOCK)
        ours, theirs = (matrix[block].T.toarray() for matrix in (first, second))
        for name, values in alike.cross_sums(ours, theirs).items():
            near[name][block] = values
    exact = np.asarray(first.multiply(second).sum(axis=1)).ravel()
    columns = np.column_stack([exact, *(near[name] for name in NAMES)])
    again = asking.resamples if n >= 2 else 0
    point = _between_measures(columns.sum(axis=0)[None, :], _expected(first, second, alike, n, None), n)
    drawn = bootstrap_sums(sparse.csr_matrix(columns), resamples=again, seed=asking.seed)
    chance = _expected(first, second, alike, n, (again, asking.seed))
    repeated = _between_measures(drawn, chance, n)

    def of(name: str) -> dict[str, Any]:
        found: Estimate = estimate(float(point[name][0]), repeated[name], n=n, reason=FLAT)
        return found.as_dict()

    sizes = [np.bincount(units.item_of[chosen], minlength=n) for chosen in (is_first, ~is_first)]
    return {
        "items": n,
        "pairs": int((sizes[0] * sizes[1]).sum()),
        "alpha": {name: of(name) for name in NAMES},
        "percent_exact": of("exact"),
    }


def _shares(units: RatedUnits, value_of: np.ndarray, count: int, chosen: np.ndarray) -> sparse.csr_matrix:
    """(items, distinct sets): the share of an item's chosen ratings that are each set."""
    items, values = units.item_of[chosen], value_of[chosen]
    many = np.bincount(items, minlength=len(units.names))
    return sparse.csr_matrix((1 / many[items], (items, values)), shape=(len(units.names), count))


def _expected(
    first: sparse.csr_matrix, second: sparse.csr_matrix, alike: Any, n: int, again: tuple[int, int] | None
) -> dict[str, Floats]:
    """The mean closeness of a rating of one side and a rating of the other, whatever their items."""
    if again is None:
        ones = np.ones((n, 1))
        return {name: found / n**2 for name, found in alike.cross_sums(first.T @ ones, second.T @ ones).items()}
    drawn = {name: np.empty(again[0]) for name in NAMES}
    for start, weights in item_weights(n, resamples=again[0], seed=again[1]):
        turned = np.ascontiguousarray(weights.T)
        for name, found in alike.cross_sums(first.T @ turned, second.T @ turned).items():
            drawn[name][start : start + len(weights)] = found / n**2
    return drawn


def _between_measures(total: Floats, chance: dict[str, Floats], n: int) -> dict[str, Floats]:
    exact, *near = total.T
    found = {"exact": ratio(exact, np.full(len(total), float(n)))}
    return found | {name: one_minus(1 - one / n, 1 - chance[name]) for name, one in zip(NAMES, near, strict=True)}
