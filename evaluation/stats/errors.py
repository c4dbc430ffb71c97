"""What kind of error each wrong label is: omission, hallucination, or one label in the place of another.

Per item, missing gold labels and extra predicted labels are paired at the smallest total distance in the taxonomy:
each pair is one wrong label; what is left over is an omission or a hallucination. So wrong + hallucination = FP and
wrong + omission = FN, always.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from evaluation.stats.intervals import Floats

Parents = Mapping[str, str | None]
KINDS = ("omission", "hallucination", "wrong_label")
SUBTYPES = ("too vague", "too specific", "sibling", "same branch", "unrelated")


@dataclass(frozen=True)
class ItemErrors:
    """The errors of one item: gold labels left out, labels made up, and (gold, predicted, how) pairs."""

    omissions: tuple[str, ...]
    hallucinations: tuple[str, ...]
    wrong: tuple[tuple[str, str, str], ...]


def totals(
    gold: Sequence[frozenset[str]], predicted: Sequence[frozenset[str] | None], parents: Parents
) -> dict[str, int]:
    """The number of errors of each kind. Pairs need no distances to be counted, so this is fast."""
    counts = dict.fromkeys(KINDS, 0)
    for there, answer in zip(gold, predicted, strict=True):
        missing, extra = len(there - (answer or frozenset())), len((answer or frozenset()) - there)
        counts["wrong_label"] += min(missing, extra)
        counts["omission"] += max(0, missing - extra)
        counts["hallucination"] += max(0, extra - missing)
    return counts


class Tree:
    """Distances and relations in one taxonomy, each worked out once."""

    def __init__(self, parents: Parents) -> None:
        self.parents = parents
        self._distances: dict[tuple[str, str], int] = {}
        self._relations: dict[tuple[str, str], str] = {}

    def distance(self, one: str, other: str) -> int:
        found = self._distances.get((one, other))
        if found is None:
            found = self._distances[one, other] = distance(one, other, self.parents)
        return found

    def relation(self, gold: str, predicted: str) -> str:
        found = self._relations.get((gold, predicted))
        if found is None:
            found = self._relations[gold, predicted] = relation(gold, predicted, self.parents)
        return found


def errors_of(
    gold: Sequence[Iterable[str]], predicted: Sequence[Iterable[str] | None], parents: Parents
) -> list[ItemErrors]:
    """The errors of each item in order; no answer predicts nothing. ValueError if the two differ in length."""
    tree = Tree(parents)
    return [_paired(set(one), set(other or ()), tree) for one, other in zip(gold, predicted, strict=True)]


def item_errors(gold: Iterable[str], predicted: Iterable[str], parents: Parents) -> ItemErrors:
    """Pair an item's missing and extra labels at minimum total distance, ties by code."""
    return _paired(set(gold), set(predicted), Tree(parents))


def _paired(there: set[str], guessed: set[str], tree: Tree) -> ItemErrors:
    missing, extra = sorted(there - guessed), sorted(guessed - there)
    if not missing or not extra:
        return ItemErrors(tuple(missing), tuple(extra), ())
    pairs = [(0, 0)] if len(missing) == len(extra) == 1 else _nearest(missing, extra, tree)
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    return ItemErrors(
        omissions=tuple(code for place, code in enumerate(missing) if place not in rows),
        hallucinations=tuple(code for place, code in enumerate(extra) if place not in columns),
        wrong=tuple((missing[row], extra[column], tree.relation(missing[row], extra[column])) for row, column in pairs),
    )


def _nearest(missing: list[str], extra: list[str], tree: Tree) -> list[tuple[int, int]]:
    costs = np.array([[tree.distance(one, other) for other in extra] for one in missing], dtype=float)
    rows, columns = linear_sum_assignment(_with_ties_by_code(costs))
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]


def _with_ties_by_code(costs: Floats) -> Floats:
    """The same costs, so scaled and marked that of equal totals the first list of pairs in order of codes is least.

    Pairs read as the digits of a number, the first missing label's first: which extra label it got, or none.
    """
    missing, extra = costs.shape
    digits = (extra + 1.0) ** np.arange(missing - 1, -1, -1)
    scale = (extra + 1.0) ** missing
    if costs.sum() * scale >= 2**52:  # beyond exact arithmetic: the order of codes still fixes it
        return costs
    marked: Floats = costs * scale + digits[:, None] * (np.arange(extra) - extra)
    return marked


def _line(code: str, parents: Parents) -> list[str]:
    """The code and its ancestors, nearest first."""
    line: list[str] = []
    step: str | None = code
    while step is not None and step not in line:
        line.append(step)
        step = parents.get(step)
    return line


def distance(one: str, other: str, parents: Parents) -> int:
    """Steps between two labels in the taxonomy, over a root that all top labels share."""
    up, down = _line(one, parents), _line(other, parents)
    places = {code: steps for steps, code in enumerate(down)}
    for steps, code in enumerate(up):
        if code in places:
            return steps + places[code]
    return len(up) + len(down)


def relation(gold: str, predicted: str, parents: Parents) -> str:
    """How a wrong label relates to the one it stands for."""
    up, down = _line(gold, parents), _line(predicted, parents)
    if predicted in up:
        return "too vague"
    if gold in down:
        return "too specific"
    if len(up) > 1 and len(down) > 1 and up[1] == down[1]:
        return "sibling"
    return "same branch" if up[-1] == down[-1] else "unrelated"


def branch(code: str, parents: Parents) -> str:
    """The top label that a label stands under; a top label is its own branch."""
    return _line(code, parents)[-1]
