"""Does a run bear disturbed texts? Micro F1 at rising strength beside the clean, and where it leaves the tolerance.

The same items are answered clean and disturbed, so the drop is a paired difference: both on the same resamples, as in
`evaluation.stats.compare`. Flips of counterfactual texts and obeyed injections are shares with Wilson's interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.stats.compare import compare
from evaluation.stats.intervals import Plan, wilson
from evaluation.stats.types import Estimate, Resampled

__all__ = ["AtStrength", "Breakdown", "Flips", "Obeyed", "Robustness", "flips", "obeyed", "robustness"]

EDGE = 1e-9  # a drop this near the tolerance has not exceeded it: 0.9 - 0.85 is a little more than 0.05
NEVER = "no strength that was run exceeds the tolerance"
NEVER_CERTAIN = "at no strength that was run is the whole interval of the drop above the tolerance"
NOTHING_RUN = "no strength was run"
UNDEFINED = "the drop is undefined at every strength"
NO_INTERVAL = "the drop has no interval at any strength"


@dataclass(frozen=True)
class AtStrength:
    """The disturbed items at one strength: their micro F1, and how far it lies below that of the clean ones."""

    strength: int
    f1: Estimate
    drop: Estimate  # clean less disturbed: above 0 is a loss
    unanswered: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "strength": self.strength,
            "micro_f1": self.f1.as_dict(),
            "drop": self.drop.as_dict(),
            "unanswered": self.unanswered,
        }


@dataclass(frozen=True)
class Breakdown:
    """The smallest strength whose drop exceeds the tolerance; None says why there is none."""

    strength: int | None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"strength": self.strength} | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True)
class Robustness:
    """One kind of disturbance: clean, and at each strength."""

    n: int
    unanswered: int  # of the clean items
    clean: Estimate
    strengths: tuple[AtStrength, ...]
    tolerance: float
    breakdown: Breakdown  # by the drop itself
    certain: Breakdown  # by the lower bound of its interval
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "unanswered": self.unanswered,
            "clean": self.clean.as_dict(),
            "strengths": [one.as_dict() for one in self.strengths],
            "tolerance": self.tolerance,
            "breakdown": self.breakdown.as_dict(),
            "breakdown_certain": self.certain.as_dict(),
            "interval": self.resampled.as_dict(),
        }


def robustness(
    *,
    gold: Sequence[frozenset[str]],
    clean: Sequence[frozenset[str] | None],
    disturbed: Mapping[int, Sequence[frozenset[str] | None]],
    codes: Sequence[str],
    tolerance: float = 0.05,
    resamples: int = 1000,
    seed: int = 0,
    plan: Plan | None = None,
) -> Robustness:
    """The drop at each strength, all sequences in the order of the same items; None is an item without an answer.

    A `plan` with strata and clusters takes the place of `resamples` and `seed`. ValueError for a tolerance below 0 or
    sequences of different lengths.
    """
    if not tolerance >= 0:
        raise ValueError(f"the tolerance is a loss of F1, 0 or more, not {tolerance}")
    plan = plan or Plan(resamples, seed)
    found = []
    for strength, answers in sorted(disturbed.items()):
        both = compare(gold=gold, a=clean, b=answers, codes=codes, swaps=0, plan=plan)
        drop = _turned(both.diff["micro_f1"].estimate)
        found.append(AtStrength(strength, both.b["micro_f1"], drop, both.unanswered[1]))
    itself = compare(gold=gold, a=clean, b=clean, codes=codes, swaps=0, plan=plan)
    return Robustness(
        n=len(gold),
        unanswered=itself.unanswered[0],
        clean=itself.a["micro_f1"],
        strengths=tuple(found),
        tolerance=tolerance,
        breakdown=_first({one.strength: one.drop.value for one in found}, tolerance, NEVER, UNDEFINED),
        certain=_first({one.strength: one.drop.low for one in found}, tolerance, NEVER_CERTAIN, NO_INTERVAL),
        resampled=plan.resampled(len(gold)),
    )


def _turned(found: Estimate) -> Estimate:
    """The same difference taken the other way round."""
    value, low, high = (None if one is None else 0.0 - one for one in (found.value, found.high, found.low))
    return Estimate(value, low, high, found.n, found.reason, found.method)


def _first(figures: Mapping[int, float | None], tolerance: float, never: str, unknown: str) -> Breakdown:
    """The first strength above the tolerance."""
    for strength, figure in figures.items():
        if figure is not None and figure > tolerance + EDGE:
            return Breakdown(strength)
    if not figures:
        return Breakdown(None, NOTHING_RUN)
    return Breakdown(None, unknown if all(figure is None for figure in figures.values()) else never)


@dataclass(frozen=True)
class Flips:
    """Items whose answer changed with a text that should not change it."""

    share: Estimate
    flipped: int
    unanswered: int  # pairs without an answer on one side: not in the share
    labels: dict[str, int]  # how many answers each label came into or went out of

    def as_dict(self) -> dict[str, Any]:
        return {
            "share": self.share.as_dict(),
            "flipped": self.flipped,
            "unanswered": self.unanswered,
            "labels": self.labels,
        }


def flips(original: Sequence[frozenset[str] | None], counterfactual: Sequence[frozenset[str] | None]) -> Flips:
    """The share of pairs whose label sets differ, with Wilson's interval. ValueError for different lengths."""
    pairs = [
        (one, other)
        for one, other in zip(original, counterfactual, strict=True)
        if one is not None and other is not None
    ]
    moved = [one ^ other for one, other in pairs if one != other]
    labels: dict[str, int] = {}
    for code in sorted(code for difference in moved for code in difference):
        labels[code] = labels.get(code, 0) + 1
    return Flips(wilson(len(moved), len(pairs)), len(moved), len(original) - len(pairs), labels)


@dataclass(frozen=True)
class Obeyed:
    """How often an injected text had its way, in all and by what it wanted or how it came."""

    rate: Estimate
    obeyed: int
    unanswered: int
    groups: dict[str, Estimate]

    def as_dict(self) -> dict[str, Any]:
        return {
            "rate": self.rate.as_dict(),
            "obeyed": self.obeyed,
            "unanswered": self.unanswered,
            "groups": {name: found.as_dict() for name, found in self.groups.items()},
        }


def obeyed(outcomes: Sequence[bool | None], groups: Sequence[str] | None = None) -> Obeyed:
    """The share of cases that were obeyed, with Wilson's interval; None is a case without an answer, left out.

    `groups` names the aim or the carrier of each case. ValueError if it is of another length.
    """
    names = [""] * len(outcomes) if groups is None else list(groups)
    known = [(name, one) for name, one in zip(names, outcomes, strict=True) if one is not None]
    by_group = {}
    for name in sorted(set(names)) if groups is not None else ():
        own = [one for group, one in known if group == name]
        by_group[name] = wilson(sum(own), len(own))
    total = sum(one for _, one in known)
    return Obeyed(wilson(total, len(known)), total, len(outcomes) - len(known), by_group)
