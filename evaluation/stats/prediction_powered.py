"""Prediction-powered estimates: a few labelled items correct what a model says of many.

theta = lambda mean f(unlabelled) + mean(Y - lambda f) over labelled items; its variance is lambda^2 var f(unlabelled)
/ N + var(Y - lambda f) / n, and its interval is the normal one (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic
2023, Science 382:669; arXiv 2301.09633). With lambda = 1 the model is taken at its word and corrected; lambda = 0 is
the labels alone; `lambda_` None takes the one with the least variance, cut to between 0 and 1 (PPI++, Angelopoulos,
Duchi and Zrnic 2023, arXiv 2311.01453). Labelled items have to be a random sample of the population that the
unlabelled ones are of, or carry weights that make them so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from evaluation.stats.intervals import Floats
from evaluation.stats.types import LEVEL, Estimate, undefined

METHOD = "normal approximation"
TOO_FEW = "needs at least 2 labelled items"
NO_POOL = "needs at least 2 items that have a prediction and no label"


@dataclass(frozen=True)
class Powered:
    """A mean by three roads: predictions and labels together, the labels alone, and the predictions taken as true."""

    powered: Estimate
    labels_only: Estimate
    naive: Estimate  # the model's own share of all items: it has no interval that means anything
    tuning: float | None  # lambda
    labelled: int
    unlabelled: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "powered": self.powered.as_dict(),
            "labels_only": self.labels_only.as_dict(),
            "naive": self.naive.as_dict(),
            "lambda": self.tuning,
            "labelled": self.labelled,
            "unlabelled": self.unlabelled,
        }


def powered_mean(
    labels: Sequence[float] | Floats,
    predicted: Sequence[float] | Floats,
    pool: Sequence[float] | Floats,
    *,
    weights: Sequence[float] | Floats | None = None,
    lambda_: float | None = None,
) -> Powered:
    """The mean of Y in the population, from labelled items (`labels`, `predicted`) and predictions of others (`pool`).

    `weights` are inclusion weights of the labelled items; only their ratios count. `lambda_` None: automatic.
    """
    y, f, u = (np.asarray(one, dtype=np.float64) for one in (labels, predicted, pool))
    if len(y) != len(f):
        raise ValueError(f"{len(y)} labels, but {len(f)} predictions of the same items")
    n, size = len(y), len(u)
    w = _normalised(weights, n)
    naive = (
        Estimate(float(np.concatenate([f, u]).mean()), None, None, n + size, "taken at its word, it has no interval")
        if n + size
        else undefined(0, "there are no predictions")
    )
    if n < 2:
        return Powered(undefined(n, TOO_FEW), undefined(n, TOO_FEW), naive, None, n, size)
    alone = _estimate(float((w * y).mean()), _variance_of_mean(y, w), n)
    if size < 2:
        return Powered(undefined(n, NO_POOL), alone, naive, None, n, size)
    tuning = _best(y, f, u, w) if lambda_ is None else float(lambda_)
    value = tuning * u.mean() + (w * (y - tuning * f)).mean()
    variance = tuning**2 * u.var() / size + _variance_of_mean(y - tuning * f, w)
    return Powered(_estimate(float(value), float(variance), n), alone, naive, tuning, n, size)


def _normalised(weights: Sequence[float] | Floats | None, n: int) -> Floats:
    """Weights with mean 1; ValueError for one that is not above 0."""
    if weights is None:
        return np.ones(n)
    w = np.asarray(weights, dtype=np.float64)
    if len(w) != n:
        raise ValueError(f"{len(w)} weights, but {n} labelled items")
    if not (np.isfinite(w) & (w > 0)).all():
        raise ValueError("weights are above 0")
    scaled: Floats = w / w.mean() if n else w
    return scaled


def _variance_of_mean(values: Floats, w: Floats) -> float:
    """Of a weighted mean as a ratio, by linearisation; with equal weights the variance over n."""
    left = w * (values - (w * values).mean())
    return float((left**2).sum()) / len(values) ** 2


def _best(y: Floats, f: Floats, u: Floats, w: Floats) -> float:
    """cov(Y, f) / ((1 + n / N) var f), with the variance over all items: the lambda of least variance, from 0 to 1.

    0 where predictions never differ: they say nothing then.
    """
    n, size = len(y), len(u)
    together = float((w * (y - (w * y).mean()) * w * (f - (w * f).mean())).mean())
    middle = float(np.concatenate([w * f, u]).mean())
    apart = (1 + n / size) * float(np.concatenate([w * (f - middle), u - middle]).var(ddof=1))
    return min(1.0, max(0.0, together / apart)) if apart > 0 else 0.0


def _estimate(value: float, variance: float, n: int) -> Estimate:
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * float(np.sqrt(max(variance, 0.0)))
    if half == 0:
        return Estimate(value, None, None, n, "all labelled items are the same, so there is no interval")
    return Estimate(value, value - half, value + half, n)
