"""Which label is given for which: the flow from gold labels to predicted ones over all errors of a run.

A wrong pair flows from its gold label to its predicted one, an omission from its gold label to nothing, a
hallucination from nothing to its predicted label. So the flows add up to all errors.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy import sparse

from evaluation.stats.errors import ItemErrors, Parents, branch, relation
from evaluation.stats.shares import Sums, counted
from evaluation.stats.types import Estimate, Resampled

TOP = 20
EXPLAINED = 10
Pair = tuple[str | None, str | None]  # gold label, predicted label; None: left out, or made up
NONE = "there are no errors"


@dataclass(frozen=True)
class Flow:
    """So many errors from one gold label to one predicted label; None stands for nothing."""

    gold: str | None
    predicted: str | None
    how: str  # a subtype of a wrong label, "omission" or "hallucination"
    count: int
    share: Estimate  # of all errors

    def as_dict(self) -> dict[str, Any]:
        return {
            "gold": self.gold,
            "predicted": self.predicted,
            "how": self.how,
            "count": self.count,
            "share": self.share.as_dict(),
        }


@dataclass(frozen=True)
class FlowReport:
    """The commonest flows, the rest as counts, and how much the very commonest explain."""

    errors: int
    distinct: int
    top: list[Flow]
    rest: list[tuple[str | None, str | None, int]]
    explained: Estimate  # share of all errors in the commonest `EXPLAINED` flows
    branches: list[tuple[str | None, str | None, int]]
    resampled: Resampled

    def as_dict(self) -> dict[str, Any]:
        return {
            "errors": self.errors,
            "distinct": self.distinct,
            "top": [flow.as_dict() for flow in self.top],
            "rest": [list(row) for row in self.rest],
            "explained": {"flows": min(EXPLAINED, self.distinct), **self.explained.as_dict()},
            "branches": [list(row) for row in self.branches],
            "interval": self.resampled.as_dict(),
        }


def pairs_of(errors: ItemErrors) -> list[Pair]:
    """Every error of an item as a pair of what gold says and what was predicted."""
    wrong: list[Pair] = [(gold, predicted) for gold, predicted, _ in errors.wrong]
    return [*wrong, *((code, None) for code in errors.omissions), *((None, code) for code in errors.hallucinations)]


def flow_report(
    errors: Sequence[ItemErrors], parents: Parents, *, top: int = TOP, resamples: int = 1000, seed: int = 0
) -> FlowReport:
    """The flows of all errors, the most frequent first, ties by code.

    Intervals are over items, for the flows that are the commonest here: which ones they are is taken as given, so
    the share of the commonest is a little flattered.
    """
    by_item = [pairs_of(one) for one in errors]
    counts = Counter(pair for pairs in by_item for pair in pairs)
    ranked = sorted(counts, key=lambda pair: (-counts[pair], pair[0] or "", pair[1] or ""))
    shown, whole = ranked[:top], sum(counts.values())
    sums = Sums(_columns(by_item, shown, ranked[:EXPLAINED]), resamples=resamples, seed=seed)

    def share(place: int) -> Estimate:
        return sums.share([place], [len(shown) + 1], reason=NONE, n=whole)

    flows = [
        Flow(gold, predicted, how(gold, predicted, parents), counts[gold, predicted], share(place))
        for place, (gold, predicted) in enumerate(shown)
    ]
    rest = [(*pair, counts[pair]) for pair in ranked[top:]]
    between = _between_branches(counts, parents)
    return FlowReport(
        whole, len(counts), flows, rest, share(len(shown)), between, Resampled(resamples, seed, method="bca")
    )


def how(gold: str | None, predicted: str | None, parents: Parents) -> str:
    """What kind of error a flow is."""
    if gold is None:
        return "hallucination"
    return "omission" if predicted is None else relation(gold, predicted, parents)


def _columns(by_item: Sequence[Sequence[Pair]], shown: Sequence[Pair], explained: Sequence[Pair]) -> sparse.csr_matrix:
    """By item: how often each shown flow, how often one of the explained ones, and how many errors there are."""
    place = {pair: column for column, pair in enumerate(shown)}
    among, width = set(explained), len(shown) + 2
    cells: dict[tuple[int, int], float] = defaultdict(float)
    for row, pairs in enumerate(by_item):
        for pair in pairs:
            cells[row, width - 1] += 1
            if pair in among:
                cells[row, width - 2] += 1
            if pair in place:
                cells[row, place[pair]] += 1
    return counted(cells, items=len(by_item), columns=width)


def _between_branches(counts: Counter[Pair], parents: Parents) -> list[tuple[str | None, str | None, int]]:
    """The same flows between top labels, the most frequent first."""
    found: Counter[Pair] = Counter()
    for (gold, predicted), count in counts.items():
        found[_branch(gold, parents), _branch(predicted, parents)] += count
    ranked = sorted(found, key=lambda pair: (-found[pair], pair[0] or "", pair[1] or ""))
    return [(*pair, found[pair]) for pair in ranked]


def _branch(code: str | None, parents: Parents) -> str | None:
    return None if code is None else branch(code, parents)
