"""The names of all time zones, read once: asking walks hundreds of files."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))
