"""How many items a comparison needs, and how small a difference it can see.

A difference of means over n items has the error s / sqrt(n), s the spread of the items' differences. It is found with
the given power at the given level (two-sided) if it is at least (z_a/2 + z_b) s / sqrt(n); the other way round,
n = (z_a/2 + z_b)^2 s^2 / delta^2. With K answers of each run to an item the spread is
omega^2 + s_A^2 / K_A + s_B^2 / K_B: between items, and within each run (Miller 2024, arXiv 2411.00640). For figures
that are no means (F1) the items' influences take the place of their differences.
"""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

from scipy import stats

from evaluation.stats.alike import fewest_alike
from evaluation.stats.types import LEVEL

POWER = 0.8
ALIKE_SO_FAR = "the two runs do not differ on any item; so many, all alike, are the least for the margin"


def reach(*, level: float = 1 - LEVEL, power: float = POWER) -> float:
    """z_a/2 + z_b: how many errors a difference must measure. 2.80 for 5% two-sided and 80%."""
    return float(stats.norm.ppf(1 - level / 2) + stats.norm.ppf(power))


def detectable(spread: float, items: int, *, power: float = POWER) -> float | None:
    """The smallest difference that as many items would show; None without items or spread.

    >>> round(detectable(0.1 ** 0.5, 1000), 4)
    0.028
    """
    return reach(power=power) * spread / sqrt(items) if items and spread > 0 else None


def items_needed(spread: float, difference: float, *, power: float = POWER) -> int | None:
    """How many items show a difference of that size; None where it or the spread is 0.

    >>> items_needed(1 / 3, 0.03)
    969
    """
    if not difference or spread <= 0:
        return None
    return ceil((reach(power=power) * spread / difference) ** 2)


def spread_of(*, between: float, within_a: float = 0.0, within_b: float = 0.0, k_a: int = 1, k_b: int = 1) -> float:
    """s from the variance between items, and of repeated answers of each run to one item."""
    return sqrt(between + within_a / k_a + within_b / k_b)


def paired_error(error_a: float, error_b: float, correlation: float) -> float:
    """The standard error of a difference on the same items: what the two have in common takes from it."""
    return sqrt(max(error_a**2 + error_b**2 - 2 * correlation * error_a * error_b, 0.0))


@dataclass(frozen=True)
class Outlook:
    """What more items would do, if the difference stays what it is now."""

    detectable: float | None  # the difference that as many items as now show four times of five
    needed: int | None  # items in all
    more: int | None
    to_show: str  # better, not_worse or worse; empty: nothing is left to show
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        content = {
            "detectable": self.detectable,
            "needed": self.needed,
            "more": self.more,
            "to_show": self.to_show,
            "level": round(1 - LEVEL, 10),
            "power": POWER,
        }
        return content | ({"reason": self.reason} if self.reason else {})


def outlook(*, verdict: str, difference: float | None, margin: float, spread: float, items: int) -> Outlook:
    """How many items would turn "cannot tell" into a verdict, or "not worse" into "better"."""
    seen = detectable(spread, items)
    if difference is None:
        return Outlook(None, None, None, "", "there is no difference to plan with")
    if verdict in ("better", "worse"):
        return Outlook(seen, None, 0, "", "it is settled")
    if spread <= 0 and verdict == "cannot_tell" and (least := fewest_alike(margin)):
        return Outlook(seen, least, max(least - items, 1), "not_worse", ALIKE_SO_FAR)
    if spread <= 0:
        return Outlook(seen, None, None, "", "the two runs do not differ on any item, so nothing says how far they may")
    if verdict == "not_worse":
        to_show, apart = "better", difference
        if difference <= 0:
            return Outlook(seen, None, 0, "", "it is settled: a difference like this one lies within the margin")
    else:
        to_show, apart = max(("not_worse", difference + margin), ("worse", -difference), key=lambda one: one[1])
    needed = items_needed(spread, apart) if apart > 0 else None
    if needed is None:
        return Outlook(seen, None, None, "", "without a margin no number of items shows that there is no difference")
    return Outlook(seen, needed, max(needed - items, 1), to_show)
