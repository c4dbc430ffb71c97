"""Was one of two runs right more often on the same items? McNemar's test on the items where just one of them was.

b items that only the first run had right, c that only the second had. Under no difference each is a coin: the exact
test is binomial; from 25 such items on chi-square with the continuity correction, (|b - c| - 1)^2 / (b + c) on one
degree of freedom (McNemar 1947; Edwards 1948), which is close to it and what other packages print.
"""

from dataclasses import dataclass
from typing import Any

from scipy import special, stats

FEW = 25
EXACT, CORRECTED, PLAIN = "exact binomial", "chi-square, corrected", "chi-square"


@dataclass(frozen=True)
class McNemar:
    """How many items only one of the two had right, and the two-sided p of a difference like that by chance."""

    first: int
    second: int
    p: float
    method: str
    statistic: float | None  # None for the exact test

    def as_dict(self) -> dict[str, Any]:
        return {
            "only_a": self.first,
            "only_b": self.second,
            "p": self.p,
            "method": self.method,
            "statistic": self.statistic,
        }


def mcnemar(first: int, second: int, *, method: str = "") -> McNemar:
    """Test `first` against `second` discordant items, by the method that suits their number unless one is named.

    Without any the two runs cannot be told apart: p is 1.

    >>> round(mcnemar(1, 11).p, 5)
    0.00635
    >>> mcnemar(0, 0).p
    1.0
    """
    if first < 0 or second < 0:
        raise ValueError(f"counts are not below 0: {first}, {second}")
    total = first + second
    method = method or (EXACT if total < FEW else CORRECTED)
    if not total:
        return McNemar(first, second, 1.0, method, None)
    if method == EXACT:
        return McNemar(first, second, _exact(first, second), method, None)
    apart = abs(first - second)
    statistic = max(apart - (1 if method == CORRECTED else 0), 0) ** 2 / total
    return McNemar(first, second, float(stats.chi2.sf(statistic, 1)), method, statistic)


def _exact(first: int, second: int) -> float:
    """Twice the smaller tail of a fair coin."""
    return min(1.0, 2 * float(special.bdtr(min(first, second), first + second, 0.5)))
