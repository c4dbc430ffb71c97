"""A run's quotes against the passages that raters marked, counted in sentences or paragraphs.

For each label of an item there are two sets of segments: those that gold marks, and those that the run's quote lies
in. Precision is the share of the run's segments that gold marks too, recall the share of gold's that the run found.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.stats.intervals import Floats
from evaluation.stats.shares import Sums, counted
from evaluation.stats.types import Estimate, Resampled

Segments = frozenset[Hashable]
MEASURES = ("precision", "recall", "f1")
SCOPES = ("right", "every")


@dataclass(frozen=True)
class ItemEvidence:
    """One item's marked segments by label.

    `gold` holds the gold labels whose evidence is known; `gold_labels` all of them. `predicted` holds every label of
    the run, with an empty set where it quoted nothing that could be found; `not_found` counts quotes that are not in
    the text.
    """

    gold_labels: frozenset[str]
    gold: Mapping[str, Segments]
    predicted: Mapping[str, Segments]
    not_found: Mapping[str, int]
    quotes: int = 0


@dataclass(frozen=True)
class EvidenceScore:
    """Precision, recall and F1 over segments, with what they were counted from."""

    precision: Estimate
    recall: Estimate
    f1: Estimate
    both: int
    gold: int
    predicted: int
    units: int  # labels of items that were compared

    def as_dict(self) -> dict[str, Any]:
        measures = {name: getattr(self, name).as_dict() for name in MEASURES}
        counts = {"both": self.both, "gold": self.gold, "predicted": self.predicted, "labels": self.units}
        return {**measures, **counts}


@dataclass(frozen=True)
class EvidenceReport:
    """How well a run quotes at one size of segment."""

    items: int
    scopes: dict[str, EvidenceScore]  # "right": labels that gold and the run both gave; "every": missed and made up too
    labels: dict[str, EvidenceScore]  # of the right ones
    quotes: int
    quotes_not_found: int
    without_gold_evidence: int  # gold labels whose evidence nobody marked: not compared
    without_quote: int  # right labels with gold evidence for which the run quoted nothing
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "items": self.items,
            **{name: score.as_dict() for name, score in self.scopes.items()},
            "labels": {code: score.as_dict() for code, score in self.labels.items()},
            "quotes": self.quotes,
            "quotes_not_found": self.quotes_not_found,
            "without_gold_evidence": self.without_gold_evidence,
            "without_quote": self.without_quote,
            "interval": self.resampled.as_dict(),
        }


def evidence_report(
    items: Sequence[ItemEvidence], *, codes: Sequence[str], resamples: int = 1000, seed: int = 0
) -> EvidenceReport:
    """Compare the sets of segments, label by label.

    A quote that is not in the text counts as one wrong segment. Labels whose gold evidence is not recorded are left
    out and counted. "every" adds the labels that only one side gave: a missed label's segments were not found, those
    of a label that gold does not have are wrong.
    """
    cells: dict[tuple[int, tuple[str, str]], Floats] = {}
    units: dict[tuple[str, str], int] = defaultdict(int)
    without_gold = without_quote = 0

    def add(row: int, key: tuple[str, str], counts: Floats) -> None:
        cells[row, key] = cells.get((row, key), np.zeros(3)) + counts
        units[key] += 1

    for row, item in enumerate(items):
        without_gold += len(item.gold_labels - set(item.gold))
        for code in sorted(set(item.gold) | (set(item.predicted) - item.gold_labels)):
            marked, quoted = item.gold.get(code, frozenset()), item.predicted.get(code, frozenset())
            lost = item.not_found.get(code, 0)
            counts = np.array([len(marked & quoted), len(marked), len(quoted) + lost], dtype=np.float64)
            add(row, ("scope", "every"), counts)
            if code in item.gold and code in item.predicted:
                add(row, ("scope", "right"), counts)
                add(row, ("label", code), counts)
                without_quote += not quoted and not lost
    scores = _scores(cells, units, items=len(items), codes=codes, resamples=resamples, seed=seed)
    return EvidenceReport(
        items=len(items),
        scopes={name: scores["scope", name] for name in SCOPES},
        labels={code: scores["label", code] for code in codes if ("label", code) in units},
        quotes=sum(item.quotes for item in items),
        quotes_not_found=sum(sum(item.not_found.values()) for item in items),
        without_gold_evidence=without_gold,
        without_quote=without_quote,
        resampled=Resampled(resamples, seed, method="bca"),
    )


def _scores(
    cells: Mapping[tuple[int, tuple[str, str]], Floats],
    units: Mapping[tuple[str, str], int],
    *,
    items: int,
    codes: Sequence[str],
    resamples: int,
    seed: int,
) -> dict[tuple[str, str], EvidenceScore]:
    keys = [("scope", name) for name in SCOPES] + [("label", code) for code in codes if ("label", code) in units]
    place = {key: 3 * number for number, key in enumerate(keys)}
    filled = {
        (row, place[key] + step): float(counts[step])
        for (row, key), counts in cells.items()
        if key in place
        for step in range(3)
        if counts[step]
    }
    sums = Sums(counted(filled, items=items, columns=3 * len(keys)), resamples=resamples, seed=seed)
    return {key: _score(sums, place[key], units=units.get(key, 0)) for key in keys}


def _score(sums: Sums, at: int, *, units: int) -> EvidenceScore:
    both, gold, predicted = at, at + 1, at + 2
    return EvidenceScore(
        precision=sums.share([both], [predicted], reason="the run quoted nothing"),
        recall=sums.share([both], [gold], reason="gold marks nothing"),
        f1=sums.share([both, both], [gold, predicted], reason="nothing is marked or quoted"),
        both=sums.total([both]),
        gold=sums.total([gold]),
        predicted=sums.total([predicted]),
        units=units,
    )
