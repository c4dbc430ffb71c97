"""Since when somebody has labelled without a break: who does it too long starts to drift."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

TURN = timedelta(days=90)  # after a quarter it is somebody else's turn, or time for a training
BREAK = timedelta(days=14)  # so many days without an answer are a break


@dataclass(frozen=True)
class Turn:
    """A stretch of labelling that is still going on."""

    since: date
    days: int

    @property
    def is_over(self) -> bool:
        return self.days > TURN.days


def current_turn(*, days: Iterable[date], trained: Iterable[date], today: date) -> Turn | None:
    """The stretch that `today` belongs to, or None if there is none. A break or a passed training starts a new one.

    `days` are those with at least one answer.
    """
    worked = sorted({day for day in days if day <= today}, reverse=True)
    if not worked or today - worked[0] >= BREAK:
        return None
    since = worked[0]
    for day in worked[1:]:
        if since - day >= BREAK:
            break
        since = day
    since = max([since, *(day for day in trained if day <= today)])
    return Turn(since=since, days=(today - since).days)
