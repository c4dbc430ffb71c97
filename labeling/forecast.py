"""When a round will be done: what is left day by day, the pace, and the day it ends if that pace holds.

Answers are counted by whole days. The pace is a Poisson rate; its interval is the exact one of Garwood (1936). The
end is predicted from the waiting time for the answers that are left: with X answers in S days, the time T for R more
has (T / R) / (S / X) ~ F(2R, 2X) (Nelson 1982, chapter 6; Hahn & Meeker 1991, chapter 7). Days differ more than a
Poisson count does where raters come and go, so the interval is the narrowest that is honest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, isfinite

from scipy import special

ACTIVE_DAYS = 7  # the pace is that of the last so many days with answers
LEAST_DAYS = 2  # ... and undefined with fewer
LEVEL = 0.95
FARTHEST = 3650  # days; an end later than this is as good as none


@dataclass(frozen=True)
class Left:
    """How many seats were still without an answer at the end of a day."""

    day: date
    seats: int


@dataclass(frozen=True)
class Rate:
    """Answers a day with a 95% interval; `n` is the number of days they were counted on. Undefined has a reason."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str = ""


@dataclass(frozen=True)
class Forecast:
    """The day the last seat is expected in, and between which days with 95%; None where it cannot be said."""

    pace: Rate
    end: date | None
    earliest: date | None
    latest: date | None  # None with an `end`: later than anybody plans
    reason: str = ""


def burn_down(*, seats: int, answers: Mapping[date, int], opened: date, today: date) -> list[Left]:
    """What was left at the end of each day from the opening to today, of the seats there are now.

    >>> monday = date(2024, 1, 1)
    >>> [left.seats for left in burn_down(seats=10, answers={monday: 4}, opened=monday, today=date(2024, 1, 3))]
    [6, 6, 6]
    """
    first = min([opened, *answers], default=opened)
    left, days = seats, []
    for number in range((max(today, first) - first).days + 1):
        day = first + timedelta(days=number)
        left -= answers.get(day, 0)
        days.append(Left(day, max(left, 0)))
    return days


def pace(answers: Mapping[date, int], *, today: date) -> Rate:
    """Answers per active day over the last 7 whole days that had any. Today is not over, so it does not count.

    X answers in k days: X / k, from chi2(0.025; 2X) / 2k to chi2(0.975; 2X + 2) / 2k (Garwood 1936).
    """
    days = _active(answers, today=today)
    if len(days) < LEAST_DAYS:
        return Rate(None, None, None, len(days), f"needs {LEAST_DAYS} whole days with answers")
    total, k = sum(answers[day] for day in days), len(days)
    low = float(special.gammaincinv(total, (1 - LEVEL) / 2)) / k
    high = float(special.gammaincinv(total + 1, (1 + LEVEL) / 2)) / k
    return Rate(total / k, low, high, k)


def forecast(*, left: int, answers: Mapping[date, int], today: date) -> Forecast:
    """The end at the pace of the last 7 active days, idle days between them counted, from what is left now."""
    rate = pace(answers, today=today)
    if left == 0:
        return Forecast(rate, today, today, today, "all answers are in")
    if rate.value is None:
        return Forecast(rate, None, None, None, rate.reason)
    days = _active(answers, today=today)
    total, span = sum(answers[day] for day in days), (today - days[0]).days
    each = span * left / total  # calendar days for what is left
    quick = each * float(special.fdtri(2 * left, 2 * total, (1 - LEVEL) / 2))
    slow = each * float(special.fdtri(2 * left, 2 * total, (1 + LEVEL) / 2))
    end = _after(today, each)
    return Forecast(rate, end, _after(today, quick), _after(today, slow), "" if end else "more than ten years away")


def _active(answers: Mapping[date, int], *, today: date) -> list[date]:
    return sorted(day for day, number in answers.items() if number > 0 and day < today)[-ACTIVE_DAYS:]


def _after(today: date, days: float) -> date | None:
    return today + timedelta(days=ceil(days)) if isfinite(days) and days <= FARTHEST else None
