"""Errors that resemble each other: by the words of their text and by which label stands for which.

Each error is a row of TF-IDF weights of its words (length 1) beside marks for its label pair, its gold and its
predicted label. Rows are brought to at most 60 dimensions (truncated SVD) and put into k groups by k-means, with
k = round(sqrt(n / 2)), at least 1 and at most 24. A group is named by the words whose mean weight in it exceeds the
mean weight elsewhere the most. The same input and seed give the same groups.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from evaluation.stats.shares import Sums, counted
from evaluation.stats.types import Estimate

MOST, DIMENSIONS, WORDS, VOCABULARY = 24, 60, 4, 20_000
PAIR, LABEL = 1.0, 0.5  # weights of the marks beside a text of length 1
WORD = r"(?u)\b[^\W\d_]{3,}\b"
LETTERS = 4_000  # of a text


@dataclass(frozen=True)
class Described:
    """One error: its text, what kind it is, gold's label and the run's ("" for none)."""

    text: str
    kind: str
    gold: str
    predicted: str


@dataclass(frozen=True)
class Clusters:
    """For each error the number of its cluster, 0 the largest, and the heaviest words of each cluster."""

    numbers: list[int]
    words: list[list[str]]


def cluster(errors: Sequence[Described], *, seed: int) -> Clusters:
    """Put errors into groups; no errors, no groups."""
    if not errors:
        return Clusters([], [])
    texts, names = _texts(errors)
    k = max(1, min(MOST, round((len(errors) / 2) ** 0.5)))
    found = _groups(sparse.hstack([texts, _marks(errors)]).tocsr(), k, seed) if k > 1 else np.zeros(len(errors), int)
    _, first, raw = np.unique(found, return_index=True, return_inverse=True)
    sizes = np.bincount(raw)
    order = sorted(range(len(sizes)), key=lambda at: (-sizes[at], first[at]))
    rank = {old: new for new, old in enumerate(order)}
    numbers = np.array([rank[int(old)] for old in raw])
    return Clusters(numbers.tolist(), [_words(texts, numbers == one, names) for one in range(len(order))])


def features(errors: Sequence[Described]) -> sparse.csr_matrix:
    """Texts and marks side by side, one row an error."""
    return sparse.hstack([_texts(errors)[0], _marks(errors)]).tocsr()


def shares(where: Sequence[tuple[Hashable, Hashable]], *, resamples: int, seed: int) -> dict[Hashable, Estimate]:
    """Of errors given as (item, group) the share of each group, with an interval over items.

    Errors of one item are drawn together, since one text can make several.
    """
    items = {item: row for row, item in enumerate(dict.fromkeys(item for item, _ in where))}
    groups = {group: column for column, group in enumerate(dict.fromkeys(group for _, group in where))}
    cells: dict[tuple[int, int], float] = {}
    for item, group in where:
        at = (items[item], groups[group])
        cells[at] = cells.get(at, 0.0) + 1.0
    sums = Sums(counted(cells, items=len(items), columns=len(groups)), resamples=resamples, seed=seed)
    every = list(groups.values())
    return {
        group: sums.share([column], every, reason="there are no errors", n=len(where))
        for group, column in groups.items()
    }


def _texts(errors: Sequence[Described]) -> tuple[sparse.csr_matrix, list[str]]:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 -- slow to load

    often = 1 if len(errors) < 40 else 2
    vectorizer = TfidfVectorizer(
        token_pattern=WORD, stop_words="english", min_df=often, max_df=0.6 if len(errors) >= 5 else 1.0,
        max_features=VOCABULARY, sublinear_tf=True,
    )  # fmt: skip
    try:
        found = vectorizer.fit_transform([one.text[:LETTERS] for one in errors])
    except ValueError:  # no word is left
        return sparse.csr_matrix((len(errors), 0)), []
    return found.tocsr(), vectorizer.get_feature_names_out().tolist()


def _marks(errors: Sequence[Described]) -> sparse.csr_matrix:
    columns: dict[tuple[str, ...], int] = {}
    cells: dict[tuple[int, int], float] = {}
    for row, one in enumerate(errors):
        marks: list[tuple[tuple[str, ...], float]] = [(("pair", one.kind, one.gold, one.predicted), PAIR)]
        marks += [((name, code), LABEL) for name, code in (("gold", one.gold), ("said", one.predicted)) if code]
        for mark, weight in marks:
            cells[row, columns.setdefault(mark, len(columns))] = weight
    return counted(cells, items=len(errors), columns=len(columns))


def _groups(rows: sparse.csr_matrix, k: int, seed: int) -> Any:
    from sklearn.cluster import KMeans  # noqa: PLC0415 -- slow to load
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415

    dimensions = min(DIMENSIONS, min(rows.shape) - 1)
    points = TruncatedSVD(dimensions, random_state=seed).fit_transform(rows) if dimensions >= 2 else rows.toarray()
    distinct = len(np.unique(points.round(9), axis=0))
    return KMeans(min(k, distinct), n_init=2, random_state=seed).fit(points.round(9)).labels_


def _words(texts: sparse.csr_matrix, inside: Any, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    here = np.asarray(texts[inside].mean(axis=0)).ravel()
    there = np.asarray(texts[~inside].mean(axis=0)).ravel() if (~inside).any() else np.zeros(len(names))
    ahead = here - there
    best = sorted(np.argsort(-ahead, kind="stable")[: WORDS * 2], key=lambda at: (-ahead[at], names[at]))
    return [names[at] for at in best if ahead[at] > 0][:WORDS]
