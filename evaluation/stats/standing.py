"""Where figures stand against what was asked of them, by their intervals and not by the points alone.

A minimum is met where the whole interval is at or above it, missed where all of it is below, else it cannot be told.
Intervals narrow with the square root of the number of items, which says about how many more would settle it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor, log10
from typing import Any

from evaluation.stats.types import LEVEL, Estimate

MOST_TIMES = 100  # beyond so many times the items no number is worth saying


class Verdict(StrEnum):
    MET = "met"
    MISSED = "missed"
    UNSURE = "cannot tell yet"
    UNMEASURED = "not measured"


@dataclass(frozen=True)
class Requirement:
    """One figure and what is asked of it."""

    name: str
    figure: Estimate
    tolerance: float
    is_least: bool = True  # else the figure may be at most the tolerance
    is_exact: bool = False  # counted, not estimated: needs no interval
    is_money: bool = False
    trials: int | None = None  # decisions behind a ratio, where they are not its n


@dataclass(frozen=True)
class Judged:
    """A requirement with its verdict."""

    asked: Requirement
    verdict: Verdict
    low: float | None
    high: float | None
    more: int | None  # about so many more of what the figure counts would settle it

    @property
    def sentence(self) -> str:
        asked = self.asked
        bar = f"{'at least' if asked.is_least else 'at most'} {_said(asked.tolerance, asked)}"
        if self.verdict == Verdict.UNMEASURED:
            return f"{asked.name}: not measured, {bar} is asked. {asked.figure.reason}".strip()
        value = _said(asked.figure.value, asked)
        between = (
            "" if self.low is None or asked.is_exact else f" [{_said(self.low, asked)}, {_said(self.high, asked)}]"
        )
        text = f"{asked.name}: {self.verdict}, {value}{between} where {bar} is asked."
        if self.verdict != Verdict.UNSURE:
            return text
        if self.low is None:
            return f"{text} It has no interval{f': {asked.figure.reason}' if asked.figure.reason else ''}."
        return f"{text} About {self.more:,} more would settle it." if self.more else f"{text} It is too close to call."

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.asked.name,
            "verdict": str(self.verdict),
            "tolerance": self.asked.tolerance,
            "bound": "least" if self.asked.is_least else "most",
            "figure": self.asked.figure.as_dict() | {"low": self.low, "high": self.high},
            "more": self.more,
            "sentence": self.sentence,
        }


@dataclass(frozen=True)
class Standing:
    """All requirements, and the verdict over them."""

    judged: list[Judged]
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        return {"verdict": str(self.verdict), "requirements": [one.as_dict() for one in self.judged]}


def stand(requirements: Sequence[Requirement]) -> Standing:
    """Missed if anything is missed; cannot tell if anything is unsure or was not measured; met only if all of it is."""
    judged = [judge(one) for one in requirements]
    found = {one.verdict for one in judged}
    if Verdict.MISSED in found:
        verdict = Verdict.MISSED
    elif found in ({Verdict.UNMEASURED}, set()):
        verdict = Verdict.UNMEASURED
    else:
        verdict = Verdict.MET if found == {Verdict.MET} else Verdict.UNSURE
    return Standing(judged, verdict)


def judge(asked: Requirement) -> Judged:
    value = asked.figure.value
    if value is None:
        return Judged(asked, Verdict.UNMEASURED, None, None, None)
    low, high = (value, value) if asked.is_exact else _bounds(asked)
    if low is None or high is None:
        return Judged(asked, Verdict.UNSURE, None, None, None)
    if (low >= asked.tolerance) if asked.is_least else (high <= asked.tolerance):
        return Judged(asked, Verdict.MET, low, high, None)
    if (high < asked.tolerance) if asked.is_least else (low > asked.tolerance):
        return Judged(asked, Verdict.MISSED, low, high, None)
    return Judged(asked, Verdict.UNSURE, low, high, _more(asked, value, low, high))


def _bounds(asked: Requirement) -> tuple[float | None, float | None]:
    """The interval; where all or none were right resampling sees no doubt, so the exact binomial bound stands in."""
    low, high, value = asked.figure.low, asked.figure.high, asked.figure.value
    trials = asked.figure.n if asked.trials is None else asked.trials
    if low is None or high is None or low < high or value not in (0.0, 1.0) or trials < 1:
        return low, high
    edge = ((1 - LEVEL) / 2) ** (1 / trials)
    return (edge, 1.0) if value == 1.0 else (0.0, 1 - edge)


def _more(asked: Requirement, value: float, low: float, high: float) -> int | None:
    n = asked.figure.n if asked.trials is None else asked.trials
    gap = abs(value - asked.tolerance)
    half = (value - low) if value >= asked.tolerance else (high - value)
    if value in (0.0, 1.0) and half <= 0:
        half = high - low
    if not gap or half <= gap or half > gap * MOST_TIMES**0.5:
        return None
    return _rounded_up(n * ((half / gap) ** 2 - 1))


def _rounded_up(number: float) -> int:
    """To two digits, upwards: it is an estimate of an estimate."""
    unit = int(10 ** max(floor(log10(max(number, 1))) - 1, 0))
    return max(ceil(number / unit) * unit, 1)


def _said(value: float | None, asked: Requirement) -> str:
    if value is None:
        return "–"
    return f"${value:.4f}" if asked.is_money else f"{value:.3f}"
