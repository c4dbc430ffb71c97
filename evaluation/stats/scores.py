"""Precision, recall and F1 of label sets, by every average, by label and by slice, each with its interval.

Definitions: scikit-learn's `precision_recall_fscore_support` for multilabel indicators, with the choices about zero
division written into each report (`ZERO_DIVISION`): what is undefined stays undefined and is listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluation.stats import errors
from evaluation.stats.intervals import Floats, bootstrap_sums, estimate, mean_of_defined, ratio
from evaluation.stats.matrices import Pairing, pairing, sums
from evaluation.stats.types import Estimate, Resampled

ZERO_DIVISION: dict[str, Any] = {
    "per_label": "null",
    "macro": "defined only",
    "weighted": 0,
    "samples_both_empty": 1,
}
MEASURES = ("precision", "recall", "f1")
AVERAGES = ("micro", "macro", "weighted", "samples")


@dataclass(frozen=True)
class LabelScore:
    """One label's figures."""

    precision: Estimate
    recall: Estimate
    f1: Estimate
    support: int
    tp: int
    fp: int
    fn: int

    def as_dict(self) -> dict[str, Any]:
        measures = {name: getattr(self, name).as_dict() for name in MEASURES}
        return {**measures, "support": self.support, "tp": self.tp, "fp": self.fp, "fn": self.fn}


@dataclass(frozen=True)
class ScoreReport:
    """How predictions compare with gold."""

    items: int
    unanswered: int
    averages: dict[str, dict[str, Estimate]]  # average -> measure
    undefined: dict[str, list[str]]  # measure -> the labels macro leaves out
    exact_match: Estimate
    hamming_loss: Estimate
    labels: dict[str, LabelScore]
    slices: dict[str, dict[str, Estimate]]  # attribute -> value -> micro F1
    slice_sizes: dict[str, dict[str, int]]
    errors: dict[str, int]
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        """The keys of the `evaluate` command."""
        averages: dict[str, Any] = {
            name: {measure: value.as_dict() for measure, value in found.items()}
            for name, found in self.averages.items()
        }
        averages["macro"]["undefined"] = self.undefined
        return {
            "items": self.items,
            "unanswered": self.unanswered,
            **averages,
            "exact_match": self.exact_match.as_dict(),
            "hamming_loss": self.hamming_loss.as_dict(),
            "labels": {code: score.as_dict() for code, score in self.labels.items()},
            "slices": {
                name: {
                    value: {"n": self.slice_sizes[name][value], "f1": found.as_dict()}
                    for value, found in values.items()
                }
                for name, values in self.slices.items()
            },
            "errors": self.errors,
            "interval": self.resampled.as_dict(),
            "zero_division": ZERO_DIVISION,
        }


