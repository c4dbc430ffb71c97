"""Agreement on evidence: which sentences, or paragraphs, raters marked as the reason for a label.

Asked only where at least two raters chose the label on the item and marked something for it: who marked nothing left
no record, which is not the same as marking no sentence. Each sentence of the item is then a yes-or-no question:

    alpha       nominal, over all sentences of all such items and labels; intervals draw items, with all their labels
    precision   of what one rater marked, the share that the other marked too; recall the other way round
    f1          2 x both / (one + other), over all pairs: of two raters neither is the truth, so one figure for both
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.intervals import bootstrap_sums, estimate, ratio
from evaluation.stats.label_agreement import one_minus
from evaluation.stats.resampling import Floats
from evaluation.stats.types import Estimate, undefined

Span = tuple[int, int, int]  # document, start, end
NOTHING = "no label on any item has evidence from two raters"
SAME = "all sentences were marked, or none, so chance and agreement cannot be told apart"


@dataclass(frozen=True)
class Mark:
    """What one rater marked as evidence of one label: places in the item's list of segments."""

    item: str
    label: str
    rater: str
    segments: frozenset[int]


@dataclass(frozen=True)
class SpanAgreement:
    """Agreement at one level, of all raters and of each two."""

    alpha: Estimate
    f1: Estimate
    pairs: list[dict[str, Any]]
    items: int
    questions: int  # items by labels
    segments: int  # items by labels by segments

    def as_dict(self) -> dict[str, Any]:
        return {
            "alpha": self.alpha.as_dict(),
            "f1": self.f1.as_dict(),
            "pairs": self.pairs,
            "items": self.items,
            "questions": self.questions,
            "segments": self.segments,
        }


def touched(quotes: Iterable[Span], segments: Sequence[Span]) -> frozenset[int]:
    """The segments that a quote shares at least one character with.

    >>> sorted(touched([(0, 5, 12)], [(0, 0, 6), (0, 7, 12), (1, 0, 9)]))
    [0, 1]
    """
    spans = list(quotes)
    return frozenset(
        place
        for place, (document, start, end) in enumerate(segments)
        if any(document == at and start < stop and begin < end for at, begin, stop in spans)
    )


def span_agreement(
    marks: Iterable[Mark], segments: Mapping[str, int], *, resamples: int = 1000, seed: int = 0
) -> SpanAgreement:
    """From marks, one a rater, item and label, and how many segments each item has. ValueError for two of one."""
    asked: dict[tuple[str, str], dict[str, frozenset[int]]] = defaultdict(dict)
    for mark in marks:
        if mark.rater in asked[mark.item, mark.label]:
            raise ValueError(f"{mark.rater} marked {mark.label} on {mark.item} twice")
        asked[mark.item, mark.label][mark.rater] = mark.segments
    kept = {question: said for question, said in sorted(asked.items()) if _counts(said)}
    items = sorted({item for item, _ in kept})
    n = len(items)
    if not n:
        return SpanAgreement(undefined(0, NOTHING), undefined(0, NOTHING), [], 0, 0, 0)
    place = {item: number for number, item in enumerate(items)}
    columns = np.zeros((n, 5))  # differing pairs over m - 1, ratings, yes, twice what pairs share, what they marked
    of_pairs: dict[tuple[str, str], list[tuple[str, int, int, int]]] = defaultdict(list)
    for (item, _), said in kept.items():
        marked = [spots for spots in said.values() if spots]
        columns[place[item]] += _columns(marked, segments[item])
        for one, other in combinations(sorted(rater for rater, spots in said.items() if spots), 2):
            both = len(said[one] & said[other])
            of_pairs[one, other].append((item, both, len(said[one]), len(said[other])))
    again = resamples if n >= 2 else 0
    drawn = bootstrap_sums(sparse.csr_matrix(columns), resamples=again, seed=seed)
    point = columns.sum(axis=0)[None, :]
    return SpanAgreement(
        alpha=estimate(float(_alpha(point)[0]), _alpha(drawn), n=n, reason=SAME),
        f1=estimate(float(_f1(point)[0]), _f1(drawn), n=n, reason=NOTHING),
        pairs=[_pair(raters, rows, resamples=resamples, seed=seed) for raters, rows in sorted(of_pairs.items())],
        items=n,
        questions=len(kept),
        segments=sum(segments[item] for item, _ in kept),
    )


def _counts(said: Mapping[str, frozenset[int]]) -> bool:
    return sum(bool(spots) for spots in said.values()) >= 2


def _columns(marked: Sequence[frozenset[int]], segments: int) -> list[float]:
    m = len(marked)
    yes = np.zeros(segments)
    for spots in marked:
        yes[sorted(spots)] += 1
    together = sum(len(one & other) for one, other in combinations(marked, 2))
    sizes = sum(len(one) + len(other) for one, other in combinations(marked, 2))
    return [float((2 * yes * (m - yes)).sum() / (m - 1)), float(m * segments), float(yes.sum()), 2 * together, sizes]


def _alpha(total: Floats) -> Floats:
    differ, ratings, yes = total[:, 0], total[:, 1], total[:, 2]
    return one_minus(ratio(differ, ratings), ratio(2 * yes * (ratings - yes), ratings * (ratings - 1)))


def _f1(total: Floats) -> Floats:
    return ratio(total[:, 3], total[:, 4])


def _pair(
    raters: tuple[str, str], rows: Sequence[tuple[str, int, int, int]], *, resamples: int, seed: int
) -> dict[str, Any]:
    """Precision and recall with the first as if it were the truth."""
    items = sorted({item for item, *_ in rows})
    place = {item: number for number, item in enumerate(items)}
    columns = np.zeros((len(items), 3))
    for item, *counts in rows:
        columns[place[item]] += counts
    n = len(items)
    drawn = bootstrap_sums(sparse.csr_matrix(columns), resamples=resamples if n >= 2 else 0, seed=seed)
    point = columns.sum(axis=0)[None, :]
    found = {
        name: estimate(float(ratio(point[:, 0], point[:, at])[0]), ratio(drawn[:, 0], drawn[:, at]), n=n, reason="")
        for name, at in (("precision", 2), ("recall", 1))
    }
    return {"one": raters[0], "other": raters[1], **{name: value.as_dict() for name, value in found.items()}}
