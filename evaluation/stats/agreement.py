"""How far raters agree: Krippendorff's alpha over label sets, and alpha, kappa and percent agreement by label.

alpha = 1 - Do / De (Krippendorff 2011). Over sets the distance is Jaccard's or MASI (see `likeness`). Everything is
over the items with at least two ratings.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import Floats, bootstrap_sums, estimate, item_weights, ratio
from evaluation.stats.likeness import DISTANCES, closeness, likeness
from evaluation.stats.matrices import indicator, sums
from evaluation.stats.types import Estimate, Resampled, undefined

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
    n, again = len(units.names), resamples if len(units.names) >= 2 else 0
    apart = _mean_distances(units)
    pair = _two_raters(units)
    per_item = np.stack([units.sizes, apart["exact"], *(apart[name] * units.sizes for name in DISTANCES)], axis=1)
    columns = sparse.hstack([*_label_columns(units), *(_cohen_columns(units, pair) if pair else [])], format="csr")
    total = np.concatenate([sums(columns, 0), per_item.sum(axis=0)])[None, :]
    drawn = bootstrap_sums(columns, shares=per_item, resamples=again, seed=seed)
    alike, alike_drawn = _closeness_sums(units, resamples=again, seed=seed)
    point, repeated = _measures(total, alike, n, len(codes)), _measures(drawn, alike_drawn, n, len(codes))

    def of(name: str, reason: str, place: int | None = None) -> Estimate:
        if not n:
            return undefined(0, "no item has two ratings")
        value, replicates = point[name], repeated[name]
        if place is not None:
            value, replicates = value[:, place], replicates[:, place]
        return estimate(float(value[0]), replicates, n=n, reason=reason)

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
    order = np.argsort(-apart["masi"], kind="stable")[:DISPUTED]
    return AgreementReport(
        items=n,
        items_total=items_total,
        raters=len(set(units.raters)),
        pairs=int((units.sizes * (units.sizes - 1) / 2).sum()),
        alpha={name: of(f"alpha_{name}", flat) for name in DISTANCES},
        percent_exact=of("percent_exact", ""),
        labels=labels,
        disputed_items=[
            {"item": units.names[place], "distance": float(apart["masi"][place]), "ratings": int(units.sizes[place])}
            for place in order
            if apart["masi"][place] > 0
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
    )


def _mean_distances(units: _Units) -> dict[str, Floats]:
    """Each item's mean distance between two of its ratings, by distance; and the share of pairs that are equal."""
    found = {name: np.zeros(len(units.names)) for name in (*DISTANCES, "exact")}
    sizes = sums(units.marks, 1)
    for step in range(1, int(max(units.sizes, default=1))):  # ratings of an item stand together
        first = np.flatnonzero(units.item_of[:-step] == units.item_of[step:])
        shared = sums(units.marks[first].multiply(units.marks[first + step]).tocsr(), 1)
        one, other, item = sizes[first], sizes[first + step], units.item_of[first]
        for name in DISTANCES:
            np.add.at(found[name], item, 1 - closeness(name, one, other, shared))
        np.add.at(found["exact"], item, ((one == shared) & (other == shared)).astype(np.float64))
    pairs = units.sizes * (units.sizes - 1) / 2
    return {name: values / pairs for name, values in found.items()}


def _closeness_sums(units: _Units, *, resamples: int, seed: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """1 - distance summed over all ordered pairs of ratings, by distance: as rated, and in each resample."""
    known: dict[bytes, int] = {}
    marks = units.marks
    rows = [marks.indices[start:stop].tobytes() for start, stop in pairwise(marks.indptr)]
    value_of = np.array([known.setdefault(row, len(known)) for row in rows], dtype=np.intp)
    _, firsts = np.unique(value_of, return_index=True)
    alike = likeness(marks[firsts])
    counts = sparse.csr_matrix((np.ones(len(rows)), (units.item_of, value_of)), shape=(len(units.names), len(known)))
    drawn = {name: np.empty(resamples) for name in DISTANCES}
    for start, weights in item_weights(len(units.names), resamples=resamples, seed=seed):
        for name, found in alike.pair_sums(counts.T @ np.ascontiguousarray(weights.T)).items():
            drawn[name][start : start + len(weights)] = found
    return alike.pair_sums(sums(counts, 0)[:, None]), drawn


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


def _measures(total: Floats, alike: dict[str, Floats], n: int, labels: int) -> dict[str, Floats]:
    """Every measure from sums over items, for each row of `total` (resamples, columns)."""
    *by_label, last = np.split(total, range(labels, total.shape[1] - 3, labels), axis=1) if labels else [total]
    ratings, exact, *apart = last.T
    items, many = np.full(len(total), float(n)), ratings[:, None]
    found = {"percent_exact": ratio(exact, items)}
    for name, observed in zip(DISTANCES, apart, strict=True):
        expected = ratio(ratings**2 - alike[name], ratings * (ratings - 1))
        found[f"alpha_{name}"] = _one_minus(ratio(observed, ratings), expected)
    if not labels:
        return found
    chosen, differ, weighted, share = by_label[:4]
    expected = ratio(2 * chosen * (many - chosen), many * (many - 1))
    found["label_alpha"] = _one_minus(ratio(weighted, many), expected)
    found["label_percent"] = 1 - ratio(differ, items[:, None])
    found["label_prevalence"] = ratio(chosen, many)
    if len(by_label) > 4:
        first, second, both = (block / n for block in by_label[4:7])
        by_chance = first * second + (1 - first) * (1 - second)
        found["label_kappa"] = _one_minus(first + second - 2 * both, 1 - by_chance)
    else:
        rate = ratio(share, items[:, None])
        found["label_kappa"] = _one_minus(ratio(differ, items[:, None]), 2 * rate * (1 - rate))
    return found


def _one_minus(observed: Floats, expected: Floats) -> Floats:
    """1 - observed / expected, NaN where nothing is expected to differ."""
    return 1 - ratio(observed, np.where(expected > 1e-15, expected, 0.0))
