"""What the server says, as typed rows. Each keeps the whole answer in `raw`, so nothing that is new there is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval; `value` None is undefined and says why."""

    value: float | None
    low: float | None
    high: float | None
    n: int | None
    reason: str = ""

    @classmethod
    def read(cls, told: Json) -> "Estimate":
        return cls(told["value"], told.get("low"), told.get("high"), told.get("n"), told.get("reason") or "")

    def __str__(self) -> str:
        if self.value is None:
            return f"not known ({self.reason})" if self.reason else "not known"
        between = "" if self.low is None or self.high is None else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.value:.3f}{between}, n {self.n}"


@dataclass(frozen=True)
class Release:
    """A frozen edition of the agreed answers; `name` is like pilot@1."""

    id: str
    name: str
    digest: str
    raw: Json = field(repr=False)

    @classmethod
    def read(cls, told: Json) -> "Release":
        return cls(told["id"], told["name"], told["digest"], told)


@dataclass(frozen=True)
class GoldEntry:
    """The agreed labels of an item, with the item as it was labelled. No labels: none applies."""

    item: str
    labels: tuple[str, ...]
    name: str
    texts: tuple[str, ...]
    attributes: Mapping[str, str]
    raw: Json = field(repr=False)

    @classmethod
    def read(cls, told: Json) -> "GoldEntry":
        content = told["content"]
        texts = tuple(one["text"] for one in content["documents"])
        return cls(told["item"], tuple(told["labels"]), content["name"], texts, content["attributes"], told)

    @property
    def text(self) -> str:
        """All its texts, a blank line between."""
        return "\n\n".join(self.texts)


@dataclass(frozen=True)
class Prediction:
    """What your pipeline says of an item; labels are codes, each with a confidence if it states one."""

    item: str
    labels: Mapping[str, float | None] | tuple[str, ...] | list[str]
    cost: float | None = None  # dollars
    latency_ms: int | None = None
    model: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)  # a quote by code

    def row(self) -> dict[str, Any]:
        stated = self.labels if isinstance(self.labels, Mapping) else dict.fromkeys(self.labels)
        labels = [
            {"code": code}
            | ({} if confidence is None else {"confidence": confidence})
            | ({"evidence": self.evidence[code]} if code in self.evidence else {})
            for code, confidence in stated.items()
        ]
        beside = {"cost": self.cost, "latency_ms": self.latency_ms, "model": self.model or None}
        said = {name: value for name, value in beside.items() if value is not None}
        return {"item": self.item, "labels": labels, **said}


@dataclass(frozen=True)
class Run:
    """A run; `is_over` once it can be scored."""

    id: str
    name: str
    state: str
    total: int
    raw: Json = field(repr=False)

    @classmethod
    def read(cls, told: Json) -> "Run":
        return cls(told["id"], told["name"], told["state"], told["total"], told)

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "cancelled")


@dataclass(frozen=True)
class Evaluation:
    """A run scored on a split."""

    id: str
    run: str
    split: str
    report: Json = field(repr=False)
    raw: Json = field(repr=False)

    @classmethod
    def read(cls, told: Json) -> "Evaluation":
        return cls(told["id"], told["run_name"], told["split"], told["report"], told)

    def f1(self, average: str = "micro") -> Estimate:
        """F1 by an average: micro, macro, weighted or samples."""
        return Estimate.read(self.report[average]["f1"])

    def label(self, code: str) -> Estimate:
        """F1 of a label."""
        return Estimate.read(self.report["labels"][code]["f1"])


@dataclass(frozen=True)
class Comparison:
    """Run b against run a; `verdict` is better, not_worse, worse or cannot_tell."""

    id: str
    verdict: str
    report: Json = field(repr=False)
    raw: Json = field(repr=False)

    @classmethod
    def read(cls, told: Json) -> "Comparison":
        return cls(told["id"], told["verdict"], told["report"], told)

    @property
    def difference(self) -> Estimate:
        """Of micro F1, b minus a."""
        return Estimate.read(self.report["diff"]["micro_f1"])


@dataclass(frozen=True)
class Gate:
    """Is the run good enough? `verdict` is pass, fail or cannot_tell as the server says it; `reasons` why not."""

    verdict: str
    reasons: tuple[str, ...]
    raw: Json = field(repr=False)

    @classmethod
    def read(cls, told: Json) -> "Gate":
        return cls(told["verdict"], tuple(told["reasons"]), told)
