"""The dry run: from a few calls, what all items will cost, how long they will take, and whether the budget suffices.

k items are done and paid, M are left. Their total is taken as M times the mean of the k, and the interval is that of a
prediction, with Student's t and k - 1 degrees of freedom (Hahn & Meeker 1991, chapter 4):

    done + M mean +- t s sqrt(M^2 / k + M)

the first term the doubt in the mean, the second the luck of the M themselves; with nothing left it is exact. t and not
a bootstrap: k is 10 to 30, where resampling gives intervals that are too narrow. It takes the k for a random sample of
all items. Costs are skewed, so with a k that small the upper end is still too low where a few items are very long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from scipy import stats

from evaluation.stats.intervals import wilson
from evaluation.stats.types import LEVEL, Estimate, undefined

METHOD = "t, prediction of the items left"
MINUTE = 60.0
ONE_ITEM = "one item says nothing of the spread"
ALL_EQUAL = "all sampled items are equal, which says nothing of the spread"


@dataclass(frozen=True)
class Sampled:
    """One item of the dry run, all its calls together; None: not known. A failed item may have cost money too."""

    micro_usd: int | None
    latency_ms: float | None
    tokens_in: int | None = None
    tokens_out: int | None = None
    is_failed: bool = False


@dataclass(frozen=True)
class Limits:
    """How fast calls may go; None: no limit."""

    concurrency: int = 1
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


@dataclass(frozen=True)
class Projection:
    """What lies ahead. Cost is of all items, time of those left."""

    items: int
    sampled: int
    failed: Estimate
    micro_usd: Estimate
    spent_micro_usd: int  # of the sample
    per_item_micro_usd: float | None
    seconds: Estimate
    bound_by: str  # latency, requests or tokens
    tokens: Estimate  # of all items, in and out
    budget_micro_usd: int | None
    budget_suffices: Estimate | None  # a chance, which has no interval

    def as_dict(self) -> dict[str, Any]:
        return {
            "items": self.items,
            "sampled": self.sampled,
            "failed": self.failed.as_dict(),
            "micro_usd": self.micro_usd.as_dict(),
            "spent_micro_usd": self.spent_micro_usd,
            "per_item_micro_usd": self.per_item_micro_usd,
            "seconds": self.seconds.as_dict(),
            "bound_by": self.bound_by,
            "tokens": self.tokens.as_dict(),
            "budget_micro_usd": self.budget_micro_usd,
            "budget_suffices": None if self.budget_suffices is None else self.budget_suffices.as_dict(),
            "interval": {"method": METHOD, "level": LEVEL},
        }


def project(
    sampled: Sequence[Sampled], *, items: int, limits: Limits | None = None, budget_micro_usd: int | None = None
) -> Projection:
    """Project a run over `items`, of which the sampled ones are done. ValueError if there are fewer than sampled.

    An item whose cost, latency or tokens are unknown is left out of that mean, and counts as one that is left: nothing
    is taken to have been free.
    """
    if items < len(sampled):
        raise ValueError(f"{len(sampled)} items were sampled, of only {items}")
    limits = limits or Limits()
    if limits.concurrency < 1 or any(
        rate is not None and rate <= 0 for rate in (limits.requests_per_minute, limits.tokens_per_minute)
    ):
        raise ValueError("concurrency is at least 1 and rates are above 0")
    cost = _Total([float(one.micro_usd) for one in sampled if one.micro_usd is not None], items)
    left = items - len(sampled)
    tokens = [
        float(one.tokens_in + one.tokens_out)
        for one in sampled
        if one.tokens_in is not None and one.tokens_out is not None
    ]
    seconds, bound_by = _time([one.latency_ms for one in sampled if one.latency_ms is not None], tokens, left, limits)
    return Projection(
        items=items,
        sampled=len(sampled),
        failed=wilson(sum(one.is_failed for one in sampled), len(sampled)) if sampled else undefined(0, "no dry run"),
        micro_usd=cost.estimate("no sampled item has a known cost"),
        spent_micro_usd=sum(one.micro_usd or 0 for one in sampled),
        per_item_micro_usd=cost.mean,
        seconds=seconds,
        bound_by=bound_by,
        tokens=_Total(tokens, items).estimate("no sampled item has known tokens"),
        budget_micro_usd=budget_micro_usd,
        budget_suffices=None if budget_micro_usd is None else cost.within(float(budget_micro_usd)),
    )


class _Total:
    """A sum over all items from those that are done; `done` False: over the items left alone."""

    def __init__(self, values: Sequence[float], items: int, *, done: bool = True) -> None:
        self.k = len(values)
        self.left = items - self.k if done else items
        self.done = sum(values) if done else 0.0
        self.mean = fmean(values) if values else None
        self.value = self.done + self.left * (self.mean or 0.0)
        sd = stdev(values) if self.k > 1 else 0.0
        self.error = sd * sqrt(self.left**2 / self.k + self.left) if self.k else 0.0

    @property
    def obstacle(self) -> str:
        """Why there is no interval, where something is left to be paid."""
        return ONE_ITEM if self.k == 1 else ALL_EQUAL if not self.error else ""

    def estimate(self, reason: str) -> Estimate:
        if self.mean is None:
            return undefined(0, reason)
        if not self.left:
            return Estimate(self.value, self.value, self.value, self.k, method="counted, nothing is left")
        if self.obstacle:
            return Estimate(self.value, None, None, self.k, self.obstacle)
        half = float(stats.t.ppf((1 + LEVEL) / 2, self.k - 1)) * self.error
        return Estimate(self.value, max(self.value - half, self.done), self.value + half, self.k)

    def within(self, most: float) -> Estimate:
        """The chance that the total is at most that."""
        if self.mean is None:
            return undefined(0, "no sampled item has a known cost")
        if not self.left or self.done > most:
            return Estimate(float(self.value <= most), None, None, self.k, "it is known")
        if self.obstacle:
            return undefined(self.k, self.obstacle)
        chance = float(stats.t.cdf((most - self.value) / self.error, self.k - 1))
        return Estimate(chance, None, None, self.k, "a chance is not measured, so it has no interval")


def _time(latencies: Sequence[float], tokens: Sequence[float], left: int, limits: Limits) -> tuple[Estimate, str]:
    """Seconds for the items left, by what holds them up most: one call after another, requests, or tokens a minute.

    Each end of the interval is the largest of the three. An item is taken for one request, and nothing for retries,
    start and end.
    """
    if not latencies:
        return undefined(0, "no sampled item has a known latency"), ""
    if not left:
        return Estimate(0.0, 0.0, 0.0, len(latencies), method="counted, nothing is left"), "latency"
    ways = {"latency": _scaled(latencies, left, 1 / 1000 / min(limits.concurrency, left))}
    if limits.requests_per_minute is not None:
        seconds = left * MINUTE / limits.requests_per_minute
        ways["requests"] = Estimate(seconds, seconds, seconds, len(latencies))
    if limits.tokens_per_minute is not None:
        if not tokens:
            return undefined(0, "tokens are limited, and no sampled item has known tokens"), ""
        ways["tokens"] = _scaled(tokens, left, MINUTE / limits.tokens_per_minute)
    bound_by = max(ways, key=lambda name: ways[name].value or 0.0)
    reason = ways[bound_by].reason
    ends = [(way.low, way.high) for way in ways.values()]
    low = max((low for low, _ in ends if low is not None), default=None)
    high = max((high for _, high in ends if high is not None), default=None)
    if reason or any(end is None for pair in ends for end in pair):
        low = high = None
        reason = reason or next(way.reason for way in ways.values() if way.reason)
    return Estimate(ways[bound_by].value, low, high, ways[bound_by].n, reason), bound_by


def _scaled(values: Sequence[float], left: int, factor: float) -> Estimate:
    """The total of the items left, times a factor."""
    found = _Total(values, left, done=False).estimate("")
    assert found.value is not None
    low, high = (None if end is None else end * factor for end in (found.low, found.high))
    return Estimate(found.value * factor, low, high, found.n, found.reason)
