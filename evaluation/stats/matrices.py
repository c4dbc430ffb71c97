"""Label sets as sparse matrices: one row an item, one column a label."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse


@dataclass(frozen=True)
class Pairing:
    """Gold and predicted labels of the same items: (n items, labels) of 0 and 1, and which items have no answer."""

    gold: sparse.csr_matrix
    predicted: sparse.csr_matrix
    unanswered: np.ndarray  # bool, (n items,)

    @property
    def hits(self) -> sparse.csr_matrix:
        return self.gold.multiply(self.predicted).tocsr()


def indicator(sets: Iterable[Iterable[str]], codes: Sequence[str]) -> sparse.csr_matrix:
    """(n sets, n codes) with 1 where a set holds a code; KeyError for a code that is not listed."""
    place = {code: column for column, code in enumerate(codes)}
    ends: list[int] = [0]
    columns: list[int] = []
    for labels in sets:
        columns.extend(map(place.__getitem__, labels))
        ends.append(len(columns))
    matrix = sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(ends) - 1, len(codes)))
    matrix.sort_indices()
    return matrix


def pairing(
    gold: Sequence[frozenset[str]], predicted: Sequence[frozenset[str] | None], codes: Sequence[str]
) -> Pairing:
    """The two sides as matrices; no answer predicts nothing. ValueError if they differ in length."""
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} gold sets, but {len(predicted)} predictions")
    return Pairing(
        gold=indicator(gold, codes),
        predicted=indicator((labels or () for labels in predicted), codes),
        unanswered=np.array([labels is None for labels in predicted], dtype=bool),
    )


def sums(matrix: sparse.csr_matrix, axis: int) -> np.ndarray:
    return np.asarray(matrix.sum(axis=axis)).ravel()
