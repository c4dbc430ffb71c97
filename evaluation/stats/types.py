"""The shapes that every measure comes in: a value with its interval and n, or a reason why there is none."""

from dataclasses import dataclass
from typing import Any

LEVEL = 0.95
METHODS = {"percentile": "percentile bootstrap over items", "bca": "BCa bootstrap over items"}


@dataclass(frozen=True)
class Estimate:
    """A measure with its 95% interval. `value` None is undefined and says why; `low` and `high` None: no interval.

    `method` is said only where the interval is not of the kind its report names.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str = ""
    method: str = ""

    def as_dict(self) -> dict[str, Any]:
        content: dict[str, Any] = {"value": self.value, "low": self.low, "high": self.high, "n": self.n}
        content |= {"reason": self.reason} if self.reason else {}
        return content | ({"method": self.method} if self.method else {})


def undefined(n: int, reason: str) -> Estimate:
    return Estimate(None, None, None, n, reason)


@dataclass(frozen=True)
class Resampled:
    """How intervals were drawn; part of every report."""

    resamples: int
    seed: int
    method: str = "percentile"
    strata: int = 0  # 0: not within strata
    clusters: int = 0  # 0: items, not clusters of them

    def as_dict(self) -> dict[str, Any]:
        content = {"method": METHODS[self.method], "resamples": self.resamples, "level": LEVEL, "seed": self.seed}
        content |= {"strata": self.strata} if self.strata else {}
        return content | ({"clusters": self.clusters} if self.clusters else {})
