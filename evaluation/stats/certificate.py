"""From which stated confidence on items may be accepted without a person, with a promise about their precision.

Learn then test (Angelopoulos et al. 2021, arXiv 2110.01052) with a fixed sequence. The grid of thresholds is fixed by
confidences alone, before any answer is looked at. For a threshold with N accepted calibration items, of which E are
wrong, p = P(Bin(N, 1 - target) <= E) is the chance to see so few errors if the precision were only the target. From
the strictest threshold that accepts `start` items on, thresholds are taken while p <= risk, and the first failure ends
it; so whatever the truth is, the chance that the last one taken has a precision under the target is at most the risk.

The unit of error is the item: accepted if all its labels reach the threshold, wrong if one of them is not in gold. With
labels as the unit, N labels of one item are not independent, and p is Hoeffding's bound over items for the mean of
errors - (1 - target) * labels, which lies between -(1 - target) K and target K for at most K labels an item.

Calibration items have to be a random sample of what the promise is about. Items drawn with unequal chances are thinned:
each stays with chance weight / largest weight, which leaves a random sample of the population.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evaluation.stats.resampling import Floats

UNITS = ("item", "label")
GRID = 20
START = 200  # accepted calibration items at the strictest threshold tested
POWER = 0.8
MOST_ITEMS = 1_000_000
COUNTED = 250  # errors up to which the number of items is found one by one


@dataclass(frozen=True)
class Step:
    """One threshold of the sequence."""

    threshold: float
    accepted: int  # items, or labels
    errors: int
    p: float
    share: float  # of all items of the stream that it accepts
    passed: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "threshold": self.threshold,
            "accepted": self.accepted,
            "errors": self.errors,
            "p": self.p,
            "share": self.share,
            "passed": self.passed,
        }


@dataclass(frozen=True)
class Verdict:
    """The threshold that may be used, or why none may yet and about how many items more would do."""

    threshold: float | None
    steps: list[Step]
    target: float
    risk: float
    unit: str
    calibration_items: int
    left_out: int  # calibration items dropped by thinning
    start: int
    more: int | None  # items to audit for a good chance to certify; None: not known, or no number would do
    reason: str  # why there is no threshold

    @property
    def at(self) -> Step | None:
        """The step that the threshold comes from."""
        return next((step for step in reversed(self.steps) if step.passed), None)

    def as_dict(self) -> dict[str, Any]:
        return {
            "threshold": self.threshold,
            "target": self.target,
            "risk": self.risk,
            "unit": self.unit,
            "calibration_items": self.calibration_items,
            "left_out": self.left_out,
            "start": self.start,
            "steps": [step.as_dict() for step in self.steps],
            "more": self.more,
            "reason": self.reason,
        }


@dataclass(frozen=True, eq=False)
class Sample:
    """Calibration items: of each how sure its least sure label is (NaN: no stated confidence), and its labels."""

    least: Floats
    labels: Sequence[Floats]  # the confidences of each item's labels
    wrong: Sequence[NDArray[np.bool_]]  # which of them are not in gold

    def only(self, kept: NDArray[np.bool_]) -> "Sample":
        places = np.flatnonzero(kept).tolist()
        return Sample(self.least[kept], [self.labels[one] for one in places], [self.wrong[one] for one in places])


def grid_of(stream: Floats, *, size: int = GRID) -> list[float]:
    """Thresholds that accept equal shares of the stream more each, strictest first; from confidences alone.

    `stream` has the least sure label's confidence of each item, NaN for items that cannot be accepted.
    """
    stated = stream[np.isfinite(stream)]
    if not len(stated):
        return []
    return sorted({float(one) for one in np.quantile(stated, np.arange(size) / size, method="inverted_cdf")})[::-1]


def thinned(weights: Floats, *, seed: int) -> NDArray[np.bool_]:
    """Which items stay so that those left are a random sample of the population; all where weights are equal."""
    if not len(weights):
        return np.zeros(0, dtype=bool)
    if not (weights > 0).all():
        raise ValueError("sampling weights are above 0")
    if np.ptp(weights) <= 1e-9 * weights.max():
        return np.ones(len(weights), dtype=bool)
    return np.asarray(np.random.default_rng(seed).random(len(weights)) < weights / weights.max())


def p_of_items(accepted: int, errors: int, target: float) -> float:
    """The chance of so few errors if a share of 1 - target of accepted items were wrong; 1 where none is accepted."""
    return float(stats.binom.cdf(errors, accepted, 1 - target)) if accepted else 1.0


def p_of_labels(errors: Floats, accepted: Floats, target: float, most: int) -> float:
    """Hoeffding's bound over items, with at most `most` accepted labels an item; 1 where it says nothing."""
    n = len(errors)
    if not n or not accepted.sum() or not most:
        return 1.0
    mean = float((errors - (1 - target) * accepted).mean())
    return float(min(1.0, np.exp(-2 * n * mean**2 / most**2))) if mean < 0 else 1.0


