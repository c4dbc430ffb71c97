"""How far raters agree: Krippendorff's alpha over label sets, and alpha, kappa and percent agreement by label.

alpha = 1 - Do / De (Krippendorff 2011). Over sets the distance is Jaccard's, or MASI = 1 - J * M, M = 1, 2/3, 1/3, 0
for equal, nested, overlapping and disjoint sets (Passonneau 2006). Two empty sets are at distance 0: both raters said
that none applies. Everything is over the items with at least two ratings.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import Floats, bootstrap_sums, estimate, ratio
from evaluation.stats.matrices import indicator, sums
from evaluation.stats.types import Estimate, Resampled, undefined

DISTANCES = ("masi", "jaccard")
DISPUTED = 50
Rating = tuple[str, str, frozenset[str]]  # item, rater, labels


@dataclass(frozen=True)
class LabelAgreement:
    """One label's agreement, as a yes-or-no question."""

    alpha: Estimate
    kappa: Estimate
    kappa_kind: str
    percent_agreement: Estimate
    prevalence: Estimate
    n: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "alpha": self.alpha.as_dict(),
            "kappa": self.kappa.as_dict(),
            "kappa_kind": self.kappa_kind,
            "percent_agreement": self.percent_agreement.as_dict(),
            "prevalence": self.prevalence.as_dict(),
            "n": self.n,
        }


@dataclass(frozen=True)
class AgreementReport:
    """The agreement of a set of ratings."""

    items: int  # with at least two ratings
    items_total: int
    raters: int
    pairs: int
    alpha: dict[str, Estimate]
    percent_exact: Estimate
    labels: dict[str, LabelAgreement]
    disputed_items: list[dict[str, Any]]  # the furthest apart first: item, MASI distance, ratings
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        """The keys of the `agreement` command."""
        return {
            "items": self.items,
            "items_total": self.items_total,
            "raters": self.raters,
            "pairs": self.pairs,
            "alpha": {name: value.as_dict() for name, value in self.alpha.items()},
            "percent_exact": self.percent_exact.as_dict(),
            "labels": {code: found.as_dict() for code, found in self.labels.items()},
            "disputed_items": self.disputed_items,
            "interval": self.resampled.as_dict(),
            "zero_division": {"no_variation": "null", "empty_sets_distance": 0},
        }


@dataclass(frozen=True)
class _Units:
    """The items with at least two ratings, and their ratings as rows."""

    names: list[str]
    sizes: Floats  # ratings of each item
    item_of: np.ndarray  # the item of each rating
    marks: sparse.csr_matrix  # (ratings, labels) of 0 and 1
    raters: list[str]  # of each rating
    sets: list[frozenset[str]]  # of each rating

    @property
    def gather(self) -> sparse.csr_matrix:
        """(items, ratings): adds up the ratings of each item."""
        rows = len(self.item_of)
        return sparse.csr_matrix((np.ones(rows), (self.item_of, np.arange(rows))), shape=(len(self.names), rows))


