"""How a model's scores stand to those of people: agreement, bias, and whether it may take a rater's place.

By criterion, against the score on which people settled: ordinal alpha and quadratic kappa on half points (a settled
score may lie between two ratings), the mean of [judge - settled] over items (BCa over items, an item's outputs drawn
together), and the alternative annotator test (see `alt_test`). A unit of that test is an item with all of its outputs,
since outputs of one item are no independent evidence: a person who did not rate them all is left out for that item,
and a judge that did not loses it. The verdict is that of the weakest criterion.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation.stats.alt_test import LEAST_ITEMS, PASS, AltTest, Labels, alt_test
from evaluation.stats.coefficients import cohen_kappa, krippendorff_alpha
from evaluation.stats.item_ratios import of_outputs, ratio_over_items
from evaluation.stats.panel_scores import Output, Rated
from evaluation.stats.resampling import Plan
from evaluation.stats.types import Estimate, undefined

HALVES = tuple(1 + half / 2 for half in range(9))  # 1, 1.5, ..., 5
EPSILON = 0.15  # of the alternative annotator test: raters are trained, and no experts
NOTHING = "no output has both a settled score and the judge's"


@dataclass(frozen=True)
class Compared:
    """What goes in. Outputs are (run, item); `own` are the runs whose model is the judge's."""

    people: Sequence[Rated]
    settled: Mapping[Output, Mapping[str, float]]
    judge: Mapping[Output, Mapping[str, float]]
    criteria: Sequence[str]
    outputs: Sequence[Output]
    own: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class CriterionCompared:
    """One criterion. `self_preference`: how much higher the bias is on outputs of the judge's own model; None if there
    is no such run, or no other."""

    criterion: str
    outputs: int
    alpha: Estimate
    kappa: Estimate
    bias: Estimate
    test: AltTest
    self_preference: float | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "criterion": self.criterion,
            "outputs": self.outputs,
            "alpha": self.alpha.as_dict(),
            "kappa": self.kappa.as_dict(),
            "bias": self.bias.as_dict(),
            "test": self.test.as_dict(),
            "self_preference": self.self_preference,
        }


def compare_judge(given: Compared, *, plan: Plan) -> list[CriterionCompared]:
    """Each criterion in the order given; figures without a pair of scores are undefined and say so."""
    return [_compared(given, criterion, plan) for criterion in given.criteria]


def verdict(found: Sequence[CriterionCompared]) -> tuple[bool, str]:
    """Whether the stated rule passes: omega of at least a half, on enough items, for each criterion; and why not."""
    for one in found:
        if one.test.omega is None:
            return False, f"“{one.criterion}” cannot be tested: {one.test.reason or 'nothing was rated'}."
        if one.test.items < LEAST_ITEMS:
            return False, f"“{one.criterion}” has {one.test.items} items, and {LEAST_ITEMS} are needed."
        if not one.test.passed:
            return False, f"“{one.criterion}” fails: omega is {one.test.omega:.2f}, below {PASS}."
    return bool(found), "" if found else "The rubric has no criterion."


def weakened(found: Sequence[CriterionCompared]) -> list[str]:
    """What weakens the tests, said once each: that there are two raters alone, or that some are not tested."""
    return list(dict.fromkeys(warning for one in found for warning in one.test.warnings))


def _compared(given: Compared, criterion: str, plan: Plan) -> CriterionCompared:
    both = {
        output: (given.judge[output][criterion], scores[criterion])
        for output, scores in sorted(given.settled.items())
        if criterion in scores and criterion in given.judge.get(output, {})
    }
    test = _test(given, criterion, plan)
    if not both:
        nothing = undefined(0, NOTHING)
        return CriterionCompared(criterion, 0, nothing, nothing, nothing, test, None)
    judge, people = ([pair[place] for pair in both.values()] for place in (0, 1))
    drawn = of_outputs(plan, [item for _, item in both], None)
    return CriterionCompared(
        criterion,
        len(both),
        krippendorff_alpha([judge, people], distance="ordinal", grades=HALVES, plan=drawn),
        cohen_kappa(judge, people, grades=HALVES, weights="quadratic", plan=drawn),
        ratio_over_items(_gaps(both), plan=plan),
        test,
        _self_preference(both, given.own),
    )


def _gaps(both: Mapping[Output, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """By item: the sum of [judge - settled] over its outputs, and their number."""
    parts: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for (_, item), (judge, people) in both.items():
        above, below = parts[item]
        parts[item] = (above + judge - people, below + 1)
    return dict(parts)


def _self_preference(both: Mapping[Output, tuple[float, float]], own: frozenset[str]) -> float | None:
    mine = [judge - people for (run, _), (judge, people) in both.items() if run in own]
    others = [judge - people for (run, _), (judge, people) in both.items() if run not in own]
    return sum(mine) / len(mine) - sum(others) / len(others) if mine and others else None


def _test(given: Compared, criterion: str, plan: Plan) -> AltTest:
    """The alternative annotator test; every score of an item's outputs together is what one rater said of it."""
    runs: dict[str, set[str]] = defaultdict(set)
    for run, item in given.outputs:
        runs[item].add(run)
    by_person: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for one in given.people:
        if criterion in one.scores:
            by_person[one.item, one.rater][one.run] = one.scores[criterion]
    ratings = [
        (item, rater, _written(scores)) for (item, rater), scores in by_person.items() if scores.keys() == runs[item]
    ]
    by_judge: dict[str, dict[str, float]] = defaultdict(dict)
    for (run, item), said in given.judge.items():
        if criterion in said:
            by_judge[item][run] = said[criterion]
    predicted = {
        item: _written(by_judge[item]) if by_judge.get(item, {}).keys() == runs[item] else None for item in runs
    }
    return alt_test(
        ratings=ratings, predicted=predicted, epsilon=EPSILON, likeness="scores", resamples=plan.resamples,
        seed=plan.seed,
    )  # fmt: skip


def _written(scores: Mapping[str, float]) -> Labels:
    return frozenset(f"{run}={score}" for run, score in scores.items())
