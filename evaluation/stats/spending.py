"""What money buys: cost of an item, of a right label and of a wholly right item; cache hits; the runs worth their cost.

Costs are millionths of a dollar. A cost of something right is a ratio of totals, all that was spent over all that was
right, and not a mean over items: items with nothing right cost too. Intervals: BCa bootstrap over items.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from scipy import sparse

from evaluation.stats.influence import accelerations
from evaluation.stats.intervals import Plan, estimate, wilson
from evaluation.stats.ratios import Ratios
from evaluation.stats.types import Estimate, Resampled, undefined

Key = TypeVar("Key", bound=Hashable)
COST, ITEM, LABEL, WHOLE = range(4)


@dataclass(frozen=True)
class Bought:
    """One item: what all its calls cost (None: not known), its gold, and the answer (None: none came)."""

    micro_usd: int | None
    gold: frozenset[str] | None = None  # None: nobody knows
    predicted: frozenset[str] | None = None


@dataclass(frozen=True)
class Spending:
    """What items cost and what was got for it."""

    total_micro_usd: int
    items: int  # whose cost is known
    unpriced: int
    right_labels: int
    right_items: int
    per_item: Estimate
    per_right_label: Estimate
    per_right_item: Estimate
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "total_micro_usd": self.total_micro_usd,
            "items": self.items,
            "unpriced": self.unpriced,
            "right_labels": self.right_labels,
            "right_items": self.right_items,
            "micro_usd_per_item": self.per_item.as_dict(),
            "micro_usd_per_right_label": self.per_right_label.as_dict(),
            "micro_usd_per_right_item": self.per_right_item.as_dict(),
            "interval": self.resampled.as_dict(),
        }


def spending(items: Sequence[Bought], *, resamples: int = 1000, seed: int = 0) -> Spending:
    """Costs of a run's items. What is right counts items with gold only, and so does what was spent on them.

    Items of unknown cost are left out and counted. An empty answer to an empty gold set is a right item without a right
    label, as the scores have it. ValueError for a cost below 0.
    """
    if any(one.micro_usd is not None and one.micro_usd < 0 for one in items):
        raise ValueError("a cost is not below 0")
    priced = [one for one in items if one.micro_usd is not None]
    judged = [one for one in priced if one.gold is not None]
    plan = Plan(resamples, seed)
    everything, known = _columns(priced), _columns(judged)
    return Spending(
        total_micro_usd=sum(one.micro_usd or 0 for one in priced),
        items=len(priced),
        unpriced=len(items) - len(priced),
        right_labels=int(known[:, LABEL].sum()),
        right_items=int(known[:, WHOLE].sum()),
        per_item=_ratio(everything, ITEM, plan, "no item's cost is known"),
        per_right_label=_ratio(known, LABEL, plan, "no label was right"),
        per_right_item=_ratio(known, WHOLE, plan, "no item was wholly right"),
        resampled=plan.resampled(len(priced)),
    )


def _columns(items: Sequence[Bought]) -> np.ndarray:
    rows = [
        [
            one.micro_usd or 0,
            1,
            len((one.predicted or frozenset()) & (one.gold or frozenset())),
            one.predicted is not None and one.predicted == one.gold,
        ]
        for one in items
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 4)


def _ratio(columns: np.ndarray, below: int, plan: Plan, reason: str) -> Estimate:
    """Cost over another column."""
    n, total = len(columns), columns.sum(axis=0)
    if not total[below]:
        return undefined(n, reason if n else "no item's cost and gold are known" if below != ITEM else reason)
    if not total[COST]:
        return Estimate(0.0, None, None, n, "nothing was spent")
    if below == ITEM and n > 1 and np.ptp(columns[:, COST]) == 0:
        return Estimate(
            float(columns[0, COST]), None, None, n, "every item cost the same, which says nothing of others"
        )
    ratios, obstacle = Ratios.of([({COST: 1.0}, {below: 1.0})], 4), plan.obstacle(n)
    drawn = np.zeros((0, 4)) if obstacle else plan.sums(sparse.csr_matrix(columns))
    bend = float(accelerations(columns @ ratios.gradient(total).toarray(), plan)[0])
    value = float(ratios.values(total[None, :])[0, 0])
    return estimate(value, ratios.values(drawn)[:, 0], n=n, reason=reason, influence=bend, obstacle=obstacle)


def cache_hits(hits: int, calls: int) -> Estimate:
    """The share of calls answered from what was already paid for, with Wilson's interval."""
    return wilson(hits, calls) if calls else undefined(0, "no call was made")


def frontier(points: Iterable[tuple[Key, float | None, float | None]]) -> list[Key]:
    """The keys that no other beats: none is as cheap and better, or as good and cheaper. By cost, then as they came.

    A point (key, cost, F1) that lacks one of the two is never on it. Two that are equal in both both are. It goes by
    the values alone: points that differ by less than their intervals may change places.

    >>> frontier([("few", 3.0, 0.8), ("zero", 1.0, 0.7), ("old", 2.0, 0.6), ("free", 0.0, 0.5)])
    ['free', 'zero', 'few']
    """
    known = [(cost, f1, key) for key, cost, f1 in points if cost is not None and f1 is not None]
    known.sort(key=lambda one: (one[0], -one[1]))
    found: list[Key] = []
    best: tuple[float, float] | None = None  # cost and F1 of the last one on it
    for cost, f1, key in known:
        if best is None or f1 > best[1] or (cost, f1) == best:
            best = (cost, f1)
            found.append(key)
    return found
