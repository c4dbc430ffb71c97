"""What is gained and lost by accepting only what the model is sure enough of, at each threshold.

A label is accepted if its stated confidence is at least the threshold. An item is accepted without a person if it has
a label and all its labels are accepted; it is right if all of them are in gold (what is missing is told by recall).

Intervals: Wilson's with the effective sample size n_eff = r (1 - r) / se^2 (Kish 1965), where se is that of a ratio of
sums over items (labels of one item are not independent); where r is 0 or 1, n_eff is the number of items.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evaluation.stats.decisions import Decisions
from evaluation.stats.resampling import Floats
from evaluation.stats.types import LEVEL, Estimate, undefined

STEPS = 101
CHUNK = 4000  # items at once: their counts at each threshold are held
MEASURES = ("precision", "recall", "labels_accepted", "items_accepted", "items_right")


@dataclass(frozen=True)
class Threshold:
    """One threshold: precision and recall of accepted labels, the shares accepted, accepted items that are right."""

    threshold: float
    precision: Estimate
    recall: Estimate
    labels_accepted: Estimate
    items_accepted: Estimate
    items_right: Estimate

    def as_dict(self) -> dict[str, Any]:
        return {"threshold": self.threshold} | {name: getattr(self, name).as_dict() for name in MEASURES}


def thresholds(found: Decisions, *, gold: list[int], steps: int = STEPS) -> list[Threshold]:
    """From 0 to 1 in equal steps; `gold` is the number of gold labels of each item."""
    if len(gold) != found.items:
        raise ValueError(f"{len(gold)} numbers of gold labels, but {found.items} items")
    levels = np.linspace(0, 1, steps)
    moments = np.zeros((steps, len(MEASURES), 5))  # sums of a, b, aa, ab, bb
    there = np.array(gold, dtype=np.float64)
    # rounding keeps a confidence of 0.3 at the threshold 0.3
    last = np.searchsorted(levels, np.round(found.confidence, 12) + 1e-12, side="right") - 1
    starts = np.searchsorted(found.item, np.arange(0, found.items + CHUNK, CHUNK))
    for place, begin in enumerate(range(0, found.items, CHUNK)):
        rows = slice(int(starts[place]), int(starts[place + 1]))
        size = min(CHUNK, found.items - begin)
        _add(moments, found.item[rows] - begin, last[rows], found.right[rows], there[begin : begin + size])
    return [_threshold(float(levels[step]), moments[step], found.items) for step in range(steps)]


def _add(moments: Floats, item: NDArray[np.intp], last: NDArray[np.intp], right: Floats, there: Floats) -> None:
    """The sums of one block of items, at every threshold."""
    size, steps = len(there), len(moments)

    def above(weights: Floats) -> Floats:
        """(items, steps): sums over an item's labels that reach the threshold."""
        cells = np.bincount(item * steps + last, weights=weights, minlength=size * steps).reshape(size, steps)
        return np.asarray(cells[:, ::-1].cumsum(axis=1)[:, ::-1])

    accepted, hits = above(np.ones(len(item))), above(right)
    said = np.repeat(accepted[:, :1], steps, axis=1)
    whole = ((accepted > 0) & (accepted == said)).astype(np.float64)
    fine = whole * (hits == accepted)
    ones = np.ones_like(accepted)
    pairs = ((hits, accepted), (hits, there[:, None] * ones), (accepted, said), (whole, ones), (fine, whole))
    for place, (a, b) in enumerate(pairs):
        products = (a, b, a * a, a * b, b * b)
        moments[:, place] += np.stack([product.sum(axis=0) for product in products], axis=1)


REASONS = {
    "precision": "no label is accepted",
    "recall": "gold has no labels",
    "labels_accepted": "nothing has a stated confidence",
    "items_accepted": "there are no items",
    "items_right": "no item is accepted",
}


def _threshold(level: float, moments: Floats, items: int) -> Threshold:
    found = {name: _ratio(moments[place], items, REASONS[name]) for place, name in enumerate(MEASURES)}
    return Threshold(level, **found)


def _ratio(moments: Floats, items: int, reason: str) -> Estimate:
    a, b, aa, ab, bb = (float(one) for one in moments)
    n = round(b)
    if b <= 0:
        return undefined(0, reason)
    r = a / b
    squares = max(aa - 2 * r * ab + r * r * bb, 0.0)
    spread = r * (1 - r)
    if items < 2:
        return Estimate(r, None, None, n, "an interval needs at least 2 items")
    size = spread * b * b / (squares * items / (items - 1)) if spread > 1e-12 and squares > 1e-12 else min(b, items)
    z = float(special.ndtri((1 + LEVEL) / 2))
    middle = (r + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * float(np.sqrt(spread / size + z * z / (4 * size * size)))
    return Estimate(r, 0.0 if r <= 0 else max(middle - half, 0.0), 1.0 if r >= 1 else min(middle + half, 1.0), n)
