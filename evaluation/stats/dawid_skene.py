"""Who is right where raters differ, judged by who was right elsewhere (Dawid & Skene 1979), one label as yes or no.

Each rater has a sensitivity (says yes where the label applies) and a specificity (says no where it does not), each item
a probability that the label applies. Expectation-maximisation goes back and forth between the two, from the share of
raters who say yes. Nothing is random. One made-up answer of each kind is shared among the raters' counts (`PRIOR`), so
that nobody is taken for infallible on three answers.

It is a suggestion. It takes raters' errors for independent, so raters who share a misreading look right together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.stats.resampling import Floats

PRIOR = 0.5  # added to each cell of a rater's table
ROUNDS = 500
CLOSE = 1e-9


@dataclass(frozen=True)
class Profile:
    """How one rater answers: of the items where the label applies, and where it does not; None with no such item."""

    rater: str
    sensitivity: float | None
    specificity: float | None
    applies: float  # expected number of rated items where the label applies
    n: int


@dataclass(frozen=True)
class Consensus:
    """What the raters together say of one label."""

    items: tuple[str, ...]
    probability: tuple[float, ...]  # that the label applies, by item
    prevalence: float | None
    profiles: tuple[Profile, ...]
    rounds: int  # until it stood still
    reason: str = ""  # why there is nothing to say


def consensus(votes: Iterable[tuple[str, str, bool]], *, prior: float = PRIOR) -> Consensus:
    """From votes (item, rater, yes or no); ValueError if a rater votes twice on an item."""
    rows = sorted(votes)
    if len({row[:2] for row in rows}) < len(rows):
        raise ValueError("a rater voted twice on one item")
    items, raters = sorted({item for item, _, _ in rows}), sorted({rater for _, rater, _ in rows})
    if len(raters) < 2:
        return Consensus(tuple(items), (), None, (), 0, "it takes two raters to judge one by the other")
    place, seat = ({name: number for number, name in enumerate(names)} for names in (items, raters))
    item = np.array([place[row[0]] for row in rows])
    rater = np.array([seat[row[1]] for row in rows])
    yes = np.array([row[2] for row in rows], dtype=np.float64)
    if yes.min() == yes.max():
        return Consensus(tuple(items), (), None, (), 0, "everybody gave the same answer everywhere")
    applies, right, wrong_yes, prevalence, rounds = _climb(item, rater, yes, len(items), len(raters), prior)
    many = np.bincount(rater, minlength=len(raters))
    weight = np.bincount(rater, weights=applies[item], minlength=len(raters))
    profiles = tuple(
        Profile(
            rater=name,
            sensitivity=float(right[at]) if weight[at] >= 0.5 else None,
            specificity=float(1 - wrong_yes[at]) if many[at] - weight[at] >= 0.5 else None,
            applies=float(weight[at]),
            n=int(many[at]),
        )
        for at, name in enumerate(raters)
    )
    return Consensus(tuple(items), tuple(map(float, applies)), float(prevalence), profiles, rounds)


def _climb(
    item: np.ndarray, rater: np.ndarray, yes: Floats, items: int, raters: int, prior: float
) -> tuple[Floats, Floats, Floats, float, int]:
    applies = np.bincount(item, weights=yes, minlength=items) / np.bincount(item, minlength=items)
    steps = 0
    while steps < ROUNDS:
        steps += 1
        prevalence = float(np.clip(applies.mean(), 1e-9, 1 - 1e-9))
        right, wrong_yes = (
            (np.bincount(rater, weights=weight[item] * yes, minlength=raters) + prior)
            / (np.bincount(rater, weights=weight[item], minlength=raters) + 2 * prior)
            for weight in (applies, 1 - applies)
        )
        for_it = np.where(yes > 0, np.log(right[rater]), np.log1p(-right[rater]))
        against = np.where(yes > 0, np.log(wrong_yes[rater]), np.log1p(-wrong_yes[rater]))
        odds = np.bincount(item, weights=for_it - against, minlength=items) + np.log(prevalence / (1 - prevalence))
        found = 1 / (1 + np.exp(-odds))
        moved = float(np.abs(found - applies).max())
        applies = found
        if moved < CLOSE:
            break
    return applies, right, wrong_yes, prevalence, steps


def votes_on(
    code: str, ratings: Iterable[tuple[str, str, Sequence[str] | frozenset[str]]]
) -> list[tuple[str, str, bool]]:
    """The votes on one label from ratings (item, rater, labels)."""
    return [(item, rater, code in labels) for item, rater, labels in ratings]
