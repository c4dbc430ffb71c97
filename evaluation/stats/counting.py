"""What the scores count over items, and the figures that are ratios of these counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from scipy import sparse

from evaluation.stats.alike import Alike
from evaluation.stats.hierarchy import completed_counts
from evaluation.stats.influence import accelerations
from evaluation.stats.intervals import estimate, mean_of_defined, ratio
from evaluation.stats.matrices import Pairing, sums
from evaluation.stats.ratios import Ratios, Sums, mean_gradient, weighted_gradient
from evaluation.stats.resampling import Floats, Places, Plan
from evaluation.stats.types import Estimate

MEASURES = ("precision", "recall", "f1", "jaccard")
AVERAGES = ("micro", "macro", "weighted", "samples")
OF_LABELS = ("macro", "weighted")  # means over labels: an item has no value of its own in them
Group = tuple[str, str, Places]  # attribute, value, the places of its items
Key = tuple[str, ...]
FACTORS = {  # of tp, fp and fn, above and below the line
    "precision": ((1.0, 0.0, 0.0), (1.0, 1.0, 0.0)),
    "recall": ((1.0, 0.0, 0.0), (1.0, 0.0, 1.0)),
    "f1": ((2.0, 0.0, 0.0), (2.0, 1.0, 1.0)),
    "jaccard": ((1.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
}
SHARES = ("precision", "recall", "f1", "exact", "wrong", "jaccard", "shared", "said", "there", "mass")


def item_scores(both: Pairing) -> Floats:
    """(n items, 6): precision, recall and F1 of each item, exact match, the number of wrong labels, and Jaccard.

    Both sides empty: the shares are 1; one side empty: the undefined ones are 0; no answer: 0.
    """
    hit, guessed, there = sums(both.hits, 1), sums(both.predicted, 1), sums(both.gold, 1)
    both_empty = (guessed + there == 0).astype(np.float64)
    answered = (~both.unanswered).astype(np.float64)
    shares = (
        (np.nan_to_num(ratio(factor * hit, below)) + both_empty) * answered
        for factor, below in ((1, guessed), (1, there), (2, guessed + there), (1, guessed + there - hit))
    )
    precision, recall, f1, jaccard = shares
    exact = ((hit == guessed) & (hit == there)) * answered
    return np.stack([precision, recall, f1, exact, guessed + there - 2 * hit, jaccard], axis=1)


def slice_groups(slices: Mapping[str, Sequence[str]], n: int) -> list[Group]:
    """(attribute, value, the places of its items) for each value in order."""
    groups = []
    for name, values in slices.items():
        if len(values) != n:
            raise ValueError(f"{len(values)} values of {name}, but {n} items")
        members: dict[str, list[int]] = {}
        for place, value in enumerate(values):
            members.setdefault(value, []).append(place)
        groups += [(name, value, np.array(members[value], dtype=np.intp)) for value in sorted(members)]
    return groups


@dataclass(frozen=True, eq=False)
class Counted:
    """The columns that are summed over items, and the measures over them.

    Columns: by label tp, fp and fn; by slice hits, and labels predicted and in gold; then SHARES.
    """

    both: Pairing
    codes: Sequence[str]
    parents: Mapping[str, str | None]
    groups: list[Group]
    branches: Mapping[str, list[str]]

    @cached_property
    def counts(self) -> sparse.csr_matrix:
        hits = self.both.hits
        blocks = [hits, _without_zeros(self.both.predicted - hits), _without_zeros(self.both.gold - hits)]
        if self.groups:
            hit, named = sums(hits, 1), sums(self.both.predicted, 1) + sums(self.both.gold, 1)
            rows = np.concatenate([members for _, _, members in self.groups])
            columns = 2 * np.repeat(np.arange(len(self.groups)), [len(members) for _, _, members in self.groups])
            cells = np.concatenate([hit[rows], named[rows]]), (np.tile(rows, 2), np.concatenate([columns, columns + 1]))
            blocks.append(_without_zeros(sparse.csr_matrix(cells, shape=(len(hit), 2 * len(self.groups)))))
        return sparse.hstack(blocks, format="csr")

    @cached_property
    def shares(self) -> Floats:
        above = completed_counts(self.both, self.codes, self.parents)
        return np.hstack([item_scores(self.both), above, np.ones((above.shape[0], 1))])

    @cached_property
    def measures(self) -> tuple[dict[Key, int], Ratios]:
        """Where each measure is, and the measures: all but the macro and weighted averages."""
        labels, width = len(self.codes), 3 * len(self.codes) + 2 * len(self.groups)
        share = {name: width + place for place, name in enumerate(SHARES)}
        pairs: dict[Key, tuple[Sums, Sums]] = {}
        for measure in MEASURES:  # labels first: their places are in order
            for place, code in enumerate(self.codes):
                pairs["label", code, measure] = _counted(measure, [place], labels)
        for measure in MEASURES:
            pairs["micro", measure] = _counted(measure, range(labels), labels)
            pairs["samples", measure] = {share[measure]: 1.0}, {share["mass"]: 1.0}
            for top, inside in self.branches.items():
                pairs["branch", top, measure] = _counted(measure, [self.codes.index(code) for code in inside], labels)
        pairs["exact",] = {share["exact"]: 1.0}, {share["mass"]: 1.0}
        pairs["hamming",] = ({share["wrong"]: 1.0}, {share["mass"]: float(labels)}) if labels else ({}, {})
        pairs["hierarchical", "precision"] = {share["shared"]: 1.0}, {share["said"]: 1.0}
        pairs["hierarchical", "recall"] = {share["shared"]: 1.0}, {share["there"]: 1.0}
        pairs["hierarchical", "f1"] = {share["shared"]: 2.0}, {share["said"]: 1.0, share["there"]: 1.0}
        for place, (name, value, _) in enumerate(self.groups):
            hit = 3 * labels + 2 * place
            pairs["slice", name, value] = {hit: 2.0}, {hit + 1: 1.0}
        return {key: place for place, key in enumerate(pairs)}, Ratios.of(list(pairs.values()), width + len(SHARES))


def _counted(measure: str, places: Sequence[int], labels: int) -> tuple[Sums, Sums]:
    """The columns of tp, fp and fn above and below the line of a measure, summed over labels."""
    above, below = (
        {kind * labels + place: factor for kind, factor in enumerate(side) if factor for place in places}
        for side in FACTORS[measure]
    )
    return above, below


@dataclass(frozen=True, eq=False)
class Figures:
    """All measures of one way of counting: their values, in resamples too, and the acceleration of each."""

    where: Mapping[Key, int]
    values: Floats  # (measures,)
    replicates: Floats  # (resamples, measures)
    accelerations: Floats | None  # None: percentile intervals
    n: int
    obstacle: str
    behind: Callable[[int], int]  # how many items (or clusters) stand below the line of a ratio

    def of(self, *key: str, reason: str) -> Estimate:
        """One measure with its interval; `reason` is why it may be undefined."""
        place = self.where[key]
        a = None if self.accelerations is None else float(self.accelerations[place])
        value, replicates = float(self.values[place]), self.replicates[:, place]
        alike = (lambda: Alike(self.behind(place))) if key[0] not in OF_LABELS else None
        return estimate(value, replicates, n=self.n, reason=reason, influence=a, obstacle=self.obstacle, alike=alike)


def figures(counted: Counted, plan: Plan) -> tuple[Figures, Figures | None]:
    """The figures with each item counting once, and by its sampling weight if weights differ; on the same resamples."""
    n, obstacle = counted.shares.shape[0], plan.obstacle(counted.shares.shape[0])
    weights = np.ones(n) if plan.weights is None else np.asarray(plan.weights, dtype=np.float64)
    scales = [np.ones(n)] if not n or np.ptp(weights) == 0 else [np.ones(n), weights]
    columns = sparse.hstack([sparse.diags(scale) @ counted.counts for scale in scales], format="csr")
    shares = np.hstack([scale[:, None] * counted.shares for scale in scales])
    drawn = np.zeros((0, columns.shape[1] + shares.shape[1])) if obstacle else plan.sums(columns, shares=shares)
    total = np.concatenate([sums(columns, 0), shares.sum(axis=0)])
    found = []
    for place, scale in enumerate(scales):
        width, extra = counted.counts.shape[1], counted.shares.shape[1]
        own = np.r_[place * width : (place + 1) * width]
        own = np.concatenate([own, columns.shape[1] + np.r_[place * extra : (place + 1) * extra]])
        found.append(_measured(counted, scale, total[own], drawn[:, own], plan, obstacle))
    return found[0], found[1] if len(found) > 1 else None


def _measured(counted: Counted, scale: Floats, total: Floats, drawn: Floats, plan: Plan, obstacle: str) -> Figures:
    where, ratios = counted.measures
    values, replicates = (_with_averages(ratios.values(one), one, counted) for one in (total[None, :], drawn))
    where = where | {
        (average, measure): len(where) + place
        for place, (average, measure) in enumerate(product(("macro", "weighted"), MEASURES))
    }
    found = None
    rows = sparse.hstack([counted.counts, sparse.csr_matrix(counted.shares)], format="csr")

    def behind(place: int) -> int:
        is_below = np.asarray((rows @ ratios.below[:, [place]]).todense()).ravel() > 0
        units, weights = len(np.unique(plan.units(len(scale)).of_items[is_below])), scale[is_below]
        effective = weights.sum() ** 2 / (weights**2).sum() if units else 0.0  # Kish; fewer where weights differ
        return min(units, int(effective + 1e-9))

    if plan.method == "bca" and not obstacle:
        gradient = _gradient_with_averages(ratios.gradient(total), values[0], total, counted)
        found = accelerations(sparse.diags(scale) @ rows @ gradient, plan)
    return Figures(where, values[0], replicates, found, len(scale), obstacle, behind)


def _with_averages(values: Floats, sums_of: Floats, counted: Counted) -> Floats:
    """The measures, and after them the macro and weighted averages of each."""
    labels = len(counted.codes)
    support = sums_of[:, :labels] + sums_of[:, 2 * labels : 3 * labels]
    blocks = [values[:, place * labels : (place + 1) * labels] for place in range(len(MEASURES))]
    macro = [mean_of_defined(block) for block in blocks]
    weighted = [ratio((np.nan_to_num(block) * support).sum(axis=1), support.sum(axis=1)) for block in blocks]
    return np.column_stack([values, *macro, *weighted])


def _gradient_with_averages(
    gradient: sparse.csc_matrix, values: Floats, total: Floats, counted: Counted
) -> sparse.csc_matrix:
    labels = len(counted.codes)
    places = np.arange(labels)
    support = total[:labels] + total[2 * labels : 3 * labels]
    by_measure = [slice(place * labels, (place + 1) * labels) for place in range(len(MEASURES))]
    macro = [mean_gradient(gradient[:, block], values[block]) for block in by_measure]
    support_columns = np.stack([places, 2 * labels + places])
    weighted = [weighted_gradient(gradient[:, block], values[block], support, support_columns) for block in by_measure]
    return sparse.hstack([gradient, sparse.csc_matrix(np.stack([*macro, *weighted], axis=1))], format="csr")


def _without_zeros(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    matrix.eliminate_zeros()
    return matrix
