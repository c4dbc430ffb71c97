"""Agreement on one question with grades: percent, Cohen, weighted kappa, Fleiss, Krippendorff's alpha, Gwet's AC1, AC2.

All take ratings (raters, units) with gaps. Each is a function of sums over units, so its interval is BCa over units
from resampled sums. `n` is the number of units with at least two ratings. Where all answers are the same, agreement by
chance is certain and a coefficient that corrects for it is undefined, not 1.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from scipy import sparse

from evaluation.stats.grades import LEVELS, Distance, Graded, Ratings, closeness_weights, coincidences, graded
from evaluation.stats.intervals import Plan, estimate, ratio
from evaluation.stats.resampling import Floats
from evaluation.stats.types import Estimate, undefined

Grades = Sequence[Hashable] | None
FLAT = "all answers are the same, so chance and agreement cannot be told apart"
LONE = "no unit has two ratings"


def percent_agreement(ratings: Ratings, *, plan: Plan | None = None) -> Estimate:
    """The mean over units of the share of pairs of ratings that are equal."""
    found = graded(ratings)
    columns = _agreement_columns(found, np.eye(len(found.grades)))

    def measure(sums: Floats) -> Floats:
        return ratio(sums[:, 0], sums[:, 1])

    return _estimate(columns[:, :2], measure, n=_paired(found), plan=plan)


def cohen_kappa(
    one: Sequence[Hashable | None],
    other: Sequence[Hashable | None],
    *,
    grades: Grades = None,
    weights: str = "none",
    plan: Plan | None = None,
) -> Estimate:
    """1 - sum(v o) / sum(v e), v = 1 - weight, o the shares of pairs and e the products of the raters' own shares
    (Cohen 1960, 1968). Units that only one rated are left out."""
    found = graded([one, other], grades)
    q = len(found.grades)
    both = found.places[:, (found.places >= 0).all(axis=0)]
    n = both.shape[1]
    cells = sparse.csr_matrix((np.ones(n), (np.arange(n), both[0] * q + both[1])), shape=(n, q * q))
    apart = 1 - closeness_weights(weights, found.grades)

    def measure(sums: Floats) -> Floats:
        table = sums.reshape(-1, q, q)
        expected = np.einsum("rk,rl,kl->r", table.sum(axis=2), table.sum(axis=1), apart)
        total = table.sum(axis=(1, 2))
        return _one_minus(np.einsum("rkl,kl->r", table, apart) * total, expected)

    return _estimate(cells, measure, n=n, plan=plan)


def fleiss_kappa(
    ratings: Ratings, *, grades: Grades = None, weights: str = "none", plan: Plan | None = None
) -> Estimate:
    """(pa - pe) / (1 - pe), pe = sum(w_kl pi_k pi_l), pi the mean share of each grade in a unit (Fleiss 1971; for
    units with different numbers of ratings, Gwet 2014). For two raters this is Scott's pi."""
    return _chance_corrected(ratings, grades, weights, plan, by_chance=_as_fleiss)


def gwet_ac(ratings: Ratings, *, grades: Grades = None, weights: str = "none", plan: Plan | None = None) -> Estimate:
    """AC1, with weights AC2: pe = sum(w) sum(pi_k (1 - pi_k)) / (q (q - 1)) (Gwet 2008, 2014). It stands where a
    grade is rare, because what it takes for chance shrinks with it."""
    return _chance_corrected(ratings, grades, weights, plan, by_chance=_as_gwet)


def krippendorff_alpha(
    ratings: Ratings, *, distance: str | Distance = "nominal", grades: Grades = None, plan: Plan | None = None
) -> Estimate:
    """1 - Do / De over coincidences, with a level of measurement or any distance (Krippendorff 2011)."""
    found = graded(ratings, grades)
    apart = LEVELS[distance] if isinstance(distance, str) else distance
    q = len(found.grades)
    cells = coincidences(found.places[:, (found.places >= 0).sum(axis=0) >= 2], q)

    def measure(sums: Floats) -> Floats:
        table = sums.reshape(-1, q, q)
        often = table.sum(axis=2)
        far = apart(found.grades, often)
        total = often.sum(axis=1)
        expected = np.einsum("rk,rl,rkl->r", often, often, far)
        return _one_minus(np.einsum("rkl,rkl->r", table, far) * (total - 1), expected)

    return _estimate(cells, measure, n=cells.shape[0], plan=plan)


def _chance_corrected(
    ratings: Ratings, grades: Grades, weights: str, plan: Plan | None, *, by_chance: Callable[[Floats, Floats], Floats]
) -> Estimate:
    found = graded(ratings, grades)
    close = closeness_weights(weights, found.grades)
    columns = _agreement_columns(found, close)

    def measure(sums: Floats) -> Floats:
        observed = ratio(sums[:, 0], sums[:, 1])
        share = ratio(sums[:, 3:], sums[:, 2:3])
        return _one_minus(1 - observed, 1 - by_chance(share, close))

    n = _paired(found)
    if n and len(np.unique(found.places[found.places >= 0])) < 2:
        return undefined(n, FLAT)
    return _estimate(columns, measure, n=n, plan=plan)


def _as_fleiss(share: Floats, close: Floats) -> Floats:
    return np.asarray(np.einsum("rk,rl,kl->r", share, share, close))


def _as_gwet(share: Floats, close: Floats) -> Floats:
    q = share.shape[1]
    if q < 2:
        return np.ones(len(share))
    return np.asarray(close.sum() * (share * (1 - share)).sum(axis=1) / (q * (q - 1)))


def _agreement_columns(found: Graded, close: Floats) -> sparse.csr_matrix:
    """By unit: weighted share of pairs that agree, has it two ratings, 1, and the share of each grade."""
    counts = found.counts
    many = counts.sum(axis=1)
    pairs = many * (many - 1)
    agreeing = np.divide((counts * (counts @ close - 1)).sum(axis=1), pairs, out=np.zeros(len(many)), where=pairs > 0)
    shares = counts / many[:, None]
    return sparse.csr_matrix(np.column_stack([agreeing, pairs > 0, np.ones(len(many)), shares]))


def _paired(found: Graded) -> int:
    return int(((found.places >= 0).sum(axis=0) >= 2).sum())


def _one_minus(observed: Floats, expected: Floats) -> Floats:
    return 1 - ratio(observed, np.where(expected > 1e-12, expected, 0.0))


def _estimate(
    columns: sparse.csr_matrix, measure: Callable[[Floats], Floats], *, n: int, plan: Plan | None
) -> Estimate:
    """The measure of the sums, with its interval; what each unit moves it by is found by leaving it out."""
    if not n:
        return undefined(0, LONE)
    plan = plan or Plan()
    total = np.asarray(columns.sum(axis=0)).reshape(1, -1)
    value = float(measure(total)[0])
    obstacle = plan.obstacle(columns.shape[0])
    if n < 2 or obstacle or not np.isfinite(value):
        return estimate(value, np.empty(0), n=n, reason=FLAT, obstacle=obstacle)
    influence = None
    if plan.method == "bca":
        without = np.concatenate([measure(total - block) for block in _blocks(columns)])
        influence = without[np.isfinite(without)].mean() - without
        influence = np.where(np.isfinite(influence), influence, 0.0)
    return estimate(value, measure(plan.sums(columns)), n=n, reason=FLAT, influence=influence)


def _blocks(columns: sparse.csr_matrix) -> list[Floats]:
    size = max(1, 400_000 // max(columns.shape[1], 1))
    return [columns[start : start + size].toarray() for start in range(0, columns.shape[0], size)]
