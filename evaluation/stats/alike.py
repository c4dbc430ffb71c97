"""What is known of a mean when all values seen were the same: resampling repeats them and sees no doubt.

n items all had the value v, and each item's lies between `least` and `most`. If a share q of all items had v, n of n
would be seen with probability q^n, so with 97.5% certainty at most u = 1 - 0.025^(1/n) are unlike the ones seen
(Clopper & Pearson 1934; with 95% u is about 3 / n, the rule of three: Hanley & Lippman-Hand 1983). Wherever the unlike
ones lie, the mean is between

    (1 - u) v + u least    and    (1 - u) v + u most

A share of 0 or 1 so has its exact interval, and a paired difference of 0 lies within -u and u.
"""

from dataclasses import dataclass
from math import ceil, log, log1p

from evaluation.stats.types import LEVEL

ALIKE = "every item has the same value, so resampling cannot say how far it varies"
EXACT = "exact"
TAIL = (1 - LEVEL) / 2


@dataclass(frozen=True)
class Alike:
    """How many items (or clusters) a figure speaks of, and between what the value of each lies."""

    units: float
    least: float = 0.0
    most: float = 1.0

    def interval(self, value: float) -> tuple[float, float] | None:
        """The interval where all of them had that value; None without any."""
        return interval_of_alike(value, self.units, least=self.least, most=self.most)


def most_unlike(units: float) -> float:
    """u, the largest share of items unlike so many that were all alike; ValueError for none.

    >>> round(most_unlike(4), 4), round(most_unlike(100), 4)
    (0.6024, 0.0362)
    """
    if units <= 0:
        raise ValueError(f"some item has to be seen, not {units}")
    return 1.0 - float(TAIL ** (1 / units))


def interval_of_alike(
    value: float, units: float, *, least: float = 0.0, most: float = 1.0
) -> tuple[float, float] | None:
    """The 95% interval of a mean, all of whose `units` values were `value`; None without any, ValueError outside.

    >>> [round(end, 4) for end in interval_of_alike(1.0, 3)]
    [0.2924, 1.0]
    """
    if units <= 0:
        return None
    if not least - 1e-9 <= value <= most + 1e-9:
        raise ValueError(f"a value is between {least} and {most}, not {value}")
    unlike = most_unlike(units)
    return max((1 - unlike) * value + unlike * least, least), min((1 - unlike) * value + unlike * most, most)


def fewest_alike(room: float) -> int | None:
    """How many items, all alike, leave at most a share of `room` unlike; None where no number does.

    >>> fewest_alike(0.05), fewest_alike(0.02), fewest_alike(0.0)
    (72, 183, None)
    """
    if room <= 0:
        return None
    return 1 if room >= 1 - TAIL else ceil(log(TAIL) / log1p(-room) - 1e-9)