def agreement(
    *, ratings: Iterable[Rating], codes: Sequence[str], items_total: int, resamples: int = 1000, seed: int = 0
) -> AgreementReport:
    """Measure agreement on ratings (item, rater, labels), each rater once an item; ValueError if one comes twice.

    Raters may have rated different items. Intervals: percentile bootstrap over items.
    """
    units = _units(ratings, codes)
    n = len(units.names)
    observed, distinct, similar = _set_distances(units)
    by_label = _label_columns(units)
    exact = _exact_pairs(units)
    pair = _two_raters(units)
    blocks = [sparse.csr_matrix(np.stack([units.sizes, exact, *observed], axis=1)), distinct, *by_label]
    blocks += _cohen_columns(units, pair) if pair else [sparse.csr_matrix((n, 0))]
    columns = sparse.hstack(blocks, format="csr")
    total = sums(columns, 0)[None, :] if n else np.zeros((1, columns.shape[1]))
    drawn = bootstrap_sums(columns, resamples=resamples, seed=seed) if n >= 2 else np.zeros((0, columns.shape[1]))
    layout = _Layout(sets=distinct.shape[1], labels=len(codes), cohen=bool(pair))
    point, repeated = layout.measures(total, similar, n), layout.measures(drawn, similar, n)

    def of(name: str, reason: str, place: int | None = None) -> Estimate:
        if not n:
            return undefined(0, "no item has two ratings")
        value, again = point[name], repeated[name]
        if place is not None:
            value, again = value[:, place], again[:, place]
        return estimate(float(value[0]), again, n=n, reason=reason)

    flat = "all answers are the same, so chance and agreement cannot be told apart"
    used = "the label was chosen always or never, so chance and agreement cannot be told apart"
    labels = {
        code: LabelAgreement(
            alpha=of("label_alpha", used, place),
            kappa=of("label_kappa", used, place),
            kappa_kind="cohen" if pair else "fleiss",
            percent_agreement=of("label_percent", "", place),
            prevalence=of("label_prevalence", "", place),
            n=n,
        )
        for place, code in enumerate(codes)
    }
    apart = observed[0] / np.maximum(units.sizes, 1)  # the mean over ordered pairs of different raters
    order = np.argsort(-apart, kind="stable")[:DISPUTED]
    return AgreementReport(
        items=n,
        items_total=items_total,
        raters=len(set(units.raters)),
        pairs=int((units.sizes * (units.sizes - 1) / 2).sum()),
        alpha={name: of(f"alpha_{name}", flat) for name in DISTANCES},
        percent_exact=of("percent_exact", ""),
        labels=labels,
        disputed_items=[
            {"item": units.names[place], "distance": float(apart[place]), "ratings": int(units.sizes[place])}
            for place in order
            if apart[place] > 0
        ],
        resampled=Resampled(resamples, seed),
    )


def _units(ratings: Iterable[Rating], codes: Sequence[str]) -> _Units:
    by_item: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for item, rater, labels in ratings:
        if rater in by_item[item]:
            raise ValueError(f"{rater} rated {item} twice")
        by_item[item][rater] = labels
    names = sorted(item for item, rated in by_item.items() if len(rated) >= 2)
    rows = [(place, rater, by_item[item][rater]) for place, item in enumerate(names) for rater in sorted(by_item[item])]
    return _Units(
        names=names,
        sizes=np.array([len(by_item[item]) for item in names], dtype=np.float64),
        item_of=np.array([place for place, _, _ in rows], dtype=int),
        marks=indicator((labels for _, _, labels in rows), codes),
        raters=[rater for _, rater, _ in rows],
        sets=[labels for _, _, labels in rows],
    )


def similarities(sets: sparse.csr_matrix) -> dict[str, sparse.csr_matrix]:
    """1 - distance between rows, by distance; only sets that share a label, or are both empty, are alike at all."""
    sizes = sums(sets, 1)
    shared = (sets @ sets.T).tocoo()
    rows, columns, common = shared.row, shared.col, shared.data
    union = sizes[rows] + sizes[columns] - common
    jaccard = common / union
    smaller = np.minimum(sizes[rows], sizes[columns])
    nested = np.where(common == union, 1.0, np.where(common == smaller, 2 / 3, 1 / 3))
    empty = np.flatnonzero(sizes == 0)
    rows, columns = (
        np.concatenate([rows, np.repeat(empty, len(empty))]),
        np.concatenate([columns, np.tile(empty, len(empty))]),
    )
    ones = np.ones(len(empty) ** 2)
    shape = (sets.shape[0], sets.shape[0])
    return {
        "masi": sparse.csr_matrix((np.concatenate([jaccard * nested, ones]), (rows, columns)), shape=shape),
        "jaccard": sparse.csr_matrix((np.concatenate([jaccard, ones]), (rows, columns)), shape=shape),
    }


def _set_distances(units: _Units) -> tuple[list[Floats], sparse.csr_matrix, list[sparse.csr_matrix]]:
    """By distance, each item's disagreement summed over ordered pairs / (m - 1); each item's counts of distinct
    sets; and by distance how alike the distinct sets are."""
    known: dict[frozenset[str], int] = {}
    firsts: list[int] = []
    value_of = np.empty(len(units.sets), dtype=int)
    for row, labels in enumerate(units.sets):
        if labels not in known:
            known[labels] = len(firsts)
            firsts.append(row)
        value_of[row] = known[labels]
    alike = similarities(units.marks[firsts]) if firsts else {name: sparse.csr_matrix((0, 0)) for name in DISTANCES}
    counts = sparse.csr_matrix(
        (np.ones(len(value_of)), (units.item_of, value_of)), shape=(len(units.names), len(firsts))
    )
    observed = []
    for name in DISTANCES:
        agree = sums((counts @ alike[name]).multiply(counts).tocsr(), 1)  # over ordered pairs, selves included
        apart = units.sizes**2 - agree
        observed.append(np.maximum(apart, 0.0) / np.maximum(units.sizes - 1, 1))
    return observed, counts, [alike[name] for name in DISTANCES]


