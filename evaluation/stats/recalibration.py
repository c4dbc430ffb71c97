"""Maps from stated confidences to chances that hold, and what they bring when fitted on other items.

    Platt        chance = 1 / (1 + exp(-(a * logit(confidence) + b)))            (Platt 1999, on log-odds)
    temperature  chance = 1 / (1 + exp(-logit(confidence) / t))                  (Guo et al. 2017)
    isotonic     the non-decreasing steps with the least squared error           (Zadrozny & Elkan 2002)

Isotonic steps need many decisions: under `FEW` they follow the noise, so the best of the other two is recommended.
What a map brings is measured on folds it was not fitted on, and all labels of an item are in one fold.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from evaluation.stats.calibration import Calibration, calibration
from evaluation.stats.decisions import Decisions
from evaluation.stats.intervals import Plan
from evaluation.stats.resampling import Floats

WAYS = ("platt", "temperature", "isotonic")
FEW = 1000
FOLDS = 5
EDGE = 1e-6  # log-odds of 0 and 1 have no end


@dataclass(frozen=True)
class Map:
    """A fitted way: its parameters are numbers, so that a file of JSON keeps it."""

    way: str
    parameters: dict[str, Any]

    def __call__(self, confidence: Floats) -> Floats:
        """Stated confidences as chances."""
        odds = log_odds(confidence)
        if self.way == "platt":
            return np.asarray(expit(self.parameters["a"] * odds + self.parameters["b"]))
        if self.way == "temperature":
            return np.asarray(expit(odds / self.parameters["t"]))
        return np.asarray(np.interp(confidence, self.parameters["x"], self.parameters["y"]))


@dataclass(frozen=True)
class Recalibrated:
    """What the ways bring on items they were not fitted on."""

    before: Calibration | None
    after: dict[str, Calibration]
    maps: dict[str, Map]  # fitted on all items, to be used elsewhere
    recommended: str
    reason: str  # why that one, or why none

    def as_dict(self) -> dict[str, Any]:
        measures = ("ece_width", "ece_mass", "brier", "log_loss")

        def short(found: Calibration) -> dict[str, Any]:
            return {name: found.measures[name].as_dict() for name in measures}

        return {
            "before": short(self.before) if self.before else None,
            "after": {way: short(found) for way, found in self.after.items()},
            "maps": {way: found.parameters for way, found in self.maps.items()},
            "recommended": self.recommended,
            "reason": self.reason,
            "folds": FOLDS,
        }


def log_odds(confidence: Floats) -> Floats:
    return np.asarray(logit(np.clip(confidence, EDGE, 1 - EDGE)))


def fit(way: str, confidence: Floats, right: Floats) -> Map:
    """Fit one way; ValueError for an unknown one, or if all were right or all wrong."""
    if way not in WAYS:
        raise ValueError(f"the way is one of {', '.join(WAYS)}, not {way}")
    if not 0 < right.sum() < len(right):
        raise ValueError("a map needs decisions that were right and some that were wrong")
    odds = log_odds(confidence)
    if way == "platt":
        if np.ptp(odds) == 0:  # nothing to tell decisions apart by: the same chance for all
            return Map(way, {"a": 0.0, "b": float(logit(right.mean()))})
        model = LogisticRegression(C=1e6, max_iter=1000).fit(odds[:, None], right)
        return Map(way, {"a": float(model.coef_[0, 0]), "b": float(model.intercept_[0])})
    if way == "temperature":

        def loss(log_t: float) -> float:
            scaled = odds / np.exp(log_t)
            return float(np.mean(np.logaddexp(0, scaled) - right * scaled))

        best = minimize_scalar(loss, bounds=(-4, 4), method="bounded", options={"xatol": 1e-8})
        return Map(way, {"t": float(np.exp(best.x))})
    steps = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(confidence, right)
    return Map(way, {"x": steps.X_thresholds_.tolist(), "y": steps.y_thresholds_.tolist()})


def recalibrated(found: Decisions, *, plan: Plan | None = None) -> Recalibrated:
    """Each way fitted on four fifths of the items and measured on the last fifth, five times round."""
    plan = plan or Plan()
    groups = len(np.unique(found.item))
    if groups < 2 * FOLDS:
        return Recalibrated(None, {}, {}, "", f"a map needs at least {2 * FOLDS} items with stated confidences")
    if not 0 < found.right.sum() < found.count:
        return Recalibrated(None, {}, {}, "", "all decisions were right, or all wrong: there is nothing to fit")
    folds = GroupKFold(FOLDS, shuffle=True, random_state=plan.seed)
    parts = list(folds.split(found.confidence[:, None], groups=found.item))
    if any(not 0 < found.right[taught].sum() < len(taught) for taught, _ in parts):
        return Recalibrated(None, {}, {}, "", "too few decisions were wrong, or right, to fit on parts of them")
    after = {}
    for way in WAYS:
        chance = np.empty(found.count)
        for taught, asked in parts:
            chance[asked] = fit(way, found.confidence[taught], found.right[taught])(found.confidence[asked])
        moved = Decisions(found.items, found.item, chance, found.right, found.label, found.gold, found.unstated)
        after[way] = calibration(moved, plan=plan)
    allowed = WAYS if found.count >= FEW else WAYS[:2]
    losses = {way: after[way].measures["log_loss"].value or 0.0 for way in allowed}
    best = min(allowed, key=lambda way: losses[way])
    reason = "the least log loss on items it was not fitted on"
    if found.count < FEW:
        reason += f"; isotonic is left out under {FEW:,} decisions, where it follows the noise"
    return Recalibrated(
        before=calibration(found, plan=plan),
        after=after,
        maps={way: fit(way, found.confidence, found.right) for way in WAYS},
        recommended=best,
        reason=reason,
    )
