"""What a panel says of runs: mean scores on a rubric's criteria, and how runs differ on the same items.

An output's score is the mean of its ratings, so an output that three rated counts no more than one that two did. A
run's mean is over items, weighted by how many items of the population each stands for; its interval draws whole
items. Two runs are compared on the items that both have a score on. Wilcoxon's test takes the sample as it is,
without weights. All pairs of runs on all criteria are one family, corrected by Holm.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from evaluation.stats.item_ratios import ratio_over_items
from evaluation.stats.multiplicity import holm
from evaluation.stats.resampling import Plan
from evaluation.stats.signed_ranks import SignedRanks, signed_ranks
from evaluation.stats.types import Estimate

Output = tuple[str, str]  # run, item
ENDS, APART = (1.0, 5.0), (-4.0, 4.0)  # of the scale, and of a difference on it


@dataclass(frozen=True)
class Rated:
    """One rater's scores of one output, and their turn: the first output they rated has the lowest `turn`."""

    rater: str
    run: str
    item: str
    scores: Mapping[str, float]  # by criterion
    turn: float = 0.0


@dataclass(frozen=True)
class Sampled:
    """How the items were drawn: by item, its stratum and how many items of the population it stands for."""

    strata: Mapping[str, Hashable]
    weights: Mapping[str, float]

    def weight(self, item: str) -> float:
        return self.weights.get(item, 1.0)


PLAIN = Sampled({}, {})


@dataclass(frozen=True)
class PairedDifference:
    """How much higher `b` scores than `a`, on the items that both have."""

    criterion: str
    a: str
    b: str
    difference: Estimate
    test: SignedRanks
    p_adjusted: float | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "criterion": self.criterion,
            "a": self.a,
            "b": self.b,
            "difference": self.difference.as_dict(),
            "wilcoxon": self.test.as_dict(),
            "p_adjusted": self.p_adjusted,
        }


def output_scores(rated: Iterable[Rated], criterion: str) -> dict[Output, float]:
    """The mean rating of each output."""
    found: dict[Output, list[float]] = defaultdict(list)
    for one in rated:
        if criterion in one.scores:
            found[(one.run, one.item)].append(one.scores[criterion])
    return {output: float(np.mean(values)) for output, values in found.items()}


def run_means(
    rated: Sequence[Rated], runs: Sequence[str], criteria: Sequence[str], *, plan: Plan, sampled: Sampled = PLAIN
) -> dict[tuple[str, str], Estimate]:
    """The mean of each run on each criterion, in points of the scale; n is items."""
    found = {}
    for criterion in criteria:
        scores = output_scores(rated, criterion)
        for run in runs:
            parts = {item: _weighted(sampled, item, score) for (of, item), score in scores.items() if of == run}
            found[(run, criterion)] = ratio_over_items(parts, plan=plan, strata=sampled.strata, between=ENDS)
    return found


def paired_differences(
    rated: Sequence[Rated], runs: Sequence[str], criteria: Sequence[str], *, plan: Plan, sampled: Sampled = PLAIN
) -> list[PairedDifference]:
    """Each pair of runs on each criterion, in the order given; the later run less the earlier one."""
    found = []
    for criterion in criteria:
        scores = output_scores(rated, criterion)
        for a, b in combinations(runs, 2):
            common = sorted(item for run, item in scores if run == a and (b, item) in scores)
            apart = {item: scores[(b, item)] - scores[(a, item)] for item in common}
            parts = {item: _weighted(sampled, item, value) for item, value in apart.items()}
            difference = ratio_over_items(parts, plan=plan, strata=sampled.strata, between=APART)
            test = signed_ranks([apart[item] for item in common])
            found.append(PairedDifference(criterion, a, b, difference, test, None))
    adjusted = adjust([one.test.p for one in found])
    return [replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True)]


def adjust(p: Sequence[float | None]) -> list[float | None]:
    """Holm over the tests of a family; one that could not be made still counts in it, as if its p were 1."""
    raised = holm([1.0 if value is None else value for value in p])
    return [None if value is None else high for value, high in zip(p, raised, strict=True)]


def _weighted(sampled: Sampled, item: str, value: float) -> tuple[float, float]:
    weight = sampled.weight(item)
    return weight * value, weight
