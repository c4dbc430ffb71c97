"""Which texts are unlike those that gold has: TF-IDF, cosine distance, and farthest first so that they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

CHUNK = 2000  # rows held against all of gold at a time
LONGEST = 5000  # characters of a text that are read
NEAR_COPY = 0.05  # nearer than this to one that was picked before is the same text again
WORDS = 3


@dataclass(frozen=True)
class Novel:
    """A picked text: its place, its distance from 0 (as in gold) to 1 (no word in common), and words that say why."""

    place: int
    distance: float
    words: tuple[str, ...]


def most_novel(texts: Sequence[str], *, gold: Sequence[str], size: int) -> list[Novel]:
    """At most `size` places of `texts`, farthest first.

    Distance is 1 minus the largest cosine similarity of TF-IDF vectors (sublinear term frequency) to any text of gold
    or any text that was picked before (farthest-first traversal, Gonzalez 1985). Without gold all are equally far, so
    that the choice is one of different texts. The words are those with the largest weights that no text of gold has;
    where there is none, the largest of all. Ties go to the first place, so the order of `texts` is the only chance.
    """
    if not texts or size < 1:
        return []
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 -- half a second, for jobs only

    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32, max_features=50_000)
    try:
        whole = vectorizer.fit_transform([text[:LONGEST] for text in [*texts, *gold]]).tocsr()
    except ValueError:  # not one word in any of them
        return []
    vectors, known = whole[: len(texts)], whole[len(texts) :]
    nearest = _nearest(vectors, known)
    in_gold = np.asarray((known != 0).sum(axis=0)).ravel() > 0
    names = vectorizer.get_feature_names_out()
    picked: list[Novel] = []
    free = np.asarray(vectors.getnnz(axis=1) > 0)
    while len(picked) < size and free.any():
        distance = np.where(free, 1 - nearest, -1)
        place = int(distance.argmax())
        if distance[place] < NEAR_COPY:
            break
        row = vectors[place]
        picked.append(Novel(place, round(float(min(distance[place], 1.0)), 3), _words(row, in_gold, names)))
        free[place] = False
        nearest = np.maximum(nearest, np.asarray((vectors @ row.T).todense()).ravel())
    return picked


def _nearest(vectors: sparse.csr_matrix, known: sparse.csr_matrix) -> np.ndarray:
    """The largest similarity of each row to any of `known`; 0 where there is none."""
    found = np.zeros(vectors.shape[0], dtype=np.float32)
    if known.shape[0]:
        for start in range(0, vectors.shape[0], CHUNK):
            alike = (vectors[start : start + CHUNK] @ known.T).tocsr()
            found[start : start + CHUNK] = np.asarray(alike.max(axis=1).todense()).ravel()
    return found


def _words(row: sparse.csr_matrix, in_gold: np.ndarray, names: np.ndarray) -> tuple[str, ...]:
    order = row.indices[np.argsort(-row.data, kind="stable")]
    new = [place for place in order if not in_gold[place]]
    return tuple(str(names[place]) for place in (new or order)[:WORDS])
