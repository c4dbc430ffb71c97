"""What changed at the same time as quality fell, the most telling first. It tells no cause: two things that change
together cannot be told apart by looking.

Each item now carries its loss: how much closer to gold it was, or was to be expected, than it is. Of a change that
touches only a part of the items, two things are known: which share of the whole loss lies on that part, and whether
the part lost more than the rest (Welch's t, adjusted over all such changes by Benjamini and Hochberg). Of a change
that touches everything neither is known.

A change of the input mix is weighed by Kitagawa's decomposition (1955): the part of the fall that the new mix alone
would have brought, each value as right as it was on average of both times.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from evaluation.stats.drift import ALPHA, Signal, means
from evaluation.stats.multiplicity import benjamini_hochberg
from evaluation.stats.types import LEVEL, Estimate, undefined

SETTING, FOLLOWS, MIX, SYMPTOM = "setting", "follows", "mix", "symptom"
FITS, OPEN, APART, ALONG = range(4)  # how a change stands to the fall
STANDS = {
    FITS: "The fall lies where this changed.",
    OPEN: "Touches every prediction alike, so looking cannot tell whether the fall comes with it.",
    APART: "Changed, but what it touched did not fall more than the rest.",
    ALONG: "Moved along: it makes no answer right or wrong by itself.",
}
RULE = (
    "First what touched a part of the predictions that lost more than the rest (settings before what may follow from "
    "them, and the larger the share of the fall beyond its share of the items, the earlier), then what touched all "
    "alike, then what touched a part that lost no more, last what only moved along. An order of where to look, not of "
    "causes: all of these changed at the same time."
)
MIX_EXPLAINS = 0.5  # of the fall, from which a changed mix stands with it


@dataclass(frozen=True)
class Part:
    """Something that changed. `touched` says of each item now whether it bears on it; None: on all alike."""

    name: str
    kind: str = SETTING
    touched: Sequence[bool] | None = None
    mix: float | None = None  # of MIX: what the new mix alone takes off the mean closeness


@dataclass(frozen=True)
class Suspect:
    """A change, weighed against the fall. Shares are of 1; None where nothing can be said."""

    name: str
    kind: str
    stands: int
    items: int  # touched
    share_of_items: float | None
    share_of_fall: Estimate
    lost_more: Estimate  # mean loss of the touched less that of the rest
    p: float | None
    adjusted: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name, "kind": self.kind, "stands": self.stands, "items": self.items,
            "share_of_items": self.share_of_items, "share_of_fall": self.share_of_fall.as_dict(),
            "lost_more": self.lost_more.as_dict(), "p": self.p, "adjusted": self.adjusted,
        }  # fmt: skip


def rank(parts: Sequence[Part], losses: Sequence[float | None], *, alpha: float = ALPHA) -> list[Suspect]:
    """All changes, the most telling first. `losses`: of each item now, None where no gold is known."""
    known = [place for place, loss in enumerate(losses) if loss is not None]
    loss = np.array([losses[place] for place in known], float)
    fall = float(loss.sum()) if len(loss) and loss.sum() > 0 else None
    found = [_weigh(one, known, loss, fall, len(losses)) for one in parts]
    tested = [place for place, one in enumerate(found) if one.p is not None]
    adjusted = dict(zip(tested, benjamini_hochberg([found[place].p or 0.0 for place in tested]), strict=True))
    found = [_placed(one, adjusted.get(place), alpha) for place, one in enumerate(found)]
    return sorted(found, key=_order)


def mix_effect(
    then: Sequence[str], closeness_then: Sequence[float], now: Sequence[str], closeness_now: Sequence[float]
) -> float | None:
    """What a changed mix takes off the mean closeness: sum over values of (share then - share now) times the mean of
    both times' closeness; a value seen at one time alone has that one. None without items.

    >>> mix_effect(["n", "n", "s", "s"], [1, 1, 0, 0], ["n", "s", "s", "s"], [1, 0, 0, 0])
    0.25
    """
    if not then or not now:
        return None
    counts = [Counter(then), Counter(now)]
    total = 0.0
    for value in sorted({*then, *now}):
        right = [
            float(np.mean([one for name, one in zip(names, closeness, strict=True) if name == value]))
            for names, closeness in ((then, closeness_then), (now, closeness_now))
            if value in names
        ]
        total += (counts[0][value] / len(then) - counts[1][value] / len(now)) * float(np.mean(right))
    return total


def _weigh(part: Part, known: Sequence[int], loss: Any, fall: float | None, n: int) -> Suspect:
    if part.kind == MIX:
        mean = fall / len(known) if fall else None
        share = (
            Estimate(part.mix / mean, None, None, len(known), "a decomposition, not a test")
            if mean and part.mix is not None
            else undefined(len(known), "nothing fell, or no gold is known")
        )
        return Suspect(part.name, MIX, OPEN, n, None, share, undefined(len(known), "a mix has no part of items"), None)
    if part.touched is None or all(part.touched):
        reason = "it touches everything"
        return Suspect(part.name, part.kind, OPEN, n, 1.0, undefined(n, reason), undefined(n, reason), None)
    mask = np.array([part.touched[place] for place in known], bool)
    items = int(sum(part.touched))
    signal: Signal = means(part.name, list(loss[~mask]), list(loss[mask]))
    share = (
        Estimate(float(loss[mask].sum()) / fall, *_share_interval(loss, mask), len(known))
        if fall
        else undefined(len(known), "nothing fell, or no gold is known")
    )
    return Suspect(part.name, part.kind, APART, items, items / n if n else None, share, signal.effect, signal.p)


def _share_interval(loss: Any, mask: Any) -> tuple[float | None, float | None]:
    """95%, percentiles of 1,000 resamples of the items, seeded; none where half of them do not fall."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(loss), size=(1000, len(loss)))
    total = loss[drawn].sum(axis=1)
    if (total > 0).mean() < 0.975:
        return None, None
    shares = (loss * mask)[drawn].sum(axis=1)[total > 0] / total[total > 0]
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)


def _placed(one: Suspect, adjusted: float | None, alpha: float) -> Suspect:
    if one.kind == SYMPTOM:
        return replace(one, stands=ALONG, adjusted=adjusted)
    if one.kind == MIX and one.share_of_fall.value is not None:
        return replace(one, stands=FITS if one.share_of_fall.value >= MIX_EXPLAINS else APART)
    if one.stands == APART:
        lost = one.lost_more.value
        if adjusted is not None and adjusted <= alpha and lost is not None and lost > 0:
            return replace(one, stands=FITS, adjusted=adjusted)
        stands = APART if one.p is not None else OPEN
        return replace(one, stands=stands, adjusted=adjusted)
    return replace(one, adjusted=adjusted)


def _order(one: Suspect) -> tuple[int, bool, float]:
    share = one.share_of_fall.value
    beyond = share - (one.share_of_items or 0.0) if share is not None else 0.0
    return one.stands, one.kind == FOLLOWS, -round(beyond, 9)


def mean_of(values: Sequence[float]) -> Estimate:
    """The mean with Student's interval; none where there are fewer than two or all are equal.

    >>> mean_of([0.0, 1.0, 1.0, 0.0]).value
    0.5
    """
    found = np.asarray(values, float)
    if not len(found):
        return undefined(0, "there are no items")
    mean = float(found.mean())
    if len(found) < 2 or np.ptp(found) == 0:
        return Estimate(mean, None, None, len(found), "an interval needs values that differ")
    half = float(stats.t.ppf((1 + LEVEL) / 2, len(found) - 1) * found.std(ddof=1) / np.sqrt(len(found)))
    return Estimate(mean, mean - half, mean + half, len(found))
