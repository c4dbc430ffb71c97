"""Many tests at once: p-values raised so that their number cannot make a finding.

Holm (1979) keeps the chance of any false finding below the level, Benjamini and Hochberg (1995) the expected share of
false ones among the findings; Benjamini and Yekutieli (2001) do that however the tests depend on each other.
"""

from collections.abc import Sequence
from itertools import accumulate

from scipy import stats

from evaluation.stats.types import LEVEL

Ranked = list[tuple[int, float]]  # places and p, the smallest first


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p in the order given: of m, the k-th smallest times m - k + 1, never below one before it.

    >>> [round(one, 2) for one in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    ranked = _ranked(p)
    raised = accumulate(((len(p) - rank) * value for rank, (_, value) in enumerate(ranked)), max)
    return _in_order(ranked, raised)


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p in the order given: of m, the k-th smallest times m / k, never above one after it.

    >>> [round(one, 2) for one in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    return _stepped_up(p, 1.0)


def benjamini_yekutieli(p: Sequence[float]) -> list[float]:
    """The same, times 1 + 1/2 + ... + 1/m."""
    return _stepped_up(p, sum(1 / rank for rank in range(1, len(p) + 1)))


def widening(many: int) -> float:
    """By how much a 95% interval is longer that is one of so many which all hold at once (Bonferroni, as if normal).

    >>> widening(1), round(widening(5), 3)
    (1.0, 1.314)
    """
    tail = (1 - LEVEL) / 2
    return float(stats.norm.ppf(1 - tail / max(many, 1)) / stats.norm.ppf(1 - tail))


def beyond(figures: Sequence[tuple[float | None, float | None, float | None]]) -> list[bool]:
    """Which of several figures (value, low, high) differ from 0, their intervals widened for their number.

    One without an interval counts in the number and is never beyond chance.

    >>> beyond([(0.5, 0.1, 0.9), (0.5, 0.3, 0.7), (None, None, None)])
    [False, True, False]
    """
    wider = widening(len(figures))
    return [
        value is not None
        and low is not None
        and high is not None
        and (value - (value - low) * wider > 0 or value + (high - value) * wider < 0)
        for value, low, high in figures
    ]


def _stepped_up(p: Sequence[float], factor: float) -> list[float]:
    ranked = _ranked(p)[::-1]
    lowered = accumulate((factor * len(p) * value / (len(p) - rank) for rank, (_, value) in enumerate(ranked)), min)
    return _in_order(ranked, lowered)


def _ranked(p: Sequence[float]) -> Ranked:
    if not all(0 <= value <= 1 for value in p):
        raise ValueError("a p-value is between 0 and 1")
    return sorted(enumerate(p), key=lambda pair: pair[1])


def _in_order(ranked: Ranked, adjusted: "accumulate[float]") -> list[float]:
    found = [0.0] * len(ranked)
    for (place, _), value in zip(ranked, adjusted, strict=True):
        found[place] = min(1.0, float(value))
    return found
