"""What a comparison of two runs says: of averages, labels, slices, and of what was declared beforehand."""

from dataclasses import dataclass, replace
from typing import Any

from evaluation.stats.mcnemar import McNemar
from evaluation.stats.power import Outlook
from evaluation.stats.scores import ZERO_DIVISION
from evaluation.stats.types import LEVEL, Estimate, Resampled

LEVEL_OF_TESTS = round(1 - LEVEL, 10)


@dataclass(frozen=True)
class Family:
    """The labels (codes) and slices (attribute, value) that were chosen before looking, beside micro F1."""

    labels: tuple[str, ...] = ()
    slices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Difference:
    """B minus A, with its interval and the p of no difference."""

    estimate: Estimate
    p: float | None

    def as_dict(self) -> dict[str, Any]:
        return {**self.estimate.as_dict(), "p": self.p}


@dataclass(frozen=True)
class Change:
    """One label: F1 of both, their difference, and on how many items just one of them decided it rightly."""

    a: float | None
    b: float | None
    estimate: Estimate
    support: int
    test: McNemar | None  # None: nobody chose the label
    p_adjusted: float | None  # over all labels

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.estimate.as_dict(),
            "a": self.a,
            "b": self.b,
            "support": self.support,
            "fixed": self.test.second if self.test else 0,
            "broke": self.test.first if self.test else 0,
            "p": self.test.p if self.test else None,
            "p_adjusted": self.p_adjusted,
            "test": self.test.method if self.test else None,
        }


@dataclass(frozen=True)
class SliceChange:
    """The items with one value of an attribute: micro F1 of both, and their difference."""

    a: float | None
    b: float | None
    estimate: Estimate
    exact: McNemar
    p: float | None
    p_adjusted: float | None  # over all slices

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.estimate.as_dict(),
            "a": self.a,
            "b": self.b,
            "fixed": self.exact.second,
            "broke": self.exact.first,
            "p": self.p,
            "p_adjusted": self.p_adjusted,
        }


@dataclass(frozen=True)
class Member:
    """One of the declared: corrected together with the others."""

    kind: str  # overall, label or slice
    name: str  # the measure, the label's code or the attribute
    value: str  # of the attribute
    estimate: Estimate
    p: float | None
    change: Change | None = None
    p_adjusted: float | None = None

    def corrected(self, p: float) -> "Member":
        return replace(self, p_adjusted=p)

    @property
    def finding(self) -> str:
        """better or worse where that is not chance after correction, else empty.

        A label's test counts right decisions and not F1; it finds something only where the two point the same way.
        """
        value = self.estimate.value
        if self.p_adjusted is None or self.p_adjusted > LEVEL_OF_TESTS or not value:
            return ""
        if self.change and self.change.test:
            more = self.change.test.second - self.change.test.first
            if more * value <= 0:
                return ""
        return "better" if value > 0 else "worse"

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "of": self.value,
            **self.estimate.as_dict(),
            "p": self.p,
            "p_adjusted": self.p_adjusted,
            "finding": self.finding,
        }


@dataclass(frozen=True)
class Comparison:
    """Run B against run A."""

    n: int
    unanswered: tuple[int, int]
    a: dict[str, Estimate]
    b: dict[str, Estimate]
    diff: dict[str, Difference]
    labels: dict[str, Change]
    slices: dict[str, dict[str, SliceChange]]
    exact: McNemar
    both_right: int
    family: list[Member]
    decided_by: list[Member]
    verdict: str
    margin: float
    outlook: Outlook
    swaps: int
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "unanswered": {"a": self.unanswered[0], "b": self.unanswered[1]},
            "a": {name: value.as_dict() for name, value in self.a.items()},
            "b": {name: value.as_dict() for name, value in self.b.items()},
            "diff": {name: value.as_dict() for name, value in self.diff.items()},
            "labels": {code: value.as_dict() for code, value in self.labels.items()},
            "slices": {
                name: {value: found.as_dict() for value, found in values.items()}
                for name, values in self.slices.items()
            },
            "exact": {**self.exact.as_dict(), "both": self.both_right, "neither": self._neither},
            "family": {
                "correction": "Holm",
                "level": LEVEL_OF_TESTS,
                "members": [member.as_dict() for member in self.family],
                "worse": sum(member.finding == "worse" and member.kind != "overall" for member in self.family),
                "decided_by": [member.as_dict() for member in self.decided_by],
            },
            "verdict": self.verdict,
            "margin": self.margin,
            "power": self.outlook.as_dict(),
            "swaps": self.swaps,
            "interval": self.resampled.as_dict(),
            "zero_division": ZERO_DIVISION,
        }

    @property
    def _neither(self) -> int:
        return self.n - self.both_right - self.exact.first - self.exact.second
