"""Which items are labelled next: a random share first, then the best of a mix, no text twice.

The random share is a simple random sample of the distinct texts of the whole pool, drawn before any score is looked
at, so what is measured on it holds for the pool: a text drawn with chance m / G that g items share stands for g * G / m
items (Horvitz & Thompson 1952). Items picked by their scores stand for nothing but themselves.

Then, one after another, the item with the highest sum of weight * rank is picked. The rank of diversity is that of the
distance (1 - cosine of TF-IDF) to the nearest item that is labelled or chosen, anew after each pick: with all
weight on it this is the greedy k-centre of Sener & Savarese 2018 (algorithm 1). One row is held against all others at
a time, so memory grows with the number of items and not with its square.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluation.stats.acquisition import DIVERSITY, Floats, ranks

ALIKE = 0.95  # cosine at which two texts count as one
MOST_COVERED = 2000  # labelled texts that the pool is held against
CHUNK = 256


@dataclass(frozen=True)
class Chosen:
    """One item and why: `ranks` by strategy, 0 to 1; `total` their weighted sum. Of a random one they are beside the
    point."""

    place: int
    is_random: bool
    weight: float  # how many items of the pool it stands for; 1 of a picked one
    ranks: dict[str, float]
    total: float


@dataclass(frozen=True)
class Choice:
    """What was chosen, in the order of choosing, and what was passed over."""

    chosen: list[Chosen]
    texts: int  # distinct ones in the pool
    repeated: int  # items whose text another item of the pool has
    near_copies: int  # items left out since their text is almost that of one labelled or chosen


def choose(
    *,
    scores: Mapping[str, Floats],
    mix: Mapping[str, float],
    texts: Sequence[str],
    vectors: sparse.csr_matrix,
    size: int,
    random_share: float,
    seed: int,
    covered: sparse.csr_matrix | None = None,
) -> Choice:
    """Choose `size` items of a pool of n, fewer where texts run out.

    `scores` (n,) by strategy of `mix` other than diversity; `texts` (n,): equal ones are the same text; `vectors`
    (n, terms), rows of length 1 or 0; `covered` (m, terms): those of labelled items. ValueError for a share outside 0
    to 1, a size below 1 or a strategy without scores.
    """
    if not 0 <= random_share <= 1 or size < 1:
        raise ValueError("at least one item, and a random share between 0 and 1")
    if missing := [name for name in mix if name != DIVERSITY and name not in scores]:
        raise ValueError(f"there are no scores for {missing[0]}")
    first, shared = _distinct(texts)
    rng = np.random.default_rng(seed)
    size = min(size, len(first))
    at_random = first[rng.choice(len(first), round(size * random_share), replace=False)] if len(first) else first
    ordered = {name: ranks(scores[name]) for name in mix if name != DIVERSITY}
    fixed = sum((mix[name] * rank for name, rank in ordered.items()), start=np.zeros(len(texts)))
    nearest = similarity_to(vectors, covered)
    is_open = np.zeros(len(texts), dtype=bool)
    is_open[first] = True
    tie = rng.permutation(len(texts))  # equal scores: by lot, the same for a seed

    found: list[Chosen] = []

    def take(place: int, *, is_random: bool, far: Floats) -> None:
        here = {name: float(rank[place]) for name, rank in ordered.items()}
        here |= {DIVERSITY: float(far[place])} if DIVERSITY in mix else {}
        weight = shared[place] * len(first) / len(at_random) if is_random else 1.0
        total = sum(mix[name] * value for name, value in here.items())
        found.append(Chosen(place, is_random, float(weight), here, float(total)))
        is_open[place] = False
        np.maximum(nearest, row_similarity(vectors, place), out=nearest)

    start = _far(nearest, mix)
    for place in at_random:
        take(int(place), is_random=True, far=start)
    picks = 0
    while len(found) < size:
        places = np.flatnonzero(is_open & (nearest < ALIKE))
        if not len(places):
            break
        far = _far(nearest, mix)
        total = (fixed + mix.get(DIVERSITY, 0.0) * far)[places]
        best = places[np.flatnonzero(total >= total.max() - 1e-12)]
        take(int(best[np.argmin(tie[best])]), is_random=False, far=far)
        picks += 1
    near = int((is_open & (nearest >= ALIKE)).sum())
    return Choice(found, texts=len(first), repeated=len(texts) - len(first), near_copies=near)


def similarity_to(vectors: sparse.csr_matrix, covered: sparse.csr_matrix | None) -> Floats:
    """(n,): the cosine to the nearest covered row, 0 where there is none; a block of rows at a time."""
    nearest = np.zeros(vectors.shape[0])
    if covered is None or not covered.shape[0]:
        return nearest
    for start in range(0, covered.shape[0], CHUNK):
        alike = (vectors @ covered[start : start + CHUNK].T).max(axis=1)
        np.maximum(nearest, np.asarray(alike.todense()).ravel(), out=nearest)
    return nearest


def row_similarity(vectors: sparse.csr_matrix, place: int) -> Floats:
    """(n,): the cosine of every row to one of them."""
    row = np.zeros(vectors.shape[1])
    own = slice(vectors.indptr[place], vectors.indptr[place + 1])
    row[vectors.indices[own]] = vectors.data[own]
    return np.asarray(vectors @ row, dtype=np.float64)


def _far(nearest: Floats, mix: Mapping[str, float]) -> Floats:
    return ranks(1.0 - nearest) if DIVERSITY in mix else nearest


def _distinct(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The place of each text's first item, and for each place how many items share its text."""
    _, first, group, count = np.unique(
        np.asarray(texts, dtype=str), return_index=True, return_inverse=True, return_counts=True
    )
    return np.sort(first).astype(np.int64), count[group].astype(np.int64)
