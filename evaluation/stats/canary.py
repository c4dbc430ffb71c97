"""Is the candidate better than what is in production? Judged by blind human labels on a weighted sample.

Both have answered the same items. People label a sample of them, with more of the items on which the two disagree,
because only these can tell them apart. An item sampled with probability pi stands for 1 / pi items (Horvitz & Thompson
1952), so figures are those of all items and not of the sample:

    micro F1 = 2 sum(tp / pi) / sum((2 tp + fp + fn) / pi)        exact match = sum(right / pi) / sum(1 / pi)

Both are ratios of weighted sums (Hajek 1971). Intervals: BCa bootstrap within the strata agree and disagree, without
the finite-population correction: the question is of items to come, not only of these. Where no resample differs (no
disagreement at all, or all weigh the same) the exact bound of `alike` stands in. p: approximate randomization,
the two answers of an item swapped by a coin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluation.stats.alike import Alike
from evaluation.stats.compare import BETTER, CANNOT_TELL, NOT_WORSE, WORSE, verdict
from evaluation.stats.influence import accelerations
from evaluation.stats.intervals import TIE, Floats, Plan, estimate
from evaluation.stats.ratios import Ratios
from evaluation.stats.resampling import swap_sums
from evaluation.stats.types import Estimate, Resampled

AGREE, DISAGREE = STRATA = ("agree", "disagree")
SENTENCES = {
    BETTER: "the candidate is better",
    NOT_WORSE: "the candidate is not worse by more than the margin",
    WORSE: "the candidate is worse",
    CANNOT_TELL: "it cannot be told yet",
}
NO_LABELS = "there are no labels, in gold or predicted"
NO_ITEMS = "no item was judged"
FEWEST_DISAGREEMENTS = 6  # five that all point one way have p = 2 / 2^5 = 0.06, so they can show nothing at 5%
TOO_FEW = f"fewer than {FEWEST_DISAGREEMENTS} items on which the two disagree were judged"
HIT_A, NAMED_A, RIGHT_A, HIT_B, NAMED_B, RIGHT_B, ONE = range(7)


@dataclass(frozen=True)
class Drawn:
    """One item of the sample, its stratum, and the probability with which it was taken."""

    item: str
    stratum: str
    inclusion: float


@dataclass(frozen=True)
class Judged:
    """One item of the sample with its settled human labels and the two answers."""

    gold: frozenset[str]
    production: frozenset[str]
    candidate: frozenset[str]
    inclusion: float

    @property
    def stratum(self) -> str:
        return AGREE if self.production == self.candidate else DISAGREE


@dataclass(frozen=True)
class Canary:
    """Candidate and production on all items that both answered, and what follows."""

    judged: dict[str, int]  # by stratum
    population: float  # items that the judged ones stand for
    effective_items: float | None
    production: dict[str, Estimate]
    candidate: dict[str, Estimate]
    difference: dict[str, Estimate]  # candidate minus production
    unweighted: dict[str, float | None]  # micro F1 of the sample alone: what the oversample would have said
    p: float | None
    verdict: str
    reason: str  # of a verdict that was not to be had
    margin: float
    swaps: int
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "judged": self.judged,
            "population": self.population,
            "effective_items": self.effective_items,
            "production": {name: one.as_dict() for name, one in self.production.items()},
            "candidate": {name: one.as_dict() for name, one in self.candidate.items()},
            "difference": {name: one.as_dict() for name, one in self.difference.items()},
            "unweighted": self.unweighted,
            "p": self.p,
            "verdict": self.verdict,
            "says": SENTENCES[self.verdict],
            "reason": self.reason,
            "margin": self.margin,
            "swaps": self.swaps,
            "interval": self.resampled.as_dict(),
        }


def draw(
    agree_ids: Sequence[str], disagree_ids: Sequence[str], *, size: int, share_of_disagreements: float, seed: int
) -> list[Drawn]:
    """A random sample within each stratum, in a random order; the same for the same ids in any order.

    The share is of the sample, rounded by largest remainder; what one stratum cannot give the other does. Every item
    has a chance: a stratum with items gives at least 2 of them (1 if the sample is that small). ValueError for a share
    outside 0 to 1, ids that come twice, or a sample smaller than the number of strata.
    """
    if not 0 <= share_of_disagreements <= 1:
        raise ValueError(f"the share of disagreements is between 0 and 1, not {share_of_disagreements}")
    pools = {AGREE: sorted(agree_ids), DISAGREE: sorted(disagree_ids)}
    everything = pools[AGREE] + pools[DISAGREE]
    if len(set(everything)) < len(everything):
        raise ValueError("an item comes twice")
    filled = [name for name in STRATA if pools[name]]
    if size < len(filled):
        raise ValueError(f"a sample of {size} leaves out a whole stratum")
    sizes = _sizes({name: len(pools[name]) for name in STRATA}, min(size, len(everything)), share_of_disagreements)
    rng = np.random.default_rng(seed)
    found = [
        Drawn(pools[name][place], name, sizes[name] / len(pools[name]))
        for name in filled
        for place in rng.choice(len(pools[name]), sizes[name], replace=False).tolist()
    ]
    return [found[place] for place in rng.permutation(len(found)).tolist()]


def _sizes(there: Mapping[str, int], size: int, share: float) -> dict[str, int]:
    """How many of each stratum."""
    wanted = int(size * share + 0.5)  # of two shares that is the largest remainder, with a tie to disagreements
    floor = {name: min(2, there[name]) for name in STRATA}
    if sum(floor.values()) > size:
        floor = {name: min(1, there[name]) for name in STRATA}
    low = max(floor[DISAGREE], size - there[AGREE])
    high = min(there[DISAGREE], size - floor[AGREE])
    disagree = min(max(wanted, low), high)
    return {AGREE: size - disagree, DISAGREE: disagree}


def canary(
    judged: Sequence[Judged],
    *,
    margin: float = 0.02,
    population: Mapping[str, int] | None = None,
    resamples: int = 1000,
    swaps: int = 9999,
    seed: int = 0,
) -> Canary:
    """Compare the two by the judged items; `margin` is the loss of micro F1 that would not matter.

    `population`, the number of items by stratum, scales the weights of each stratum to it: with it, items that were
    sampled and never settled do not shift the strata. ValueError for a probability not above 0 and at most 1.
    """
    for one in judged:
        if not 0 < one.inclusion <= 1:
            raise ValueError(f"an inclusion probability is above 0 and at most 1, not {one.inclusion}")
    weights = _weights(judged, population)
    counts = _counts(judged)
    plan = Plan(resamples, seed, "bca", strata=[one.stratum for one in judged])
    disagrees = np.array([one.stratum == DISAGREE for one in judged], dtype=bool)
    answered = sum(population.values()) if population is not None else len(judged)
    work = _Work(counts * weights[:, None], plan, disagrees, answered)
    difference = {"micro_f1": work.difference(0, NO_LABELS), "exact_match": work.difference(1, NO_ITEMS)}
    p = work.p(swaps=swaps, seed=seed + 1)
    plain = _values(counts.sum(axis=0)[None, :])[0]
    whole = float(weights.sum())
    disagreements = int(disagrees.sum())
    reason = TOO_FEW if 0 < disagreements < FEWEST_DISAGREEMENTS else "" if judged else NO_ITEMS
    return Canary(
        judged={name: sum(one.stratum == name for one in judged) for name in STRATA},
        population=whole,
        effective_items=whole**2 / float((weights**2).sum()) if judged else None,
        production={"micro_f1": work.of(0, NO_LABELS), "exact_match": work.of(1, NO_ITEMS)},
        candidate={"micro_f1": work.of(2, NO_LABELS), "exact_match": work.of(3, NO_ITEMS)},
        difference=difference,
        unweighted={"production": _number(plain[0]), "candidate": _number(plain[2])},
        p=p,
        verdict=CANNOT_TELL if reason else verdict(difference["micro_f1"], margin, p),
        reason=reason,
        margin=margin,
        swaps=swaps,
        resampled=plan.resampled(len(judged)),
    )


def _weights(judged: Sequence[Judged], population: Mapping[str, int] | None) -> Floats:
    weights = np.array([1 / one.inclusion for one in judged], dtype=np.float64)
    for name in STRATA if population is not None else ():
        inside = np.array([one.stratum == name for one in judged], dtype=bool)
        there = (population or {})[name]
        if inside.any():
            weights[inside] *= there / weights[inside].sum()
        elif there:
            raise ValueError(f"none of the {there} items in {name} was judged")
    if (weights <= 0).any():
        raise ValueError("an item was judged in a stratum that is said to be empty")
    return weights


def _counts(judged: Sequence[Judged]) -> Floats:
    """(items, 7): hits, labels named in the answer and in gold, and exactly right, of each; then 1."""
    rows = []
    for one in judged:
        row: list[float] = []
        for answer in (one.production, one.candidate):
            row += [len(answer & one.gold), len(answer) + len(one.gold), float(answer == one.gold)]
        rows.append([*row, 1.0])
    return np.array(rows, dtype=np.float64).reshape(len(rows), 7)


_RATIOS = Ratios.of(
    [
        ({HIT_A: 2.0}, {NAMED_A: 1.0}),
        ({RIGHT_A: 1.0}, {ONE: 1.0}),
        ({HIT_B: 2.0}, {NAMED_B: 1.0}),
        ({RIGHT_B: 1.0}, {ONE: 1.0}),
    ],
    7,
)


def _values(sums: Floats) -> Floats:
    """(rows, 4): micro F1 and exact match of production, then of the candidate."""
    return _RATIOS.values(sums)


class _Work:
    """Weighted sums of both, themselves and resampled."""

    def __init__(self, columns: Floats, plan: Plan, disagrees: NDArray[np.bool_], answered: int) -> None:
        self.columns, self.n = columns, len(columns)
        self.disagrees, self.answered = disagrees, answered
        self.obstacle = plan.obstacle(self.n)
        self.values = _values(columns.sum(axis=0)[None, :])[0]
        drawn = np.zeros((0, 7)) if self.obstacle else plan.sums(sparse.csr_matrix(columns))
        self.drawn = _values(drawn)
        self.influence = columns @ _RATIOS.gradient(columns.sum(axis=0)).toarray()
        self.plan = plan

    def of(self, place: int, reason: str) -> Estimate:
        alike = Alike(self.n)
        return self._estimate(self.values[place], self.drawn[:, place], self.influence[:, place], reason, alike)

    def difference(self, place: int, reason: str) -> Estimate:
        """Candidate minus production."""
        value = self.values[place + 2] - self.values[place]
        repeated = self.drawn[:, place + 2] - self.drawn[:, place]
        influence = self.influence[:, place + 2] - self.influence[:, place]
        return self._estimate(value, repeated, influence, reason, self._alike(value))

    def _alike(self, value: float) -> Alike:
        """Only disagreements tell the two apart. Without any: of so many answered items none is one."""
        judged = int(self.disagrees.sum())
        if not judged:
            return Alike(self.answered, least=-1.0, most=1.0)
        share = float(self.columns[self.disagrees, ONE].sum() / self.columns[:, ONE].sum())
        far = max(share, abs(value))
        return Alike(judged, least=-far, most=far)

    def p(self, *, swaps: int, seed: int) -> float | None:
        """Of micro F1; None where it is undefined or nothing was swapped."""
        observed = abs(self.values[2] - self.values[0])
        if not np.isfinite(observed) or not swaps:
            return None
        apart = self.columns[:, HIT_B : RIGHT_B + 1] - self.columns[:, HIT_A : RIGHT_A + 1]
        moved = swap_sums(sparse.csr_matrix(apart), resamples=swaps, seed=seed)
        total = np.repeat(self.columns.sum(axis=0)[None, :], swaps, axis=0)
        total[:, HIT_A : RIGHT_A + 1] += moved
        total[:, HIT_B : RIGHT_B + 1] -= moved
        swapped = _values(total)
        as_extreme = int((~(np.abs(swapped[:, 2] - swapped[:, 0]) < observed - TIE)).sum())
        return (1 + as_extreme) / (1 + swaps)

    def _estimate(self, value: float, repeated: Floats, influence: Floats, reason: str, alike: Alike) -> Estimate:
        bend = float(accelerations(influence[:, None], self.plan)[0]) if self.n else None
        reason = reason if self.n else NO_ITEMS
        return estimate(
            float(value), repeated, n=self.n, reason=reason, influence=bend, obstacle=self.obstacle, alike=lambda: alike
        )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
