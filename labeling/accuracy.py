"""How well a rater's answers fit known ones: likeness, exact share, and which labels are missed or added.

An answer is a set of label codes; the empty set says that none applies. Undefined is None, never 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

Z = 1.959963984540054  # the 97.5% point of the normal distribution


@dataclass(frozen=True)
class Measure:
    """A value with its 95% interval and the number of answers behind it."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str = ""  # why it is undefined


@dataclass(frozen=True)
class Pair:
    """One answer beside the known one."""

    chosen: frozenset[str]
    gold: frozenset[str]

    @property
    def missed(self) -> frozenset[str]:
        return self.gold - self.chosen

    @property
    def extra(self) -> frozenset[str]:
        return self.chosen - self.gold


@dataclass(frozen=True)
class LabelErrors:
    """What went wrong with one label, over all answers."""

    code: str
    gold: int  # answers it belongs to
    chosen: int  # answers it was given to
    missed: int
    extra: int
    missed_share: Measure  # of the answers it belongs to
    extra_share: Measure  # of the answers it was given to


def wilson(successes: float, n: int) -> Measure:
    """A share with its Wilson score interval (Wilson 1927; checked against Newcombe 1998, table I).

    Also used for means of values between 0 and 1: their variance is at most p(1 - p), so the interval is never too
    narrow on that account.

    >>> share = wilson(81, 263)
    >>> (round(share.low, 4), round(share.high, 4))
    (0.2553, 0.3662)
    """
    if n < 1:
        return Measure(None, None, None, 0, "nothing to take a share of")
    if not -1e-9 <= successes <= n + 1e-9:
        raise ValueError(f"successes are between 0 and {n}, not {successes}")
    share = min(max(successes / n, 0.0), 1.0)
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    low = 0.0 if share == 0 else max(0.0, middle - half)
    high = 1.0 if share == 1 else min(1.0, middle + half)
    return Measure(share, low, high, n)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard likeness: what both hold, of what either holds; two empty sets are alike.

    >>> likeness(frozenset("ab"), frozenset("bc")) == 1 / 3
    True
    >>> likeness(frozenset(), frozenset())
    1.0
    """
    either = one | other
    return len(one & other) / len(either) if either else 1.0


def mean_likeness(pairs: Sequence[Pair]) -> Measure:
    """The mean Jaccard likeness to the known answers."""
    return wilson(sum(likeness(pair.chosen, pair.gold) for pair in pairs), len(pairs))


def exact_share(pairs: Sequence[Pair]) -> Measure:
    """The share of answers equal to the known one."""
    return wilson(sum(pair.chosen == pair.gold for pair in pairs), len(pairs))


def error_profile(pairs: Sequence[Pair]) -> list[LabelErrors]:
    """Each label that was known or chosen, the one with the most errors first."""
    codes = sorted(frozenset().union(*(pair.gold | pair.chosen for pair in pairs)))
    found = [_errors_of(code, pairs) for code in codes]
    return sorted(found, key=lambda one: (-one.missed - one.extra, one.code))


def _errors_of(code: str, pairs: Sequence[Pair]) -> LabelErrors:
    gold = sum(code in pair.gold for pair in pairs)
    chosen = sum(code in pair.chosen for pair in pairs)
    missed = sum(code in pair.missed for pair in pairs)
    extra = sum(code in pair.extra for pair in pairs)
    return LabelErrors(
        code=code,
        gold=gold,
        chosen=chosen,
        missed=missed,
        extra=extra,
        missed_share=wilson(missed, gold),
        extra_share=wilson(extra, chosen),
    )


def by_month(dated: Iterable[tuple[date, Pair]]) -> list[tuple[date, Measure]]:
    """Mean likeness in each calendar month from the first to the last; a month without answers is undefined."""
    months: dict[date, list[Pair]] = {}
    for day, pair in dated:
        months.setdefault(day.replace(day=1), []).append(pair)
    if not months:
        return []
    found, month, last = [], min(months), max(months)
    while month <= last:
        found.append((month, mean_likeness(months.get(month, []))))
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return found
