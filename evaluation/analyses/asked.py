"""What an analysis is given, and what it must offer. The kinds are listed in `evaluation.analyses`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Protocol

from evaluation.queries.pairing import Paired
from evaluation.stats.resampling import METHODS
from reviewapp.common.errors import Refused


@dataclass(frozen=True)
class Resampling:
    """How intervals are drawn."""

    resamples: int = 1000
    seed: int = 0
    method: str = "bca"
    clusters: str = ""  # an attribute: items with one value of it are drawn together

    def __post_init__(self) -> None:
        if not 0 <= self.resamples <= 100_000 or self.seed < 0:
            raise Refused("Resamples are between 0 and 100,000, and the seed is not below 0.")
        if self.method not in METHODS:
            raise Refused(f"Intervals are {' or '.join(METHODS)}, not “{self.method}”.")


STANDARD = Resampling()


@dataclass(frozen=True)
class Asked:
    """One analysis of a run on a split, texts included."""

    paired: Paired
    parameters: Mapping[str, Any] = field(default_factory=dict)
    resampling: Resampling = STANDARD


class Kind(Protocol):
    """A module of `evaluation.analyses`. `redact` and `members` are optional."""

    DEFAULTS: dict[str, Any]  # parameters and their defaults; others are refused
    FORMAT: int  # goes up when the report of the same inputs changes

    def compute(self, asked: Asked) -> dict[str, Any]:
        """The report: JSON, figures as {value, low, high, n}, and no ids of items."""
        ...

    def table(self, report: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of its CSV."""
        ...


def settled(kind: Kind, parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """The parameters with defaults filled in, each of its default's type; Refused for what the kind does not know."""
    given = dict(parameters or {})
    if unknown := sorted(set(given) - set(kind.DEFAULTS)):
        raise Refused(f"This analysis has no parameter “{unknown[0]}”. It has: {', '.join(kind.DEFAULTS) or 'none'}.")
    return {name: _like(default, given.get(name, default), name) for name, default in kind.DEFAULTS.items()}


def _like(default: Any, value: Any, name: str) -> Any:
    if isinstance(default, list):
        return value if isinstance(value, list) else [part for part in str(value).split(",") if part]
    if isinstance(default, bool):
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true", "yes", "on")
    try:
        found = type(default)(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"“{value}” is no {name}.") from error
    if isinstance(found, float) and not isfinite(found):
        raise Refused(f"“{value}” is no {name}.")  # no JSON holds it
    return found
