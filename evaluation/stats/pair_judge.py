"""How a model's choices between two outputs stand to those of people, and whether it follows the place.

A judge is asked about each pair twice, each output standing first once. What it says both times is its choice; what it
says one way and then the other is a tie. All shares are over items (BCa; outputs and pairs of an item are drawn
together), and where all fell one way Wilson's over items.

- consistent: of the pairs asked in both orders, the share with the same answer both times.
- position: how often what stood first won, both orders together, ties as halves. A judge without a bias has exactly one
  half on every pair it is consistent on, so the exact binomial test takes those pairs alone that lean to one place.
- with people: of all (pair, person), the share in which the judge chose as the person did; among people: of all (pair,
  two persons), the share in which these two chose alike. The two are on the same scale: a judge that agrees with people
  as often as people do with each other is as good as one more of them, at this.
- with the majority: of the pairs on which more than half of at least two people chose the same, the share in which the
  judge does too. Alpha is Krippendorff's, ordinal, between these two, with a tie in the middle.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from scipy import stats

from evaluation.stats.coefficients import krippendorff_alpha
from evaluation.stats.intervals import wilson
from evaluation.stats.item_ratios import of_outputs, ratio_over_items
from evaluation.stats.panel_scores import PLAIN, Sampled
from evaluation.stats.resampling import Plan
from evaluation.stats.types import Estimate, undefined
from evaluation.stats.win_rate import Chosen

Pair = tuple[str, str, str]  # item and both runs
GRADES = ("a", "t", "b")


@dataclass(frozen=True)
class PairJudged:
    """One judge. `first` and `second`: the pairs that lean to what stood first, or second, in both orders together."""

    pairs: int  # asked in both orders
    consistent: Estimate
    position: Estimate
    first: int
    second: int
    p: float | None
    with_people: Estimate
    among_people: Estimate
    with_majority: Estimate
    alpha: Estimate

    def as_dict(self) -> dict[str, Any]:
        shown = {name: value.as_dict() for name, value in vars(self).items() if isinstance(value, Estimate)}
        return {**vars(self), **shown}


def both_orders(one: str, other: str) -> str:
    """What a judge chose that said `one` in the first order and `other` in the second.

    >>> both_orders("a", "a"), both_orders("a", "b"), both_orders("t", "b")
    ('a', 't', 't')
    """
    return one if one == other else "t"


def judge_of_pairs(
    asked: Sequence[Chosen], people: Sequence[Chosen], *, plan: Plan, sampled: Sampled = PLAIN
) -> PairJudged:
    """`asked` are a judge's answers, `people` the choices of persons; only pairs asked in both orders count."""
    orders: dict[Pair, dict[bool, str]] = defaultdict(dict)
    for one in asked:
        orders[one.item, one.a, one.b][one.is_b_first] = one.better
    answers = {pair: (given[False], given[True]) for pair, given in sorted(orders.items()) if len(given) == 2}
    leaning = {pair: _first_points("a", one) + _first_points("b", other) for pair, (one, other) in answers.items()}
    first, second = (sum(1 for one in leaning.values() if sign * (one - 1) > 0) for sign in (1, -1))
    chosen = {pair: both_orders(*given) for pair, given in answers.items()}
    said: dict[Pair, dict[str, str]] = defaultdict(dict)
    for one in people:
        said[one.item, one.a, one.b][one.rater] = one.better
    alike = [(pair[0], choice == chosen[pair]) for pair, given in said.items() if pair in chosen
             for choice in given.values()]  # fmt: skip
    among = [(pair[0], one == other) for pair, given in said.items() for one, other in combinations(given.values(), 2)]
    majority = {pair: found for pair, given in sorted(said.items()) if (found := _majority(given)) and pair in chosen}
    return PairJudged(
        pairs=len(answers),
        consistent=_share([(pair[0], float(one == other)) for pair, (one, other) in answers.items()], plan, sampled),
        position=_share([(pair[0], points / 2) for pair, points in leaning.items()], plan, sampled),
        first=first,
        second=second,
        p=float(stats.binomtest(first, first + second).pvalue) if first + second else None,
        with_people=_share([(item, float(same)) for item, same in alike], plan, sampled),
        among_people=_share([(item, float(same)) for item, same in among], plan, sampled),
        with_majority=_share([(pair[0], float(chosen[pair] == one)) for pair, one in majority.items()], plan, sampled),
        alpha=_alpha(majority, chosen, plan, sampled),
    )


def _first_points(first: str, better: str) -> float:
    return 0.5 if better == "t" else float(better == first)


def _majority(given: Mapping[str, str]) -> str | None:
    """What more than half of at least two people chose."""
    (choice, votes), *_ = Counter(given.values()).most_common(1)
    return choice if len(given) > 1 and 2 * votes > len(given) else None


def _share(rows: Sequence[tuple[str, float]], plan: Plan, sampled: Sampled) -> Estimate:
    parts: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for item, value in rows:
        above, below = parts[item]
        parts[item] = (above + value, below + 1)
    found = ratio_over_items(parts, plan=plan, strata=sampled.strata)
    if found.value in (0.0, 1.0) and found.low is None:
        return replace(wilson(round(found.value) * found.n, found.n), method="Wilson's over items")
    return found


def _alpha(majority: Mapping[Pair, str], chosen: Mapping[Pair, str], plan: Plan, sampled: Sampled) -> Estimate:
    if not majority:
        return undefined(0, "no pair has a choice of the judge and a majority of people")
    rows = [[chosen[pair] for pair in majority], list(majority.values())]
    drawn = of_outputs(plan, [item for item, _, _ in majority], sampled.strata)
    return krippendorff_alpha(rows, distance="ordinal", grades=GRADES, plan=drawn)
