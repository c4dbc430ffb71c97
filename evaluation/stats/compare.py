"""Two runs on the same items: differences with paired intervals, and a verdict against a margin.

Intervals: percentile bootstrap over items, both runs on the same resamples. p: approximate randomization, swapping the
two runs' answers item by item (Noreen 1989), p = (1 + as extreme) / (1 + swaps).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import Floats, bootstrap_sums, estimate, mean_of_defined, ratio, swap_sums
from evaluation.stats.matrices import Pairing, pairing, sums
from evaluation.stats.scores import ZERO_DIVISION, item_scores
from evaluation.stats.types import Estimate, Resampled

MEASURES = ("micro_f1", "macro_f1", "exact_match")
VERDICTS = ("better", "not_worse", "worse", "cannot_tell")


@dataclass(frozen=True)
class Difference:
    """B minus A, with its interval and the p of no difference."""

    estimate: Estimate
    p: float | None

    def as_dict(self) -> dict[str, Any]:
        return {**self.estimate.as_dict(), "p": self.p}


@dataclass(frozen=True)
class Comparison:
    """Run B against run A."""

    n: int
    a: dict[str, Estimate]
    b: dict[str, Estimate]
    diff: dict[str, Difference]
    labels: dict[str, Estimate]  # difference in F1
    verdict: str
    margin: float
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "a": {name: value.as_dict() for name, value in self.a.items()},
            "b": {name: value.as_dict() for name, value in self.b.items()},
            "diff": {name: value.as_dict() for name, value in self.diff.items()},
            "labels": {code: value.as_dict() for code, value in self.labels.items()},
            "verdict": self.verdict,
            "margin": self.margin,
            "interval": self.resampled.as_dict(),
            "zero_division": ZERO_DIVISION,
        }


def compare(
    *,
    gold: Sequence[frozenset[str]],
    a: Sequence[frozenset[str] | None],
    b: Sequence[frozenset[str] | None],
    codes: Sequence[str],
    margin: float = 0.02,
    resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare two runs on items in the same order; `margin` is the loss of micro F1 that would not matter."""
    n, labels = len(gold), len(codes)
    one, other = pairing(gold, a, codes), pairing(gold, b, codes)
    left, right = _columns(one), _columns(other)
    width = left.shape[1]
    both = sparse.hstack([left, right], format="csr")
    total = sums(both, 0)[None, :] if n else np.zeros((1, 2 * width))
    point_a, point_b = (_measures(part, labels, n) for part in (total[:, :width], total[:, width:]))
    drawn = bootstrap_sums(both, resamples=resamples, seed=seed) if n >= 2 else np.full((0, 2 * width), np.nan)
    drawn_a, drawn_b = (_measures(part, labels, n) for part in (drawn[:, :width], drawn[:, width:]))
    moved = swap_sums(right - left, resamples=resamples, seed=seed + 1) if n else np.zeros((0, width))
    swapped_a, swapped_b = (_measures(part, labels, n) for part in (total[:, :width] + moved, total[:, width:] - moved))
    none = "there are no items" if not n else "undefined in one of the two"

    def of(point: dict[str, Floats], repeated: dict[str, Floats], name: str) -> Estimate:
        return estimate(float(point[name][0]), repeated[name], n=n, reason=none)

    diff: dict[str, Difference] = {}
    for name in MEASURES:
        value = float(point_b[name][0] - point_a[name][0])
        found = estimate(value, drawn_b[name] - drawn_a[name], n=n, reason=none)
        chance = swapped_b[name] - swapped_a[name]
        extreme = int((~(np.abs(chance) < abs(value) - 1e-12)).sum())  # an undefined one counts against a difference
        diff[name] = Difference(found, None if found.value is None else (1 + extreme) / (1 + len(chance)))
    by_label = point_b["labels"][0] - point_a["labels"][0]
    drawn_by_label = drawn_b["labels"] - drawn_a["labels"]
    return Comparison(
        n=n,
        a={name: of(point_a, drawn_a, name) for name in MEASURES},
        b={name: of(point_b, drawn_b, name) for name in MEASURES},
        diff=diff,
        labels={
            code: estimate(float(by_label[place]), drawn_by_label[:, place], n=n, reason=none)
            for place, code in enumerate(codes)
        },
        verdict=verdict(diff["micro_f1"].estimate, margin),
        margin=margin,
        resampled=Resampled(resamples, seed),
    )


def verdict(difference: Estimate, margin: float) -> str:
    """What the interval of B minus A says: better, not worse by more than the margin, worse, or nothing yet."""
    if difference.low is None or difference.high is None:
        return "cannot_tell"
    if difference.low > 0:
        return "better"
    if difference.low > -margin:
        return "not_worse"
    return "worse" if difference.high < 0 else "cannot_tell"


def _columns(both: Pairing) -> sparse.csr_matrix:
    exact = item_scores(both)[:, 3:4]
    return sparse.hstack([both.hits, both.predicted, both.gold, sparse.csr_matrix(exact)], format="csr")


def _measures(total: Floats, labels: int, n: int) -> dict[str, Floats]:
    tp, guessed, there = (total[:, start : start + labels] for start in (0, labels, 2 * labels))
    by_label = ratio(2 * tp, guessed + there)
    return {
        "labels": by_label,
        "micro_f1": ratio(2 * tp.sum(axis=1), (guessed + there).sum(axis=1)),
        "macro_f1": mean_of_defined(by_label),
        "exact_match": ratio(total[:, 3 * labels], np.full(len(total), float(n))),
    }
