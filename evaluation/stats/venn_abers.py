"""Venn-Abers intervals: two chances between which the truth is calibrated, whatever the model (Vovk & Petej 2014).

For a new confidence s, isotonic regression is fitted twice on known decisions and s, once as if s were wrong (p0) and
once as if it were right (p1). A wide interval says that few like it are known. One number for both is
p1 / (1 - p0 + p1), which has the least regret under log loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

from evaluation.stats.resampling import Floats


@dataclass(frozen=True)
class VennAbers:
    """The interval for one stated confidence."""

    confidence: float
    low: float  # p0
    high: float  # p1

    @property
    def chance(self) -> float:
        return self.high / (1 - self.low + self.high)

    def as_dict(self) -> dict[str, float]:
        return {"confidence": self.confidence, "low": self.low, "high": self.high, "chance": self.chance}


def venn_abers(confidence: Floats, right: Floats, asked: Sequence[float]) -> list[VennAbers]:
    """The interval of each confidence asked for, from known decisions; none of them known gives 0 to 1."""
    known, weights = _grouped(confidence, right)
    found = []
    for one in asked:
        low, high = (_fitted(known, weights, one, truth) for truth in (0.0, 1.0))
        found.append(VennAbers(float(one), low, high))
    return found


def _grouped(confidence: Floats, right: Floats) -> tuple[Floats, Floats]:
    """(confidence, share right) of each distinct confidence, and how many there are: equal inputs, fewer rows."""
    values, place, many = np.unique(confidence, return_inverse=True, return_counts=True)
    share = np.bincount(place, weights=right, minlength=len(values)) / np.maximum(many, 1)
    return np.stack([values, share], axis=1), many.astype(np.float64)


def _fitted(known: Floats, weights: Floats, asked: float, truth: float) -> float:
    x, y = np.append(known[:, 0], asked), np.append(known[:, 1], truth)
    steps = IsotonicRegression(y_min=0, y_max=1).fit(x, y, sample_weight=np.append(weights, 1.0))
    return float(steps.predict([asked])[0])