def evaluate(
    *,
    gold: Sequence[frozenset[str]],
    predicted: Sequence[frozenset[str] | None],
    codes: Sequence[str],
    slices: Mapping[str, Sequence[str]] | None = None,
    parents: Mapping[str, str | None] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> ScoreReport:
    """Score predictions against gold, item by item in the same order.

    `predicted` None is no answer: it predicts nothing, and scores 0 in exact match and samples even where gold is
    empty. `slices` gives each item's value of each attribute. Intervals: percentile bootstrap over items, all
    measures on the same resamples. ValueError if lengths differ, KeyError for a label that `codes` does not list.
    """
    both = pairing(gold, predicted, codes)
    groups = _slice_groups(slices or {}, len(gold))
    counts, shares, n = _counts(both, groups), item_scores(both), len(gold)
    total = np.concatenate([sums(counts, 0), shares.sum(axis=0)])[None, :]
    drawn = bootstrap_sums(counts, shares=shares, resamples=resamples if n >= 2 else 0, seed=seed)
    point = _measures(total, labels=len(codes), n=n)
    replicates = _measures(drawn, labels=len(codes), n=n)

    def of(*path: Any, reason: str) -> Estimate:
        value, repeated = point[path[0]], replicates[path[0]]
        for step in path[1:]:
            value, repeated = value[..., step], repeated[..., step]
        return estimate(float(value[0]), repeated, n=n, reason=reason)

    none = "there are no items" if not n else "nothing was predicted and nothing is in gold"
    averages = {
        average: {measure: of(average, place, reason=none) for place, measure in enumerate(MEASURES)}
        for average in AVERAGES
    }
    tp, fp, fn = (total[0, start : start + len(codes)] for start in (0, len(codes), 2 * len(codes)))
    labels = {
        code: LabelScore(
            precision=of("labels", place, 0, reason="the label was never predicted"),
            recall=of("labels", place, 1, reason="no item has this label in gold"),
            f1=of("labels", place, 2, reason="the label is in no answer and not in gold"),
            support=int(tp[place] + fn[place]),
            tp=int(tp[place]),
            fp=int(fp[place]),
            fn=int(fn[place]),
        )
        for place, code in enumerate(codes)
    }
    found: dict[str, dict[str, Estimate]] = {}
    sizes: dict[str, dict[str, int]] = {}
    for place, (name, value, members) in enumerate(groups):
        sizes.setdefault(name, {})[value] = size = len(members)
        whole = of("slices", place, reason="nothing was predicted and nothing is in gold")
        if size < 2 and whole.value is not None:  # redrawing one item gives that item
            whole = Estimate(whole.value, None, None, size, "an interval needs at least 2 items")
        found.setdefault(name, {})[value] = Estimate(whole.value, whole.low, whole.high, size, whole.reason)
    return ScoreReport(
        items=n,
        unanswered=int(both.unanswered.sum()),
        averages=averages,
        undefined={
            measure: [code for code, score in labels.items() if getattr(score, measure).value is None]
            for measure in MEASURES
        },
        exact_match=of("exact_match", reason="there are no items"),
        hamming_loss=of("hamming_loss", reason="there are no items"),
        labels=labels,
        slices=found,
        slice_sizes=sizes,
        errors=errors.totals(gold, predicted, parents or {}),
        resampled=Resampled(resamples, seed),
    )


def _slice_groups(slices: Mapping[str, Sequence[str]], n: int) -> list[tuple[str, str, NDArray[np.intp]]]:
    """(attribute, value, the places of its items) for each value in order."""
    groups = []
    for name, values in slices.items():
        if len(values) != n:
            raise ValueError(f"{len(values)} values of {name}, but {n} items")
        members: dict[str, list[int]] = {}
        for place, value in enumerate(values):
            members.setdefault(value, []).append(place)
        groups += [(name, value, np.array(members[value], dtype=np.intp)) for value in sorted(members)]
    return groups


def _counts(both: Pairing, groups: list[tuple[str, str, NDArray[np.intp]]]) -> sparse.csr_matrix:
    """What is to be counted over items: by label tp, fp and fn; by slice hits, and labels predicted and in gold."""
    hits = both.hits
    blocks = [hits, _without_zeros(both.predicted - hits), _without_zeros(both.gold - hits)]
    if groups:
        hit, named = sums(hits, 1), sums(both.predicted, 1) + sums(both.gold, 1)
        rows = np.concatenate([members for _, _, members in groups])
        columns = 2 * np.repeat(np.arange(len(groups)), [len(members) for _, _, members in groups])
        cells = np.concatenate([hit[rows], named[rows]]), (np.tile(rows, 2), np.concatenate([columns, columns + 1]))
        blocks.append(_without_zeros(sparse.csr_matrix(cells, shape=(len(hit), 2 * len(groups)))))
    return sparse.hstack(blocks, format="csr")


def _without_zeros(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    matrix.eliminate_zeros()
    return matrix


def item_scores(both: Pairing) -> Floats:
    """(n items, 5): precision, recall and F1 of each item, exact match, and the number of wrong labels.

    Both sides empty: all three are 1; one side empty: the undefined ones are 0; no answer: 0.
    """
    hit, guessed, there = sums(both.hits, 1), sums(both.predicted, 1), sums(both.gold, 1)
    both_empty = (guessed + there == 0).astype(np.float64)
    answered = (~both.unanswered).astype(np.float64)
    precision = np.nan_to_num(ratio(hit, guessed)) + both_empty
    recall = np.nan_to_num(ratio(hit, there)) + both_empty
    f1 = np.nan_to_num(ratio(2 * hit, guessed + there)) + both_empty
    exact = ((hit == guessed) & (hit == there)).astype(np.float64)
    wrong = guessed + there - 2 * hit
    return np.stack([precision * answered, recall * answered, f1 * answered, exact * answered, wrong], axis=1)


def _measures(total: Floats, *, labels: int, n: int) -> dict[str, Floats]:
    """Every measure from sums over items, for each row of `total` (resamples, columns)."""
    tp, fp, fn = (total[:, start : start + labels] for start in (0, labels, 2 * labels))
    guessed, there = tp + fp, tp + fn
    slices, scores = total[:, 3 * labels : -5], total[:, -5:]
    f1 = ratio(2 * tp, guessed + there)
    by_label = np.stack([ratio(tp, guessed), ratio(tp, there), f1], axis=1)  # (rows, measure, label)
    hit, all_guessed, all_there = tp.sum(axis=1), guessed.sum(axis=1), there.sum(axis=1)
    weighted = [
        ratio((np.nan_to_num(by_label[:, place]) * there).sum(axis=1), all_there) for place in range(len(MEASURES))
    ]
    per_item = ratio(scores, np.full_like(scores, n))
    return {
        "labels": by_label,
        "micro": np.stack(
            [ratio(hit, all_guessed), ratio(hit, all_there), ratio(2 * hit, all_guessed + all_there)], axis=1
        ),
        "macro": mean_of_defined(by_label),
        "weighted": np.stack(weighted, axis=1),
        "samples": per_item[:, :3],
        "exact_match": per_item[:, 3],
        "hamming_loss": per_item[:, 4] / labels if labels else np.full(len(total), np.nan),
        "slices": ratio(2 * slices[:, 0::2], slices[:, 1::2]),
    }
