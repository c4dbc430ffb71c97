"""Wilcoxon's signed-rank test of paired differences (Wilcoxon 1945), exact also with ties.

Differences of 0 are left out, as Wilcoxon did; equal sizes share the mean of their ranks. Under the null each
difference is as likely of either sign, so the sum of the positive ranks has a distribution that is added up rank by
rank, given the ranks found: exact with or without ties. Above `EXACT_UP_TO` differences it is the normal one, with
the variance of the shared ranks, sum(rank^2) / 4, and no correction for continuity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

EXACT_UP_TO = 200
SAME = 1e-9  # means of ratings that differ by less are equal


@dataclass(frozen=True)
class SignedRanks:
    """`positive` and `negative` are sums of ranks; `n` counts differences that are not 0. `p` is two-sided; None with a
    reason where there is nothing to test."""

    positive: float
    negative: float
    n: int
    zeros: int
    p: float | None
    method: str
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "positive": self.positive,
            "negative": self.negative,
            "n": self.n,
            "zeros": self.zeros,
            "p": self.p,
            "method": self.method,
        }
        return content | ({"reason": self.reason} if self.reason else {})


def signed_ranks(differences: Sequence[float] | np.ndarray) -> SignedRanks:
    """The test of differences, one a pair.

    >>> found = signed_ranks([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
    >>> found.positive, round(found.p, 5)
    (96.0, 0.04126)
    """
    values = np.asarray(differences, dtype=np.float64)
    apart = values[np.abs(values) > SAME]
    zeros = len(values) - len(apart)
    if not len(apart):
        reason = "every difference is 0" if zeros else "there is no pair"
        return SignedRanks(0.0, 0.0, 0, zeros, None, "exact", reason)
    ranks = stats.rankdata(np.round(np.abs(apart), 9))
    positive, negative = float(ranks[apart > 0].sum()), float(ranks[apart < 0].sum())
    if len(apart) <= EXACT_UP_TO:
        return SignedRanks(positive, negative, len(apart), zeros, _exact(ranks, min(positive, negative)), "exact")
    z = (positive - ranks.sum() / 2) / np.sqrt((ranks**2).sum() / 4)
    return SignedRanks(positive, negative, len(apart), zeros, float(2 * stats.norm.sf(abs(z))), "normal")


def _exact(ranks: np.ndarray, smaller: float) -> float:
    """Twice the chance of a sum as small or smaller; ranks are doubled so that shared ones are whole."""
    doubled = np.rint(2 * ranks).astype(int)
    chances = np.zeros(int(doubled.sum()) + 1)
    chances[0] = 1.0
    for rank in doubled:
        chances[rank:] = (chances[rank:] + chances[: len(chances) - rank]) / 2
        chances[:rank] /= 2
    return float(min(1.0, 2 * chances[: round(2 * smaller) + 1].sum()))
