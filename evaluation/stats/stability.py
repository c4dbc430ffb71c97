"""Does a run say the same again? Flip rates over repeats of one run on the same items.

    flip rate of a label  = items on which the repeats do not all agree on it / items
    flip rate of the sets = items whose label sets are not all equal / items
    pairwise              = mean over items of (unequal pairs of repeats / pairs of repeats)

The first two grow with the number of repeats, the pairwise one does not: 2 repeats and 5 can be compared by it alone.
Only items that every repeat answered count; items answered by some and not by others are a figure of their own.
Intervals: Wilson's for shares of items; BCa bootstrap over items for the pairwise mean, and over clusters for all of
them where the plan has clusters.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.influence import acceleration, accelerations
from evaluation.stats.intervals import Floats, Plan, estimate, wilson
from evaluation.stats.types import Estimate, Resampled, undefined

Answer = frozenset[str] | None
NO_ITEMS = "no item was answered by every repeat"


@dataclass(frozen=True)
class Flips:
    """How often a label came and went."""

    rate: Estimate  # of all items
    when_said: Estimate  # of the items where some repeat said it: rare labels hide in the first
    flipped: int


@dataclass(frozen=True)
class Spread:
    """Micro F1 of each repeat against gold, in order, and how far apart they are."""

    values: tuple[float | None, ...]
    low: float | None
    high: float | None
    mean: float | None
    sd: float | None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "values": list(self.values),
            "min": self.low,
            "max": self.high,
            "mean": self.mean,
            "sd": self.sd,
        }
        return content | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True)
class Stability:
    """What repeats of a run have in common."""

    repeats: int
    items: int  # that every repeat answered
    items_total: int
    sets: Estimate
    pairwise: Estimate
    answering: Estimate  # of all items, those answered by some repeats and not by others
    labels: dict[str, Flips]
    f1: Spread | None
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "repeats": self.repeats,
            "items": self.items,
            "items_total": self.items_total,
            "sets": self.sets.as_dict(),
            "pairwise": self.pairwise.as_dict(),
            "answering": self.answering.as_dict(),
            "labels": {
                code: {
                    "rate": found.rate.as_dict(),
                    "when_said": found.when_said.as_dict(),
                    "flipped": found.flipped,
                }
                for code, found in self.labels.items()
            },
            "micro_f1": None if self.f1 is None else self.f1.as_dict(),
            "interval": self.resampled.as_dict()
            | {"shares": "percentile or BCa" if self.resampled.clusters else "wilson"},
        }


def stability(
    repeats: Sequence[Sequence[Answer]],
    *,
    codes: Sequence[str],
    gold: Sequence[frozenset[str]] | None = None,
    plan: Plan | None = None,
) -> Stability:
    """Compare at least two repeats over the same items in the same order; None: no answer.

    ValueError for one repeat, or lengths that differ; KeyError for a code that is not listed. The plan's clusters have
    a value for each item; strata and weights are not used.
    """
    if len(repeats) < 2:
        raise ValueError("stability needs at least 2 repeats")
    total = len(repeats[0])
    lengths = {len(one) for one in repeats} | ({len(gold)} if gold is not None else set())
    if lengths != {total}:
        raise ValueError(f"repeats and gold have to be of the same items, not of {sorted(lengths)}")
    known = set(codes)
    for answer in (answer for one in repeats for answer in one):
        for code in answer or ():
            if code not in known:
                raise KeyError(code)

    by_item = list(zip(*repeats, strict=True))
    kept = [place for place, answers in enumerate(by_item) if None not in answers]
    whole = [[frozenset(answer or ()) for answer in by_item[place]] for place in kept]
    plan = plan or Plan()
    shares = _Shares(_narrowed(plan, kept), len(kept))
    partly = np.array([any(a is None for a in one) and any(a is not None for a in one) for one in by_item], dtype=float)
    everything = np.ones(total)
    return Stability(
        repeats=len(repeats),
        items=len(kept),
        items_total=total,
        sets=shares.share(np.array([float(len(set(one)) > 1) for one in whole]), shares.ones, NO_ITEMS),
        pairwise=shares.mean(np.array([_unequal_pairs(one) for one in whole])),
        answering=_Shares(_narrowed(plan, range(total)), total).share(partly, everything, "there are no items"),
        labels=_labels(whole, codes, shares),
        f1=None if gold is None else _spread(repeats, gold),
        resampled=shares.plan.resampled(len(kept)),
    )


def _narrowed(plan: Plan, kept: Sequence[int]) -> Plan:
    """The plan for some of the items; strata and weights are of a sample from a population, which repeats are not."""
    clusters = None if plan.clusters is None else [plan.clusters[place] for place in kept]
    return Plan(plan.resamples, plan.seed, plan.method, clusters=clusters)


def _unequal_pairs(answers: Sequence[frozenset[str]]) -> float:
    """Of all pairs of repeats, the share whose sets differ."""
    pairs = len(answers) * (len(answers) - 1) // 2
    equal = sum(times * (times - 1) // 2 for times in Counter(answers).values())
    return (pairs - equal) / pairs


def _labels(whole: Sequence[Sequence[frozenset[str]]], codes: Sequence[str], shares: "_Shares") -> dict[str, Flips]:
    found = {}
    for code in codes:
        said = np.array([sum(code in answer for answer in one) for one in whole], dtype=float)
        some = (said > 0).astype(float)
        flipped = some * (said < (len(whole[0]) if whole else 0))
        found[code] = Flips(
            rate=shares.share(flipped, shares.ones, NO_ITEMS),
            when_said=shares.share(flipped, some, "no repeat said it"),
            flipped=int(flipped.sum()),
        )
    return found


def _spread(repeats: Sequence[Sequence[Answer]], gold: Sequence[frozenset[str]]) -> Spread:
    """Micro F1 over all items, where no answer predicts nothing, as the scores count it."""
    values = tuple(_micro_f1(one, gold) for one in repeats)
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Spread(values, None, None, None, None, "there are no labels, in gold or predicted")
    return Spread(values, min(known), max(known), fmean(known), stdev(known))


def _micro_f1(answers: Sequence[Answer], gold: Sequence[frozenset[str]]) -> float | None:
    hits = sum(len((answer or frozenset()) & there) for answer, there in zip(answers, gold, strict=True))
    named = sum(len(answer or ()) + len(there) for answer, there in zip(answers, gold, strict=True))
    return 2 * hits / named if named else None


class _Shares:
    """Shares and means over items by one plan; resamples are drawn once."""

    def __init__(self, plan: Plan, n: int) -> None:
        self.plan, self.n, self.ones = plan, n, np.ones(n)
        self.obstacle = plan.obstacle(n)

    def share(self, above: Floats, below: Floats, reason: str) -> Estimate:
        """Items with `above` among those with `below`."""
        some, of = int(above.sum()), int(below.sum())
        if not of:
            return undefined(of, reason)
        if self.plan.clusters is None:
            return wilson(some, of)
        if some in (0, of):
            return self._all_alike(some, below)
        value, drawn = some / of, self._sums(np.stack([above, below], axis=1))
        repeated = np.divide(drawn[:, 0], drawn[:, 1], out=np.full(len(drawn), np.nan), where=drawn[:, 1] > 0)
        bend = self._bend((above - value * below) / of)
        return estimate(value, repeated, n=of, reason=reason, influence=bend, obstacle=self.obstacle)

    def mean(self, values: Floats) -> Estimate:
        if not self.n:
            return undefined(0, NO_ITEMS)
        value = float(values.mean())
        if value in (0.0, 1.0) and self.plan.clusters is None:
            return replace(wilson(round(value * self.n), self.n), method="wilson")
        if value in (0.0, 1.0):
            return self._all_alike(round(value * self.n), self.ones)
        drawn = self._sums(np.stack([values, self.ones], axis=1))
        repeated = drawn[:, 0] / drawn[:, 1]
        return estimate(
            value, repeated, n=self.n, reason=NO_ITEMS, influence=self._bend(values - value), obstacle=self.obstacle
        )

    def _all_alike(self, some: int, below: Floats) -> Estimate:
        """None or all, so the same in every resample, which is not certainty: Wilson's interval, a trial a cluster."""
        count = len(np.unique(self.plan.units(self.n).of_items[below > 0]))
        found = wilson(count if some else 0, count)
        return replace(found, n=int(below.sum()), method="wilson, of clusters")

    def _sums(self, columns: Floats) -> Floats:
        if self.obstacle:
            return np.zeros((0, columns.shape[1]))
        return self.plan.sums(sparse.csr_matrix(columns))

    def _bend(self, influence: Floats) -> Floats | float | None:
        if self.plan.method != "bca":
            return None
        return float(accelerations(influence[:, None], self.plan)[0]) if self.plan.clusters else acceleration(influence)
