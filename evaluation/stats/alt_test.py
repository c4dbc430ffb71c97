"""May a model take a rater's place? The alternative annotator test (Calderon, Reichart and Dror 2025, arXiv
2501.10970).

Each rater in turn is left out. On each of their items, the left-out rater and the model are scored by how well they
agree with the other raters of the item. The model wins an item if it agrees at least as well, the rater likewise, so
both may. d = [rater wins] - [model wins]; the model may replace this rater if the mean of d is below epsilon by a
one-sided t-test: epsilon is what is granted to the model for being cheaper. The p of all raters are corrected
together (Benjamini-Yekutieli). omega, the share of raters it may replace, passes at a half; rho is the mean share of
items that the model wins.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse, stats

from evaluation.stats.intervals import Floats, bootstrap_sums, estimate, ratio, wilson
from evaluation.stats.multiplicity import benjamini_yekutieli
from evaluation.stats.types import LEVEL, Estimate, Resampled, undefined

EPSILONS = {"expert": 0.2, "skilled": 0.15, "crowd": 0.1}
LEAST_ITEMS = 30
PASS = 0.5
Labels = frozenset[str]
Likeness = Callable[[Labels, Labels], float]


def jaccard(one: Labels, other: Labels) -> float:
    """Shared labels over all labels of the two; 1 where both are empty: both said that none applies."""
    whole = len(one | other)
    return len(one & other) / whole if whole else 1.0


def set_f1(one: Labels, other: Labels) -> float:
    """Twice the shared labels over the labels of both; 1 where both are empty."""
    whole = len(one) + len(other)
    return 2 * len(one & other) / whole if whole else 1.0


def score_closeness(one: Labels, other: Labels) -> float:
    """Of scores from 1 to 5, each written "what=4": 1 less the mean distance in shares of the scale's length.

    >>> score_closeness(frozenset({"a=4", "b=1"}), frozenset({"a=3", "b=1"}))
    0.875
    """
    own, others = (dict(score.rsplit("=", 1) for score in scores) for scores in (one, other))
    if own.keys() != others.keys() or not own:
        raise ValueError("both rate the same things, at least one")
    return 1 - sum(abs(float(own[key]) - float(others[key])) for key in own) / (4 * len(own))


LIKENESSES: dict[str, Likeness] = {"jaccard": jaccard, "set_f1": set_f1, "scores": score_closeness}


@dataclass(frozen=True)
class RaterTest:
    """The model in the place of one rater."""

    rater: str
    items: int  # rated by this rater and by at least one other
    model_wins: Estimate  # share of items where the model agrees with the others at least as well: rho of this rater
    rater_wins: Estimate
    advantage: Estimate  # of the model, the mean of -d: above 0 it is nearer to the others than the rater is
    p: float | None
    p_adjusted: float | None
    may_replace: bool | None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "rater": self.rater,
            "items": self.items,
            "model_wins": self.model_wins.as_dict(),
            "rater_wins": self.rater_wins.as_dict(),
            "advantage": self.advantage.as_dict(),
            "p": self.p,
            "p_adjusted": self.p_adjusted,
            "may_replace": self.may_replace,
            **({"reason": self.reason} if self.reason else {}),
        }


@dataclass(frozen=True)
class AltTest:
    """The verdict over all raters, and what weakens it."""

    omega: float | None
    rho: Estimate
    passed: bool | None
    raters: list[RaterTest]
    items: int  # with at least two ratings
    ratings_an_item: float | None
    epsilon: float
    level: float
    likeness: str
    warnings: list[str]
    resampled: Resampled
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "omega": self.omega,
            "rho": self.rho.as_dict(),
            "passed": self.passed,
            "raters": [one.as_dict() for one in self.raters],
            "items": self.items,
            "ratings_an_item": self.ratings_an_item,
            "epsilon": self.epsilon,
            "level": self.level,
            "least_items": LEAST_ITEMS,
            "likeness": self.likeness,
            "warnings": self.warnings,
            "interval": self.resampled.as_dict(),
            **({"reason": self.reason} if self.reason else {}),
        }


def alt_test(
    *,
    ratings: Sequence[tuple[str, str, Labels]],
    predicted: Mapping[str, Labels | None],
    epsilon: float = EPSILONS["expert"],
    level: float = 0.05,
    likeness: str = "jaccard",
    least_items: int = LEAST_ITEMS,
    resamples: int = 1000,
    seed: int = 0,
) -> AltTest:
    """Test the model against each rater. `ratings` are (item, rater, labels), `predicted` the model's answer by item.

    None is no answer: it loses its item to whatever the rater said. Items without a prediction are left out.
    """
    wins = _wins(ratings, predicted, LIKENESSES[likeness])
    raters = sorted(wins)
    tested = [rater for rater in raters if len(wins[rater]) >= least_items]
    raw = {rater: _p(wins[rater], epsilon) for rater in tested}
    adjusted = dict(zip(tested, benjamini_yekutieli([raw[rater] for rater in tested]), strict=True)) if tested else {}
    found = [
        _rater_test(rater, wins[rater], raw.get(rater), adjusted.get(rater), level=level, least=least_items)
        for rater in raters
    ]
    rejected = [one.may_replace for one in found if one.may_replace is not None]
    omega = sum(rejected) / len(rejected) if rejected else None
    by_item: dict[str, int] = defaultdict(int)
    for item, rater, _ in ratings:
        by_item[item] += any(item == one for one, _, _ in wins.get(rater, ()))
    counts = [number for number in by_item.values() if number]
    each = sum(counts) / len(counts) if counts else None
    return AltTest(
        omega=omega,
        rho=_rho({rater: wins[rater] for rater in tested}, resamples=resamples, seed=seed),
        passed=None if omega is None else omega >= PASS,
        raters=found,
        items=len(counts),
        ratings_an_item=each,
        epsilon=epsilon,
        level=level,
        likeness=likeness,
        warnings=_warnings(raters, tested, each, least_items),
        resampled=Resampled(resamples, seed),
        reason="" if tested else _why_not(raters, least_items),
    )


Win = tuple[str, bool, bool]  # item, the model wins, the rater wins


def _wins(
    ratings: Sequence[tuple[str, str, Labels]], predicted: Mapping[str, Labels | None], like: Likeness
) -> dict[str, list[Win]]:
    """Who wins each item that a rater shares with others, by rater."""
    by_item: dict[str, dict[str, Labels]] = defaultdict(dict)
    for item, rater, labels in ratings:
        if rater in by_item[item]:
            raise ValueError(f"the rater {rater} has two ratings of the item {item}")
        by_item[item][rater] = labels
    wins: dict[str, list[Win]] = defaultdict(list)
    for item, answers in by_item.items():
        if len(answers) < 2 or item not in predicted:
            continue
        said = predicted[item]
        for rater, own in answers.items():
            others = [labels for other, labels in answers.items() if other != rater]
            human = sum(like(own, labels) for labels in others) / len(others)
            model = -1.0 if said is None else sum(like(said, labels) for labels in others) / len(others)
            wins[rater].append((item, model >= human - 1e-12, human >= model - 1e-12))
    return dict(wins)


def _p(wins: Sequence[Win], epsilon: float) -> float:
    """One-sided t-test that the mean of d is below epsilon; without variance it is below or it is not."""
    d = np.array([float(rater) - float(model) for _, model, rater in wins])
    middle, spread = float(d.mean()), float(d.std(ddof=1)) if len(d) > 1 else 0.0
    if spread == 0:
        return 0.0 if middle < epsilon else 1.0
    return float(stats.t.cdf((middle - epsilon) / (spread / np.sqrt(len(d))), df=len(d) - 1))


def _rater_test(
    rater: str, wins: Sequence[Win], p: float | None, adjusted: float | None, *, level: float, least: int
) -> RaterTest:
    n = len(wins)
    model, human = sum(one for _, one, _ in wins), sum(one for _, _, one in wins)
    return RaterTest(
        rater=rater,
        items=n,
        model_wins=wilson(model, n),
        rater_wins=wilson(human, n),
        advantage=_advantage(wins),
        p=p,
        p_adjusted=adjusted,
        may_replace=None if adjusted is None else adjusted <= level,
        reason="" if p is not None else f"fewer than {least} items shared with other raters",
    )


def _advantage(wins: Sequence[Win]) -> Estimate:
    """The model's share of wins less the rater's, with Student's interval."""
    d, n = np.array([float(model) - float(rater) for _, model, rater in wins]), len(wins)
    if not n:
        return undefined(0, "no item is shared with other raters")
    middle, spread = float(d.mean()), float(d.std(ddof=1)) if n > 1 else 0.0
    if spread == 0:
        return Estimate(middle, None, None, n, "the same on every item, so there is no interval")
    half = float(stats.t.ppf((1 + LEVEL) / 2, df=n - 1)) * spread / float(np.sqrt(n))
    return Estimate(middle, middle - half, middle + half, n)


