"""Alert rules as a machine of four states: what a reading means for a rule, and how often it would have fired.

Pure. Shares, and the threshold of a drop or rise, are between 0 and 1; times are aware; readings come in their order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from evaluation.stats.types import Estimate

OK, PENDING, FIRING, NO_DATA = "ok", "pending", "firing", "no_data"
BELOW, ABOVE, DROP, RISE = "below", "above", "drop", "rise"
COUNT_AS_OK, KEEP, ALERT = "ok", "keep", "alert"


@dataclass(frozen=True)
class Reading:
    """What a metric said at a moment; `previous` is the value before, for drops and rises."""

    figure: Estimate
    as_of: datetime | None
    previous: float | None = None
    note: str = ""  # what it was read from, in words


@dataclass(frozen=True)
class Condition:
    """When a rule fires. With `beyond_chance` the whole interval has to be past the line, not the value alone.

    What is estimated and has no interval cannot be told then; what is counted needs none.
    """

    comparison: str
    threshold: float
    hold: timedelta = timedelta(0)
    no_data: str = COUNT_AS_OK
    beyond_chance: bool = False

    def line(self, previous: float | None) -> float | None:
        """The value past which it fires; None for a drop or rise with nothing before it.

        >>> Condition(DROP, 0.1).line(0.8)
        0.7200000000000001
        """
        if self.comparison in (BELOW, ABOVE):
            return self.threshold
        if previous is None:
            return None
        return previous * (1 - self.threshold if self.comparison == DROP else 1 + self.threshold)

    def is_met(self, reading: Reading) -> bool | None:
        """Whether the reading is past the line; None where it cannot be told."""
        figure, line = reading.figure, self.line(reading.previous)
        if figure.value is None or line is None:
            return None
        if self.beyond_chance and figure.low is None and figure.reason:  # estimated, of too few or of all alike
            return None
        if self.comparison in (BELOW, DROP):
            edge = figure.high if self.beyond_chance and figure.high is not None else figure.value
            return edge < line
        edge = figure.low if self.beyond_chance and figure.low is not None else figure.value
        return edge > line


@dataclass(frozen=True)
class Standing:
    """A rule's state, and since when it has been past the line."""

    state: str = OK
    past_since: datetime | None = None


def step(now: Standing, condition: Condition, is_met: bool | None, at: datetime) -> Standing:
    """The next state: past the line is pending until it has held, then firing; no data does what the rule says."""
    if is_met is None:
        if condition.no_data == KEEP and now.state in (PENDING, FIRING):
            return now
        if condition.no_data != ALERT:
            return Standing(NO_DATA)
    elif not is_met:
        return Standing(OK)
    since = now.past_since or at
    if now.state == FIRING or at - since >= condition.hold:
        return Standing(FIRING, since)
    return Standing(PENDING, since)


def fired(readings: Iterable[tuple[datetime, Reading]], condition: Condition) -> list[datetime]:
    """The moments at which the rule would have begun to fire, had it been asked at each of them."""
    standing, moments = Standing(), []
    for at, reading in readings:
        after = step(standing, condition, condition.is_met(reading), at)
        if after.state == FIRING and standing.state != FIRING:
            moments.append(at)
        standing = after
    return moments
