"""Sums by day, and the shares and means of the days of a window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import sqrt

from evaluation.stats.alerting import Reading
from evaluation.stats.intervals import wilson
from evaluation.stats.types import Estimate, undefined

NORMAL = 1.959963984540054  # the 97.5% point


@dataclass(frozen=True)
class Tally:
    """One day (UTC): how many, their sum, the sum of their squares."""

    day: date
    n: int
    total: float
    squares: float = 0.0


Of = Callable[[list[Tally], datetime], Reading]


def share_of(tallies: Sequence[Tally], at: datetime) -> Reading:
    """The share of what counted, with Wilson's interval."""
    n = sum(one.n for one in tallies)
    return Reading(wilson(round(sum(one.total for one in tallies)), n), at)


def mean_of(tallies: Sequence[Tally], at: datetime) -> Reading:
    """The mean with the normal interval of its standard error; none for a single one."""
    n, total = sum(one.n for one in tallies), sum(one.total for one in tallies)
    if not n:
        return Reading(undefined(0, "Nothing in the window has a cost."), at)
    mean = total / n
    if n == 1:
        return Reading(Estimate(mean, None, None, 1), at)
    variance = max(0.0, sum(one.squares for one in tallies) - n * mean * mean) / (n - 1)
    half = NORMAL * sqrt(variance / n)
    return Reading(Estimate(mean, mean - half, mean + half, n, method="normal interval of the mean"), at)


def rolled(tallies: Sequence[Tally], since: datetime, until: datetime, *, days: int, of: Of) -> list[Reading]:
    """A reading at the end of each day, over the days of the window that ends with it; with the one before."""
    by_day = {one.day: one for one in tallies}
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    found: list[Reading] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        window = [by_day[one] for one in (day - timedelta(days=back) for back in range(days)) if one in by_day]
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        reading = of(window, min(end, until))
        previous = found[-1].figure.value if found else None
        found.append(Reading(reading.figure, reading.as_of, previous, reading.note))
    return found
