"""What a gate says of a run: each thing that was asked of it, passed, failed or not to be told, and what fell most."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from evaluation.stats.changes import LEVEL_OF_TESTS

FORMAT = 1
MOST_FALLS = 10


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNSURE = "cannot tell"


@dataclass(frozen=True)
class Check:
    """One thing that was asked."""

    group: str  # objective, baseline, bank, stress, run
    name: str
    outcome: Outcome
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        return {"group": self.group, "name": self.name, "outcome": str(self.outcome), "sentence": self.sentence}


@dataclass(frozen=True)
class Fall:
    """A label whose F1 is lower than the baseline's."""

    code: str
    name: str
    before: float | None
    after: float | None
    change: Mapping[str, Any]  # value, low, high, n
    support: int  # items that have it in gold
    is_sure: bool  # beyond chance: by its interval, and by its test corrected for the number of labels

    def as_dict(self) -> dict[str, Any]:
        return {
            "label": self.code, "name": self.name, "before": self.before, "after": self.after,
            "change": dict(self.change), "support": self.support, "is_sure": self.is_sure,
        }  # fmt: skip


@dataclass(frozen=True)
class GateReport:
    """All that was asked of a run on one split, and the outcome over it."""

    project: str
    run: str
    prompt: str  # empty: its predictions were imported
    golden: str
    split: str
    items: int
    is_simulated: bool
    checks: list[Check]
    figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # name: value, low, high, n
    baseline: str = ""
    baseline_figures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    falls: list[Fall] = field(default_factory=list)
    falls_left_out: int = 0  # beyond the most that are named
    lost_cases: list[str] = field(default_factory=list)  # of the bank, those that every role may see
    lost_cases_unnamed: int = 0
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    versions: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        found = {one.outcome for one in self.checks}
        if Outcome.FAILED in found:
            return Outcome.FAILED
        return Outcome.PASSED if found == {Outcome.PASSED} else Outcome.UNSURE

    def with_outcome(self, outcome: Outcome) -> list[Check]:
        return [one for one in self.checks if one.outcome == outcome]

    def as_dict(self) -> dict[str, Any]:
        return {
            "outcome": str(self.outcome),
            "project": self.project, "run": self.run, "prompt": self.prompt, "golden": self.golden,
            "split": self.split, "items": self.items, "is_simulated": self.is_simulated,
            "figures": dict(self.figures), "baseline": self.baseline, "baseline_figures": dict(self.baseline_figures),
            "checks": [one.as_dict() for one in self.checks],
            "falls": [one.as_dict() for one in self.falls], "falls_left_out": self.falls_left_out,
            "lost_cases": self.lost_cases, "lost_cases_unnamed": self.lost_cases_unnamed,
            "notes": self.notes, "seconds": self.seconds,
            "versions": {**self.versions, "gate": FORMAT}, "inputs": dict(self.inputs),
        }  # fmt: skip


def falls_of(labels: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]) -> list[Fall]:
    """The labels that are lower than before, those beyond chance first, then by how far they fell.

    `labels` as a comparison's report has them. A label of few items falls far by chance, so an interval alone, one of
    many, does not do.
    """
    fallen = [(code, one) for code, one in labels.items() if one["value"] is not None and one["value"] < 0]
    falls = [
        Fall(
            code, names.get(code, code), one["a"], one["b"],
            {name: one[name] for name in ("value", "low", "high", "n")}, one["support"], _is_sure(one),
        )
        for code, one in fallen
    ]  # fmt: skip
    return sorted(falls, key=lambda fall: (not fall.is_sure, fall.change["value"], fall.code))


def _is_sure(one: Mapping[str, Any]) -> bool:
    """Below 0 with its interval, not by chance after correction, and with more decisions broken than mended."""
    high, p = one["high"], one["p_adjusted"]
    if high is None or high >= 0 or p is None or p > LEVEL_OF_TESTS:
        return False
    broke, fixed = one["broke"], one["fixed"]  # counts of held-out items are not shown; then p is not either
    return broke is None or fixed is None or broke > fixed
