"""A share with how sure one may be of it."""

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054  # the middle 95% of the normal distribution


@dataclass(frozen=True)
class Share:
    """How many of n, with Wilson's interval; None where n is 0."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def wilson(hits: int, n: int) -> Share:
    """The share of hits with Wilson's 95% score interval (Wilson 1927), which stays inside 0 to 1.

    >>> wilson(9, 10).value
    0.9
    >>> round(wilson(9, 10).low, 3), round(wilson(9, 10).high, 3)
    (0.596, 0.982)
    >>> wilson(0, 0).value is None
    True
    """
    if n == 0:
        return Share(None, None, None, 0)
    share = hits / n
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    reach = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return Share(share, max(0.0, centre - reach), min(1.0, centre + reach), n)
