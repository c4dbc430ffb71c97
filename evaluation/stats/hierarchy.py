"""Labels in their taxonomy: sets completed with ancestors, and the branches under the top labels.

Hierarchical precision and recall compare the completed sets, so that a near miss in the taxonomy costs less than a far
one: hP = sum |G and P| / sum |P|, hR = sum |G and P| / sum |G| (Kiritchenko, Matwin, Nock & Famili 2006). The common
root of all labels is not a label, so it is not counted.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse

from evaluation.stats.matrices import Pairing, sums
from evaluation.stats.resampling import Floats

Parents = Mapping[str, str | None]


def line(code: str, parents: Parents) -> list[str]:
    """The code and its ancestors, nearest first; a circle ends where it closes."""
    found: list[str] = []
    step: str | None = code
    while step is not None and step not in found:
        found.append(step)
        step = parents.get(step)
    return found


def branches(codes: Sequence[str], parents: Parents) -> dict[str, list[str]]:
    """Each top label that has labels under it, with all labels of its branch; in the order of codes.

    >>> branches(["a", "a1", "b"], {"a": None, "a1": "a", "b": None})
    {'a': ['a', 'a1']}
    """
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(line(code, parents)[-1], []).append(code)
    return {top: inside for top, inside in found.items() if inside != [top]}


def closure(codes: Sequence[str], parents: Parents) -> sparse.csr_matrix:
    """(labels, labels): 1 where the column's label is the row's or one of its ancestors.

    An ancestor that is not among the codes counts no less: it has a column of its own, after the codes.
    """
    place = {code: number for number, code in enumerate(codes)}
    rows, columns = [], []
    for number, code in enumerate(codes):
        for one in line(code, parents):
            rows.append(number)
            columns.append(place.setdefault(one, len(place)))
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(codes), len(place)))


def completed_counts(both: Pairing, codes: Sequence[str], parents: Parents) -> Floats:
    """(n items, 3): labels that both completed sets share, those of the prediction, those of gold."""
    up = closure(codes, parents)
    gold, predicted = ((side @ up).sign().tocsr() for side in (both.gold, both.predicted))
    return np.stack([sums(gold.multiply(predicted).tocsr(), 1), sums(predicted, 1), sums(gold, 1)], axis=1)