def certify(
    *,
    sample: Sample,
    stream: Floats,
    weights: Floats,
    most_labels: int = 0,
    target: float = 0.95,
    risk: float = 0.05,
    unit: str = "item",
    seed: int = 0,
) -> Verdict:
    """The loosest threshold that keeps precision at the target with the stated risk, or what is missing for one.

    `stream` as for `grid_of`; `most_labels` is the largest number of labels that any item of the stream has, which the
    bound for labels needs to know beforehand.

    ValueError for a target or risk outside 0 to 1, an unknown unit, or lengths that differ.
    """
    if not 0 < target < 1 or not 0 < risk < 1:
        raise ValueError("the target and the risk lie between 0 and 1")
    if unit not in UNITS:
        raise ValueError(f"the unit is item or label, not {unit}")
    if not len(sample.least) == len(sample.labels) == len(sample.wrong) == len(weights):
        raise ValueError("every calibration item needs its labels and its weight")
    kept = thinned(weights, seed=seed)
    found = sample.only(kept)
    n, left_out = int(kept.sum()), int((~kept).sum())
    least = needed(0, target=target, risk=risk)
    start = max(least, min(START, n // 3))
    grid = grid_of(stream)

    def none(reason: str, more: int | None, steps: list[Step]) -> Verdict:
        return Verdict(None, steps, target, risk, unit, n, left_out, start, more, reason)

    if not grid:
        return none("the run states no confidences, so there is nothing to set a threshold on", None, [])
    most = max([most_labels, *(len(one) for one in found.labels)])
    steps: list[Step] = []
    for threshold in grid:
        items = found.least >= threshold  # NaN is never
        if unit == "item" and items.sum() < start and threshold != grid[-1]:
            continue
        step = _step(found, threshold, stream, target=target, risk=risk, unit=unit, most=most)
        if unit == "label" and step.accepted < start and threshold != grid[-1]:
            continue
        steps.append(step)
        if not step.passed:
            break
    best = next((step for step in reversed(steps) if step.passed), None)
    if best:
        return Verdict(best.threshold, steps, target, risk, unit, n, left_out, start, None, "")
    first = steps[0]
    return none(*_missing(first, n, target=target, risk=risk, unit=unit, least=least), steps)


def _step(found: Sample, threshold: float, stream: Floats, *, target: float, risk: float, unit: str, most: int) -> Step:
    with np.errstate(invalid="ignore"):
        share = float((stream >= threshold).mean()) if len(stream) else 0.0
    if unit == "item":
        taken = np.flatnonzero(found.least >= threshold).tolist()
        errors = int(sum(bool(found.wrong[place].any()) for place in taken))
        p = p_of_items(len(taken), errors, target)
        return Step(threshold, len(taken), errors, p, share, p <= risk)
    accepted = np.array([float((one >= threshold).sum()) for one in found.labels])
    wrong = np.array([float(bad[one >= threshold].sum()) for one, bad in zip(found.labels, found.wrong, strict=True)])
    p = p_of_labels(wrong, accepted, target, most)
    return Step(threshold, int(accepted.sum()), int(wrong.sum()), p, share, p <= risk)


def _missing(step: Step, items: int, *, target: float, risk: float, unit: str, least: int) -> tuple[str, int | None]:
    """Why nothing could be certified, and about how many more items would do."""
    if not step.accepted:
        return "no calibration item reaches any threshold", None
    precision = 1 - step.errors / step.accepted
    if precision <= target:
        return (
            f"of the {step.accepted:,} most surely accepted, {100 * precision:.1f}% are right, which is not above the "
            f"target of {100 * target:g}%: more items would not help, better confidences or a better prompt would"
        ), None
    if unit == "label":
        return "the bound for labels, which allows for their dependence, is not low enough with so few items", None
    wanted = likely(precision, target=target, risk=risk)
    share = step.accepted / items
    more = None if wanted is None else max(0, int(np.ceil((wanted - step.accepted) / share)))
    allowed = f"{step.errors} wrong among {step.accepted:,} accepted is more than chance rules out"
    if step.accepted < least:
        allowed = f"{step.accepted:,} accepted items are too few even without an error: {least} are needed"
    return allowed, more or None


@lru_cache(maxsize=4096)
def needed(errors: int, *, target: float, risk: float) -> int:
    """The least number of accepted items at which so many errors still pass.

    >>> [needed(errors, target=0.95, risk=0.05) for errors in (0, 1, 2)]
    [59, 93, 124]
    """
    low, high = errors + 1, 2 * errors + 2
    while p_of_items(high, errors, target) > risk:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if p_of_items(middle, errors, target) <= risk else (middle + 1, high)
    return low


def likely(precision: float, *, target: float, risk: float, power: float = POWER) -> int | None:
    """Accepted items for a chance of `power` to pass if the precision is as given; None if it is not above the target,
    or a million would not do. The first such number: the chance rises in saws, as each error allowed costs items.

    >>> likely(0.98, target=0.95, risk=0.05)
    234
    """
    if precision <= target:
        return None
    if precision >= 1:
        return needed(0, target=target, risk=risk)

    def passes(errors: int) -> bool:
        return bool(stats.binom.cdf(errors, needed(errors, target=target, risk=risk), 1 - precision) >= power)

    for errors in range(COUNTED):
        if passes(errors):
            return needed(errors, target=target, risk=risk)
    low, high = COUNTED, 2 * COUNTED  # so far out the saws are small: about is enough
    while not passes(high):
        low, high = high, 2 * high
        if needed(low, target=target, risk=risk) > MOST_ITEMS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return needed(high, target=target, risk=risk)
