"""The shapes that every measure comes in: a value with its interval and n, or a reason why there is none."""

from dataclasses import dataclass
from typing import Any

LEVEL = 0.95
METHOD = "percentile bootstrap over items"


@dataclass(frozen=True)
class Estimate:
    """A measure with its 95% interval. `value` None is undefined and says why; `low` and `high` None: no interval."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        content: dict[str, Any] = {"value": self.value, "low": self.low, "high": self.high, "n": self.n}
        return content | ({"reason": self.reason} if self.reason else {})


def undefined(n: int, reason: str) -> Estimate:
    return Estimate(None, None, None, n, reason)


@dataclass(frozen=True)
class Resampled:
    """How intervals were drawn; part of every report."""

    resamples: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        return {"method": METHOD, "resamples": self.resamples, "level": LEVEL, "seed": self.seed}