def _label_columns(units: _Units) -> list[sparse.csr_matrix]:
    """By label: how many ratings of an item chose it, the share of pairs that differ, and that times m / 2."""
    chosen = (units.gather @ units.marks).tocsr()
    sizes = np.repeat(units.sizes, np.diff(chosen.indptr))
    differ = chosen.copy()
    differ.data = 2 * chosen.data * (sizes - chosen.data) / np.maximum(sizes * (sizes - 1), 1)
    weighted = differ.copy()
    weighted.data = differ.data * sizes
    share = chosen.copy()
    share.data = chosen.data / sizes
    return [chosen, differ, weighted, share]


def _exact_pairs(units: _Units) -> Floats:
    """The share of each item's pairs of ratings that are equal."""
    equal = np.zeros(len(units.names))
    counts: dict[tuple[int, frozenset[str]], int] = defaultdict(int)
    for place, labels in zip(units.item_of, units.sets, strict=True):
        counts[int(place), labels] += 1
    for (place, _), number in counts.items():
        equal[place] += number * (number - 1)
    return np.nan_to_num(ratio(equal, units.sizes * (units.sizes - 1)))


def _two_raters(units: _Units) -> tuple[str, str] | None:
    """The two raters, if exactly two rated everything."""
    people = sorted(set(units.raters))
    return (people[0], people[1]) if len(people) == 2 and len(units.names) else None


def _cohen_columns(units: _Units, pair: tuple[str, str]) -> list[sparse.csr_matrix]:
    """By label and item: did the first rater choose it, the second, both."""
    first, second = (
        units.gather @ sparse.diags([float(rater == one) for rater in units.raters]) @ units.marks for one in pair
    )
    return [first.tocsr(), second.tocsr(), first.multiply(second).tocsr()]


@dataclass(frozen=True)
class _Layout:
    """Where each quantity stands among the summed columns, and the measures made of them."""

    sets: int
    labels: int
    cohen: bool

    def measures(self, total: Floats, similar: list[sparse.csr_matrix], n: int) -> dict[str, Floats]:
        ratings, exact = total[:, 0], total[:, 1]
        items = np.full(len(total), float(n))
        start = 2 + len(DISTANCES)
        counts = total[:, start : start + self.sets]
        start += self.sets
        blocks = [total[:, start + step * self.labels : start + (step + 1) * self.labels] for step in range(7)]
        chosen, differ, weighted, share = blocks[:4]
        found = {"percent_exact": ratio(exact, items)}
        for place, name in enumerate(DISTANCES):
            alike = ((similar[place] @ counts.T).T * counts).sum(axis=1) if self.sets else np.zeros(len(total))
            expected = ratio(ratings**2 - alike, ratings * (ratings - 1))
            found[f"alpha_{name}"] = _one_minus(ratio(total[:, 2 + place], ratings), expected)
        many = ratings[:, None]
        expected = ratio(2 * chosen * (many - chosen), many * (many - 1))
        found["label_alpha"] = _one_minus(ratio(weighted, many), expected)
        found["label_percent"] = 1 - ratio(differ, items[:, None])
        found["label_prevalence"] = ratio(chosen, many)
        if self.cohen:
            first, second, both = (block / n for block in blocks[4:7])
            by_chance = first * second + (1 - first) * (1 - second)
            found["label_kappa"] = _one_minus(1 - (1 - first - second + 2 * both), 1 - by_chance)
        else:
            rate = ratio(share, items[:, None])
            found["label_kappa"] = _one_minus(ratio(differ, items[:, None]), 2 * rate * (1 - rate))
        return found


def _one_minus(observed: Floats, expected: Floats) -> Floats:
    """1 - observed / expected, NaN where nothing is expected to differ."""
    return 1 - ratio(observed, np.where(expected > 1e-15, expected, 0.0))
