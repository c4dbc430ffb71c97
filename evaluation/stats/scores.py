"""Precision, recall, F1 and Jaccard of label sets, by every average, label, branch and slice, each with its interval.

Definitions: scikit-learn's `precision_recall_fscore_support` and `jaccard_score` for multilabel indicators, with the
choices about zero division written into each report (`ZERO_DIVISION`): what is undefined stays undefined and is listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.stats import errors
from evaluation.stats.alike import EXACT
from evaluation.stats.counting import AVERAGES, MEASURES, Counted, Figures, figures, item_scores, slice_groups
from evaluation.stats.hierarchy import branches
from evaluation.stats.intervals import wilson
from evaluation.stats.matrices import pairing, sums
from evaluation.stats.resampling import Plan
from evaluation.stats.types import Estimate, Resampled

__all__ = [
    "AVERAGES",
    "MEASURES",
    "ZERO_DIVISION",
    "LabelScore",
    "Population",
    "ScoreReport",
    "evaluate",
    "item_scores",
]

ZERO_DIVISION: dict[str, Any] = {
    "per_label": "null",
    "macro": "defined only",
    "weighted": 0,
    "samples_both_empty": 1,
}
KEPT = ("precision", "recall", "f1")  # the measures under each average and label of a report; Jaccard has its own key
NOTHING = "nothing was predicted and nothing is in gold"
REASONS = {
    "precision": "the label was never predicted",
    "recall": "no item has this label in gold",
    "f1": "the label is in no answer and not in gold",
    "jaccard": "the label is in no answer and not in gold",
}


@dataclass(frozen=True)
class LabelScore:
    """One label's figures, or one branch's: its labels' decisions counted together."""

    precision: Estimate
    recall: Estimate
    f1: Estimate
    jaccard: Estimate
    support: int
    tp: int
    fp: int
    fn: int

    def as_dict(self) -> dict[str, Any]:
        measures = {name: getattr(self, name).as_dict() for name in KEPT}
        return {**measures, "support": self.support, "tp": self.tp, "fp": self.fp, "fn": self.fn}


@dataclass(frozen=True)
class Population:
    """The figures with each item counting by its sampling weight: estimates for what the items were drawn from.

    Sums of weighted counts over sums of weighted counts (Horvitz & Thompson 1952; Hajek 1971).
    """

    averages: dict[str, dict[str, Estimate]]
    hierarchical: dict[str, Estimate]
    exact_match: Estimate
    hamming_loss: Estimate
    labels: dict[str, dict[str, Estimate]]
    branches: dict[str, dict[str, Estimate]]
    effective_items: float  # (sum w)^2 / sum w^2: as many equal items would say as much (Kish 1965)

    def as_dict(self) -> dict[str, Any]:
        return {
            **_nested(self.averages),
            "hierarchical": _said(self.hierarchical),
            "jaccard": _jaccard(self.averages, {code: found["jaccard"] for code, found in self.labels.items()}),
            "exact_match": self.exact_match.as_dict(),
            "hamming_loss": self.hamming_loss.as_dict(),
            "labels": _nested(self.labels),
            "branches": _nested(self.branches),
            "effective_items": self.effective_items,
        }


@dataclass(frozen=True)
class ScoreReport:
    """How predictions compare with gold."""

    items: int
    unanswered: int
    averages: dict[str, dict[str, Estimate]]  # average -> measure
    undefined: dict[str, list[str]]  # measure -> the labels macro leaves out
    hierarchical: dict[str, Estimate]
    exact_match: Estimate
    hamming_loss: Estimate
    labels: dict[str, LabelScore]
    branches: dict[str, LabelScore]  # by top label; empty for a taxonomy without branches
    slices: dict[str, dict[str, Estimate]]  # attribute -> value -> micro F1
    slice_sizes: dict[str, dict[str, int]]
    errors: dict[str, int]
    population: Population | None  # None: no weights, or all equal
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        """The keys of the `evaluate` command."""
        averages: dict[str, Any] = _nested(self.averages)
        averages["macro"]["undefined"] = {measure: self.undefined[measure] for measure in KEPT}
        return {
            "items": self.items,
            "unanswered": self.unanswered,
            **averages,
            "hierarchical": _said(self.hierarchical),
            "jaccard": _jaccard(self.averages, {code: score.jaccard for code, score in self.labels.items()}),
            "exact_match": self.exact_match.as_dict(),
            "hamming_loss": self.hamming_loss.as_dict(),
            "labels": {code: score.as_dict() for code, score in self.labels.items()},
            "branches": {code: score.as_dict() for code, score in self.branches.items()},
            "slices": {
                name: {
                    value: {"n": self.slice_sizes[name][value], "f1": found.as_dict()}
                    for value, found in values.items()
                }
                for name, values in self.slices.items()
            },
            "errors": self.errors,
            "population": None if self.population is None else self.population.as_dict(),
            "interval": self.resampled.as_dict(),
            "zero_division": ZERO_DIVISION,
        }


def _said(measures: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: measures[name].as_dict() for name in KEPT}


def _nested(figures_of: Mapping[str, Mapping[str, Estimate]]) -> dict[str, Any]:
    return {name: _said(measures) for name, measures in figures_of.items()}


