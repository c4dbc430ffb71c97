"""When something recurs: five fields of a crontab and a time zone, read and stepped by Celery's own crontab."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

from celery.schedules import ParseException, crontab

from reviewapp.common.errors import Refused
from reviewapp.common.zones import zones

MOST_A_DAY = 24
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
QUARTERS = "1,4,7,10"


class Recurrence:
    """One crontab in one zone. Refused with a sentence where the text cannot be read or would fire all the time."""

    def __init__(self, expression: str, zone: str) -> None:
        self.expression = " ".join(expression.split())
        if zone not in zones():
            raise Refused(f"“{zone[:64]}” is no time zone. Europe/Berlin and UTC are.")
        self.zone = ZoneInfo(zone)
        try:
            self.crontab = crontab.from_string(self.expression)
        except (ValueError, ParseException, KeyError, TypeError) as error:
            raise Refused(
                f"“{expression[:80]}” is no crontab: minute, hour, day of the month, month and day of the week, as in "
                "0 2 * * 1-5."
            ) from error
        minutes, hours = (vars(self.crontab)[name] for name in ("minute", "hour"))
        if len(minutes) * len(hours) > MOST_A_DAY:
            raise Refused(f"At most {MOST_A_DAY} times a day.")
        vars(self.crontab)["tz"] = self.zone  # or it compares days in the zone of the server

    def after(self, moment: datetime) -> datetime:
        """The first time after a moment, by the zone's own clock: 09:00 stays 09:00 over a change of the hour.

        >>> Recurrence("0 9 * * *", "Europe/Berlin").after(datetime(2026, 3, 28, 9, tzinfo=UTC)).isoformat()
        '2026-03-29T07:00:00+00:00'
        """
        last, step, _ = self.crontab.remaining_delta(moment.astimezone(self.zone), tz=self.zone)
        found: datetime = last + step
        return found.astimezone(UTC)

    def between(self, start: datetime, end: datetime, *, most: int = 800) -> list[datetime]:
        """All times after `start` and before `end`, the first `most` of them."""
        return list(islice(self._within(start, end), most))

    def _within(self, start: datetime, end: datetime) -> Iterator[datetime]:
        moment = self.after(start)
        while moment < end:
            yield moment
            moment = self.after(moment)

    def __str__(self) -> str:
        """In words where the five fields are of a common kind, else the fields."""
        kind = kind_of(self.expression)
        at = f"at {kind.at:%H:%M}" if kind.at else ""
        return {
            "daily": f"every day {at}",
            "workdays": f"Monday to Friday {at}",
            "weekly": f"every {WEEKDAYS[kind.weekday]} {at}",
            "monthly": f"on day {kind.day} of every month {at}",
            "quarterly": f"on day {kind.day} of every quarter {at}",
        }.get(kind.repeats, self.expression)


@dataclass(frozen=True)
class Kind:
    """A recurrence as people choose it: how often, when, on which day; `custom` is whatever else a crontab can say."""

    repeats: str
    at: time | None = None
    weekday: int = 1
    day: int = 1

    @property
    def expression(self) -> str:
        assert self.at is not None
        days = {
            "daily": "* * *", "workdays": "* * 1-5", "weekly": f"* * {self.weekday}", "monthly": f"{self.day} * *",
            "quarterly": f"{self.day} {QUARTERS} *",
        }  # fmt: skip
        return f"{self.at.minute} {self.at.hour} {days[self.repeats]}"


def kind_of(expression: str) -> Kind:
    """The kind of a crontab that can be read."""
    minute, hour, day, month, weekday = expression.split(" ")
    if not (minute.isdigit() and hour.isdigit()):
        return Kind("custom")
    at = time(int(hour), int(minute))
    if (day, month) == ("*", "*"):
        if weekday in ("*", "1-5"):
            return Kind("daily" if weekday == "*" else "workdays", at)
        return Kind("weekly", at, weekday=int(weekday)) if weekday.isdigit() else Kind("custom")
    if day.isdigit() and weekday == "*" and month in ("*", QUARTERS):
        return Kind("monthly" if month == "*" else "quarterly", at, day=int(day))
    return Kind("custom")
