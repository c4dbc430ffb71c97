"""Do a panel's raters agree on a criterion? A unit is an output; intervals draw whole items (percentile bootstrap).

- ICC(2,1) and (2,k) on the outputs that every rater rated (see `icc`). Where raters share the work there are few or
  none, which `complete` says; then read ICC(1), which takes any output with two ratings: the one-way analysis of
  variance for unequal numbers, with n0 = (N - sum(m^2) / N) / (n - 1) in the place of k (Donner 1986). It counts
  a rater's level as error.
- Quadratic kappa of each pair of raters, and ordinal alpha of all, both with the whole scale.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.coefficients import cohen_kappa, krippendorff_alpha
from evaluation.stats.icc import intraclass
from evaluation.stats.intervals import estimate, ratio
from evaluation.stats.item_ratios import of_outputs
from evaluation.stats.panel_scores import PLAIN, Output, Rated, Sampled
from evaluation.stats.resampling import Floats, Plan
from evaluation.stats.types import Estimate, undefined

FLAT = "all ratings are the same, so outputs cannot be told apart"


@dataclass(frozen=True)
class CriterionAgreement:
    """`complete` of `outputs` (those with two ratings) were rated by every rater."""

    criterion: str
    outputs: int
    complete: int
    icc: dict[str, Estimate]  # "2,1", "2,k", "1"
    alpha: Estimate
    kappas: dict[tuple[str, str], Estimate]

    def as_dict(self) -> dict[str, Any]:
        return {
            "criterion": self.criterion,
            "outputs": self.outputs,
            "complete": self.complete,
            "icc": {kind: one.as_dict() for kind, one in self.icc.items()},
            "alpha": self.alpha.as_dict(),
            "kappas": [{"raters": list(pair)} | one.as_dict() for pair, one in self.kappas.items()],
        }


def criterion_agreement(
    rated: Sequence[Rated],
    criterion: str,
    raters: Sequence[str],
    *,
    scale: Sequence[int],
    plan: Plan,
    sampled: Sampled = PLAIN,
) -> CriterionAgreement:
    """All coefficients of one criterion; n of each is outputs, that of a kappa those that both rated."""
    units: dict[Output, dict[str, float]] = defaultdict(dict)
    for one in rated:
        if criterion in one.scores and one.rater in raters:
            units[(one.run, one.item)][one.rater] = one.scores[criterion]
    shared = {output: given for output, given in sorted(units.items()) if len(given) > 1}
    full = {output: given for output, given in shared.items() if len(given) == len(raters)}
    grid = np.array([[given[rater] for rater in raters] for given in full.values()]).reshape(len(full), len(raters))
    return CriterionAgreement(
        criterion,
        len(shared),
        len(full),
        _two_way(grid, _drawn(full, plan, sampled)) | {"1": _one_way(shared, _drawn(shared, plan, sampled))},
        _alpha(shared, raters, scale, _drawn(shared, plan, sampled)),
        {pair: _kappa(shared, pair, scale, plan, sampled) for pair in combinations(raters, 2)},
    )


def _drawn(units: dict[Output, dict[str, float]], plan: Plan, sampled: Sampled) -> Plan:
    return of_outputs(plan, [item for _, item in units], sampled.strata)


def _alpha(shared: dict[Output, dict[str, float]], raters: Sequence[str], scale: Sequence[int], plan: Plan) -> Estimate:
    if not shared:
        return undefined(0, "no output was rated by two raters")
    rows = [[given.get(rater) for given in shared.values()] for rater in raters]
    return krippendorff_alpha(rows, distance="ordinal", grades=[float(one) for one in scale], plan=plan)


def _kappa(
    shared: dict[Output, dict[str, float]], pair: tuple[str, str], scale: Sequence[int], plan: Plan, sampled: Sampled
) -> Estimate:
    both = {output: given for output, given in shared.items() if pair[0] in given and pair[1] in given}
    if not both:
        return undefined(0, "the two rated no output in common")
    one, other = ([given[rater] for given in both.values()] for rater in pair)
    drawn = _drawn(both, plan, sampled)
    return cohen_kappa(one, other, grades=[float(grade) for grade in scale], weights="quadratic", plan=drawn)


def _two_way(grid: Floats, plan: Plan) -> dict[str, Estimate]:
    """The values of `icc.intraclass`, with intervals over items in the place of those of F, which would take outputs
    of one item for independent."""
    n, k = grid.shape
    if n < 2:
        return dict.fromkeys(("2,1", "2,k"), undefined(n, "fewer than two outputs were rated by every rater"))
    plain = intraclass(grid.T)
    obstacle = plan.obstacle(n)
    columns = np.column_stack([np.ones(n), grid, grid.mean(axis=1) ** 2, (grid**2).sum(axis=1)])
    resampled = np.empty((0, 2)) if obstacle else _two_way_of(plan.sums(sparse.csr_matrix(columns)), k)
    return {
        kind: estimate(one.value, resampled[:, place], n=n, reason=one.reason, obstacle=obstacle)
        if (one := plain[kind]).value is not None
        else one
        for place, kind in enumerate(("2,1", "2,k"))
    }


def _two_way_of(sums: Floats, k: int) -> Floats:
    """ICC(2,1) and (2,k) from sums of 1, the raters' scores, squared means and squares: (resamples, 2)."""
    n, by_rater, means, squares = sums[:, 0], sums[:, 1 : k + 1], sums[:, k + 1], sums[:, k + 2]
    grand = by_rater.sum(axis=1) / (n * k)
    between = k * (means - n * grand**2) / (n - 1)
    raters = n * ((by_rater / n[:, None] - grand[:, None]) ** 2).sum(axis=1) / (k - 1)
    left = np.maximum(squares - k * means - raters * (k - 1), 0.0) / ((n - 1) * (k - 1))
    above = between - left
    single = ratio(above, between + (k - 1) * left + k * (raters - left) / n)
    return np.column_stack([single, ratio(above, between + (raters - left) / n)])


def _one_way(shared: dict[Output, dict[str, float]], plan: Plan) -> Estimate:
    if len(shared) < 2:
        return undefined(len(shared), "fewer than two outputs have two ratings")
    values = [np.array(list(given.values())) for given in shared.values()]
    many = np.array([len(one) for one in values], dtype=np.float64)
    total = np.array([one.sum() for one in values])
    squares = np.array([(one**2).sum() for one in values])
    columns = np.column_stack([np.ones(len(values)), many, many**2, total, total**2 / many, squares])
    value = float(one_way_of(columns.sum(axis=0)[None])[0])
    obstacle = plan.obstacle(len(values))
    resampled = np.empty(0) if obstacle else one_way_of(plan.sums(sparse.csr_matrix(columns)))
    return estimate(value, resampled, n=len(values), reason=FLAT, obstacle=obstacle)


def one_way_of(sums: Floats) -> Floats:
    """ICC(1) from sums over outputs of 1, m, m^2, total, total^2 / m and squares: (resamples,)."""
    n, many, many_squared, total, between, squares = sums.T
    items = (between - total**2 / many) / (n - 1)
    within = np.maximum(squares - between, 0.0) / (many - n)
    typical = (many - many_squared / many) / (n - 1)
    return ratio(items - within, np.where(items + within > 1e-12, items + (typical - 1) * within, 0.0))