def _jaccard(averages: Mapping[str, Mapping[str, Estimate]], labels: Mapping[str, Estimate]) -> dict[str, Any]:
    found: dict[str, Any] = {name: measures["jaccard"].as_dict() for name, measures in averages.items()}
    return found | {"labels": {code: value.as_dict() for code, value in labels.items()}}


def evaluate(
    *,
    gold: Sequence[frozenset[str]],
    predicted: Sequence[frozenset[str] | None],
    codes: Sequence[str],
    slices: Mapping[str, Sequence[str]] | None = None,
    parents: Mapping[str, str | None] | None = None,
    plan: Plan | None = None,
) -> ScoreReport:
    """Score predictions against gold, item by item in the same order.

    `predicted` None is no answer: it predicts nothing, and scores 0 in exact match and samples even where gold is
    empty. `slices` gives each item's value of each attribute. Intervals as `plan` says, all measures on the same
    resamples. ValueError if lengths differ, KeyError for a label that `codes` does not list.
    """
    plan, parents, n = plan or Plan(), parents or {}, len(gold)
    both = pairing(gold, predicted, codes)
    groups = slice_groups(slices or {}, n)
    counted = Counted(both, codes, parents, groups, branches(codes, parents))
    plain, weighted = figures(counted, plan)
    counts = sums(counted.counts, 0)
    labels = {code: _label_score(plain, counts, codes, [code], ("label", code)) for code in codes}
    found: dict[str, dict[str, Estimate]] = {}
    sizes: dict[str, dict[str, int]] = {}
    for name, value, members in groups:
        sizes.setdefault(name, {})[value] = len(members)
        found.setdefault(name, {})[value] = _slice(plain, plan, name, value, members)
    return ScoreReport(
        items=n,
        unanswered=int(both.unanswered.sum()),
        averages=_averages(plain),
        undefined={
            measure: [code for code, score in labels.items() if getattr(score, measure).value is None]
            for measure in MEASURES
        },
        hierarchical=_hierarchical(plain),
        exact_match=plain.of("exact", reason="there are no items"),
        hamming_loss=plain.of("hamming", reason="there are no items"),
        labels=labels,
        branches={
            top: _label_score(plain, counts, codes, inside, ("branch", top)) for top, inside in counted.branches.items()
        },
        slices=found,
        slice_sizes=sizes,
        errors=errors.totals(gold, predicted, parents),
        population=None if weighted is None else _population(weighted, counted, plan),
        resampled=plan.resampled(n),
    )


def _averages(found: Figures) -> dict[str, dict[str, Estimate]]:
    none = NOTHING if found.n else "there are no items"
    return {average: {measure: found.of(average, measure, reason=none) for measure in MEASURES} for average in AVERAGES}


def _hierarchical(found: Figures) -> dict[str, Estimate]:
    none = NOTHING if found.n else "there are no items"
    return {measure: found.of("hierarchical", measure, reason=none) for measure in KEPT}


def _label_score(
    found: Figures, counts: np.ndarray, codes: Sequence[str], inside: Sequence[str], key: tuple[str, str]
) -> LabelScore:
    places = [place for place, code in enumerate(codes) if code in inside]
    tp, fp, fn = (int(counts[[kind * len(codes) + place for place in places]].sum()) for kind in range(3))
    below = {"precision": tp + fp, "recall": tp + fn, "f1": tp + fp + fn, "jaccard": tp + fp + fn}
    measures = {
        name: _at_the_edge(found.of(*key, name, reason=REASONS[name]), name, tp, below[name]) for name in MEASURES
    }
    return LabelScore(**measures, support=tp + fn, tp=tp, fp=fp, fn=fn)


def _at_the_edge(found: Estimate, measure: str, hits: int, below: int) -> Estimate:
    """All right, or all wrong, in every resample: Wilson's interval of the share instead, which is not so certain.

    F1 is 2J / (1 + J) of Jaccard's J, which is a share too.
    """
    if found.method != EXACT or found.value not in (0.0, 1.0):
        return found
    share = wilson(hits, below)
    if share.low is None or share.high is None:
        return found
    low, high = (2 * one / (1 + one) if measure == "f1" else one for one in (share.low, share.high))
    return Estimate(found.value, low, high, found.n, method="wilson")


def _slice(found: Figures, plan: Plan, name: str, value: str, members: np.ndarray) -> Estimate:
    whole, size = found.of("slice", name, value, reason=NOTHING), len(members)
    units = len(np.unique(plan.units(found.n).of_items[members]))
    if units < 2 and whole.value is not None:  # redrawing one item gives that item
        many = "items" if size < 2 else "clusters"
        return Estimate(whole.value, None, None, size, whole.reason or f"an interval needs at least 2 {many}")
    return Estimate(whole.value, whole.low, whole.high, size, whole.reason, whole.method)


def _population(found: Figures, counted: Counted, plan: Plan) -> Population:
    weights = np.asarray(plan.weights, dtype=np.float64)
    return Population(
        averages=_averages(found),
        hierarchical=_hierarchical(found),
        exact_match=found.of("exact", reason="there are no items"),
        hamming_loss=found.of("hamming", reason="there are no items"),
        labels={
            code: {name: found.of("label", code, name, reason=REASONS[name]) for name in MEASURES}
            for code in counted.codes
        },
        branches={
            top: {name: found.of("branch", top, name, reason=REASONS[name]) for name in MEASURES}
            for top in counted.branches
        },
        effective_items=float(weights.sum() ** 2 / (weights**2).sum()),
    )
