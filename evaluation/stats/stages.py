"""Where a pipeline loses gold labels: no answer, evidence not retrieved, lost in the summary, or labelled wrong.

A gold label can be followed where raters marked its evidence and the run recorded its stages. Its evidence is
retrieved if at least one marked sentence is among the retrieved ones, and kept if the summary still says it (`says`).
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import Floats
from evaluation.stats.shares import Sums
from evaluation.stats.types import Estimate, Resampled

STAGES = ("gold", "answered", "retrieved", "kept", "right")
LOST = ("no_answer", "retrieval", "summary", "classification", "unknown")
KEPT_SHARE = 0.5
SHORT = 4  # letters under which a word carries no content
Segments = frozenset[Hashable]


@dataclass(frozen=True)
class ItemStages:
    """One item on its way through the stages; None is what the run did not record."""

    gold_labels: frozenset[str]
    predicted: frozenset[str] | None
    evidence: Mapping[str, Segments]  # marked sentences of gold labels, where anybody marked any
    retrieved: Segments | None = None
    kept: frozenset[str] | None = None  # gold labels whose evidence the summary still says
    sentences: int = 0  # of the whole text


@dataclass(frozen=True)
class Stage:
    """What is left after one stage, of all labels that can be followed and of those that reached it."""

    name: str
    count: int
    share: Estimate
    of_previous: Estimate

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "count": self.count,
            "share": self.share.as_dict(),
            "of_previous": self.of_previous.as_dict(),
        }


@dataclass(frozen=True)
class StageReport:
    """The loss by stage."""

    items: int
    gold_labels: int
    followed: int  # gold labels with evidence and recorded stages
    without_evidence: int
    has_retrieval: bool
    has_summary: bool
    reads_all: bool
    stages: list[Stage]
    right_without: int  # right although the evidence was lost on the way
    lost: dict[str, int]  # missed gold labels by where they were lost: they add up to all misses
    retrieval_recall: Estimate  # share of marked sentences among the retrieved
    retrieved_share: Estimate  # share of all sentences that were retrieved
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "items": self.items,
            "gold_labels": self.gold_labels,
            "followed": self.followed,
            "without_evidence": self.without_evidence,
            "has_retrieval": self.has_retrieval,
            "has_summary": self.has_summary,
            "reads_all": self.reads_all,
            "stages": [stage.as_dict() for stage in self.stages],
            "right_without": self.right_without,
            "lost": self.lost,
            "retrieval_recall": self.retrieval_recall.as_dict(),
            "retrieved_share": self.retrieved_share.as_dict(),
            "interval": self.resampled.as_dict(),
        }


def says(summary: str, passages: Sequence[str], *, share: float = KEPT_SHARE) -> bool:
    """Whether a summary still says one of the passages: it has at least this share of the passage's content words.

    Content words are those of four letters and more, or all where a passage has none. Other words for the same thing
    are not seen, and the same words for another thing are taken for it: a reading aid, not a judgement.

    >>> says("They sell payroll software.", ["Its payroll software serves banks."])
    True
    >>> says("They sell machines.", ["Its payroll software serves banks."])
    False
    """
    there = set(content_words(summary))
    return any(
        words and sum(word in there for word in words) >= share * len(words)
        for words in (set(content_words(passage)) for passage in passages)
    )


def content_words(text: str) -> list[str]:
    words = ["".join(filter(str.isalnum, word)) for word in text.lower().split()]
    return [word for word in words if len(word) >= SHORT] or [word for word in words if word]


def stage_report(
    items: Sequence[ItemStages], *, reads_all: bool = False, resamples: int = 1000, seed: int = 0
) -> StageReport:
    """Follow every gold label through the stages that the run recorded.

    `reads_all`: the run has no stages, it labels the whole text in one step, so what it misses is lost there.
    """
    has_retrieval = any(item.retrieved is not None for item in items)
    has_summary = any(item.kept is not None for item in items)
    recorded = {"retrieved": has_retrieval, "kept": has_summary}
    n = len(items)
    counts: Floats = np.zeros((n, len(STAGES) + 4))
    lost: Counter[str] = Counter()
    right_without = 0
    for row, item in enumerate(items):
        lost.update(where_lost(item, reads_all=reads_all).values())
        for code in _followed(item, recorded):
            passed = _passed(item, code)
            counts[row, : len(STAGES)] += np.cumprod(passed)
            right_without += passed[-1] and not all(passed)
        counts[row, len(STAGES) :] += _read(item)
    sums = Sums(sparse.csr_matrix(counts), resamples=resamples, seed=seed)

    none, gone = "no gold label can be followed through the stages", "nothing reached this stage"
    stages = [
        Stage(
            name=name,
            count=sums.total([place]),
            share=sums.share([place], [0], reason=none),
            of_previous=sums.share([place], [max(place - 1, 0)], reason=gone if sums.total([0]) else none),
        )
        for place, name in enumerate(STAGES)
        if recorded.get(name, True)
    ]
    at = len(STAGES)
    return StageReport(
        items=n,
        gold_labels=sum(len(item.gold_labels) for item in items),
        followed=sums.total([0]),
        without_evidence=sum(len(item.gold_labels - set(item.evidence)) for item in items),
        has_retrieval=has_retrieval,
        has_summary=has_summary,
        reads_all=reads_all,
        stages=stages,
        right_without=int(right_without),
        lost={name: lost[name] for name in LOST},
        retrieval_recall=sums.share([at], [at + 1], reason="no retrieval is recorded for an item with marked evidence"),
        retrieved_share=sums.share([at + 2], [at + 3], reason="no retrieval is recorded"),
        resampled=Resampled(resamples, seed, method="bca"),
    )


def where_lost(item: ItemStages, *, reads_all: bool = False) -> dict[str, str]:
    """Each missed gold label of an item, and the first stage at which its evidence was gone."""
    return {
        code: _where(item, code, reads_all) for code in item.gold_labels if code not in (item.predicted or frozenset())
    }


def _followed(item: ItemStages, recorded: Mapping[str, bool]) -> list[str]:
    """The gold labels of an item whose way is known: an answer that lacks a stage which the run records has no way."""
    if item.predicted is not None:
        if recorded["retrieved"] and item.retrieved is None:
            return []
        if recorded["kept"] and item.kept is None:
            return []
    return sorted(item.gold_labels & set(item.evidence))


def _passed(item: ItemStages, code: str) -> list[bool]:
    """Whether a label passed each stage on its own; a stage that is not recorded lets everything pass."""
    return [
        True,
        item.predicted is not None,
        item.retrieved is None or bool(item.evidence[code] & item.retrieved),
        item.kept is None or code in item.kept,
        code in (item.predicted or ()),
    ]


def _where(item: ItemStages, code: str, reads_all: bool) -> str:
    """The first stage at which a missed label's evidence was gone."""
    if item.predicted is None:
        return "no_answer"
    if reads_all:
        return "classification"
    if code not in item.evidence or (item.retrieved is None and item.kept is None):
        return "unknown"
    _, _, was_retrieved, was_kept, _ = _passed(item, code)
    if not was_retrieved:
        return "retrieval"
    return "classification" if was_kept else "summary"


def _read(item: ItemStages) -> list[int]:
    """Marked sentences that were retrieved, marked sentences, sentences that were retrieved, sentences."""
    if item.retrieved is None:
        return [0, 0, 0, 0]
    marked = frozenset[Hashable]().union(*item.evidence.values())
    return [len(marked & item.retrieved), len(marked), len(item.retrieved), item.sentences]