def _rho(wins: Mapping[str, Sequence[Win]], *, resamples: int, seed: int) -> Estimate:
    """The mean over raters of the model's share of wins, with a bootstrap interval over items."""
    items = sorted({item for rows in wins.values() for item, _, _ in rows})
    if not items:
        return undefined(0, "no rater shares enough items with others")
    place = {item: row for row, item in enumerate(items)}
    columns = np.zeros((len(items), 2 * len(wins)))
    for number, rows in enumerate(wins.values()):
        for item, model, _ in rows:
            columns[place[item], 2 * number : 2 * number + 2] = float(model), 1.0
    drawn = bootstrap_sums(sparse.csr_matrix(columns), resamples=resamples if len(items) > 1 else 0, seed=seed)

    def mean(total: Floats) -> Floats:
        shares: Floats = ratio(total[:, 0::2], total[:, 1::2]).mean(axis=1)
        return shares

    value = float(mean(columns.sum(axis=0)[None, :])[0])
    return estimate(value, mean(drawn), n=len(items), reason="no rater shares enough items with others")


def _warnings(raters: Sequence[str], tested: Sequence[str], each: float | None, least: int) -> list[str]:
    found = []
    if len(raters) == 2:
        found.append("only two raters: each is compared with one other person, so this is weak evidence either way")
    elif each is not None and each < 2.5:
        found.append(
            f"most items have two ratings ({each:.1f} on average), so a rater is mostly compared with one other"
        )
    if left := len(raters) - len(tested):
        one = left == 1
        found.append(
            f"{left} rater{'' if one else 's'} with fewer than {least} shared items {'is' if one else 'are'} not tested"
        )
    return found


def _why_not(raters: Sequence[str], least: int) -> str:
    if not raters:
        return "no item with a prediction has two ratings"
    return f"no rater shares {least} items with other raters"
