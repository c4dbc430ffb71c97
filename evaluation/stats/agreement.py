"""How far raters agree: Krippendorff's alpha over label sets, and alpha, kappa, AC1 and percent agreement by label.

alpha = 1 - Do / De (Krippendorff 2011). Over sets the distance is Jaccard's, MASI, or one that forgives what lies on
the same branch (see `set_closeness`). Everything is over the items with at least two ratings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import ALIKE, Floats, bootstrap_sums, estimate, item_weights, ratio, wilson
from evaluation.stats.label_agreement import (
    MEANS,
    USED,
    LabelAgreement,
    label_agreement,
    label_columns,
    label_measures,
    one_minus,
    with_means,
)
from evaluation.stats.matrices import sums
from evaluation.stats.rated_units import RatedUnits, Rating, rated_units
from evaluation.stats.set_closeness import NAMES, mean_distances, set_closeness
from evaluation.stats.types import Estimate, Resampled, undefined

DISPUTED = 50
FLAT = "all answers are the same, so chance and agreement cannot be told apart"


@dataclass(frozen=True)
class AgreementReport:
    """The agreement of a set of ratings."""

    items: int  # with at least two ratings
    items_total: int
    raters: int
    pairs: int
    alpha: dict[str, Estimate]
    percent_exact: Estimate
    mean_labels: dict[str, Estimate]  # of the labels in use that have the measure
    labels: dict[str, LabelAgreement]
    disputed_items: list[dict[str, Any]]  # the furthest apart first: item, MASI distance, ratings
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        """The keys of the `agreement` command."""
        return {
            **self.in_short(),
            "items_total": self.items_total,
            "raters": self.raters,
            "labels": {code: found.as_dict() for code, found in self.labels.items()},
            "disputed_items": self.disputed_items,
            "interval": self.resampled.as_dict(),
            "zero_division": {"no_variation": "null", "empty_sets_distance": 0},
        }

    def in_short(self) -> dict[str, Any]:
        """Without labels and items, as a part of another report."""
        return {
            "items": self.items,
            "pairs": self.pairs,
            "alpha": {name: value.as_dict() for name, value in self.alpha.items()},
            "percent_exact": self.percent_exact.as_dict(),
            "mean_labels": {name: value.as_dict() for name, value in self.mean_labels.items()},
        }


def agreement(
    *,
    ratings: Iterable[Rating],
    codes: Sequence[str],
    items_total: int,
    parents: Mapping[str, str | None] | None = None,
    resamples: int = 1000,
    seed: int = 0,
    by_label: bool = True,
) -> AgreementReport:
    """Measure agreement on ratings (item, rater, labels), each rater once an item; ValueError if one comes twice.

    Raters may have rated different items. `parents` gives each label's parent; without `by_label` there are only the
    labels' means. Intervals: percentile bootstrap over items.
    """
    units = rated_units(ratings, codes, parents)
    n, again = len(units.names), resamples if len(units.names) >= 2 else 0
    apart = mean_distances(units)
    per_item = np.stack([units.sizes, apart["exact"], *(apart[name] * units.sizes for name in NAMES)], axis=1)
    columns = sparse.hstack(label_columns(units), format="csr")
    total = np.concatenate([sums(columns, 0), per_item.sum(axis=0)])[None, :]
    drawn = bootstrap_sums(columns, shares=per_item, resamples=again, seed=seed)
    alike, alike_drawn = _closeness_sums(units, resamples=again, seed=seed)
    point, repeated = _measures(total, alike, n, len(codes)), _measures(drawn, alike_drawn, n, len(codes))
    if codes:
        prevalence = point["label_prevalence"][0]
        in_use = (prevalence > 0) & (prevalence < 1)
        point, repeated = with_means(point, in_use), with_means(repeated, in_use)

    def of(name: str, reason: str, place: int | None = None) -> Estimate:
        if not n:
            return undefined(0, "no item has two ratings")
        value, replicates = point[name], repeated[name]
        if place is not None:
            value, replicates = value[:, place], replicates[:, place]
        return _doubted(name, estimate(float(value[0]), replicates, n=n, reason=reason))

    kind = "cohen" if units.two_raters else "fleiss"
    order = np.argsort(-apart["masi"], kind="stable")[:DISPUTED]
    return AgreementReport(
        items=n,
        items_total=items_total,
        raters=len(set(units.raters)),
        pairs=int((units.sizes * (units.sizes - 1) / 2).sum()),
        alpha={name: of(f"alpha_{name}", FLAT) for name in NAMES},
        percent_exact=of("percent_exact", ""),
        mean_labels={
            name: of(f"mean_{name}", USED) if codes else undefined(n, "there are no labels") for name in MEANS
        },
        labels={
            code: label_agreement(of, place, kappa_kind=kind, n=n)
            for place, code in enumerate(codes if by_label else ())
        },
        disputed_items=[
            {"item": units.names[place], "distance": float(apart["masi"][place]), "ratings": int(units.sizes[place])}
            for place in order
            if apart["masi"][place] > 0
        ],
        resampled=Resampled(resamples, seed),
    )


SHARES = ("percent_exact", "label_percent", "label_prevalence")


def _doubted(name: str, found: Estimate) -> Estimate:
    """A figure that is the same in every resample is not certain: a share has Wilson's interval then, others none."""
    if found.reason != ALIKE or found.value is None:
        return found
    if name in SHARES and found.value in (0.0, 1.0):
        share = wilson(round(found.value * found.n), found.n)
        return Estimate(found.value, share.low, share.high, found.n, method="wilson")
    return found


def _closeness_sums(units: RatedUnits, *, resamples: int, seed: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """1 - distance summed over all ordered pairs of ratings, by distance: as rated, and in each resample."""
    alike = set_closeness(units)
    rows = len(units.item_of)
    shape = (len(units.names), alike.count)
    counts = sparse.csr_matrix((np.ones(rows), (units.item_of, alike.value_of)), shape=shape)
    drawn = {name: np.empty(resamples) for name in NAMES}
    for start, weights in item_weights(len(units.names), resamples=resamples, seed=seed):
        for name, found in alike.pair_sums(counts.T @ np.ascontiguousarray(weights.T)).items():
            drawn[name][start : start + len(weights)] = found
    return alike.pair_sums(sums(counts, 0)[:, None]), drawn


def _measures(total: Floats, alike: dict[str, Floats], n: int, labels: int) -> dict[str, Floats]:
    """Every measure from sums over items, for each row of `total` (resamples, columns)."""
    own = 2 + len(NAMES)
    *by_label, last = np.split(total, range(labels, total.shape[1] - own + 1, labels), axis=1) if labels else [total]
    ratings, exact, *apart = last.T
    found = {"percent_exact": ratio(exact, np.full(len(total), float(n)))}
    for name, observed in zip(NAMES, apart, strict=True):
        expected = ratio(ratings**2 - alike[name], ratings * (ratings - 1))
        found[f"alpha_{name}"] = one_minus(ratio(observed, ratings), expected)
    return found | (label_measures(by_label, ratings, n) if labels else {})
