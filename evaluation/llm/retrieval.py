"""Splits texts into passages, and finds those that speak of what is asked."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from evaluation.llm.protocol import DocText

Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]
Floats = NDArray[np.float64]
METHODS = ("bm25", "tfidf", "embeddings")
K1, B = 1.5, 0.75  # of BM25: how soon repetition stops to count, and how much a long passage is marked down
WORDS = r"(?u)\b\w+\b"  # runs of letters and digits, one letter included, in lower case
_RUN = re.compile(r"[^\s。！？]+[。！？]*|[。！？]+")  # a word; where no spaces are written, a sentence
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_SENTENCE = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？]+|\n")  # or a line


@dataclass(frozen=True)
class Chunk:
    """A passage: which document of the item, from where to where in it, and the text there."""

    document: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Hit:
    """A passage with its score and its rank, the best being 1."""

    chunk: Chunk
    score: float
    rank: int


def split(documents: Sequence[DocText], *, size: int = 800, overlap: int = 100) -> list[Chunk]:
    """Passages of at most `size` characters, in order, that together hold every word.

    A passage ends with a paragraph if one ends in its second half, else with a sentence or line there, else with a
    word. The next begins with a word, at most `overlap` characters before that end. Only a word longer than `size` is
    cut.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"passages overlap by 0 to less than their size of {size} characters, not {overlap}")
    return [
        Chunk(number, start, end, document.text[start:end])
        for number, document in enumerate(documents)
        for start, end in _bounds(document.text, size, overlap)
    ]


def _bounds(text: str, size: int, overlap: int) -> list[tuple[int, int]]:
    runs = [match.span() for match in _RUN.finditer(text)]
    if not runs:
        return []
    starts, ends = [run[0] for run in runs], [run[1] for run in runs]
    breaks = [_word_ends(pattern, text, starts, ends) for pattern in (_PARAGRAPH, _SENTENCE)]
    found: list[tuple[int, int]] = []
    start, reached = starts[0], 0
    while True:
        limit = start + size
        if limit >= ends[-1]:
            return [*found, (start, ends[-1])]
        reached = max(start, reached)
        end = _cut(breaks, ends, limit, half=max(start + size // 2 - 1, reached), reached=reached)
        found.append((start, end))
        start, reached = _next(starts, ends, start, end, size, overlap), end


def _word_ends(pattern: re.Pattern[str], text: str, starts: list[int], ends: list[int]) -> list[int]:
    """The end of the last word before the end of each match."""
    places = (bisect_left(starts, match.end()) - 1 for match in pattern.finditer(text))
    return [ends[place] for place in places if place >= 0]


def _cut(breaks: list[list[int]], ends: list[int], limit: int, *, half: int, reached: int) -> int:
    """Where a passage ends: the last paragraph or sentence after `half`, else the last word after what was reached."""
    for places in breaks:
        place = bisect_right(places, limit) - 1
        if place >= 0 and places[place] > half:
            return places[place]
    place = bisect_right(ends, limit) - 1
    return ends[place] if place >= 0 and ends[place] > reached else limit


def _next(starts: list[int], ends: list[int], start: int, end: int, size: int, overlap: int) -> int:
    """Where the next passage begins: at a word before `end` from which it reaches at least one word further."""
    following = bisect_right(ends, end)  # the first word, or rest of one, that is not in yet
    fresh = max(starts[following], end)
    place = bisect_left(starts, max(end - overlap, start + 1))
    if place < len(starts) and starts[place] < end and ends[following] - starts[place] <= size:
        return starts[place]
    return fresh


def retrieve(
    chunks: Sequence[Chunk],
    query: str,
    *,
    k: int,
    method: str = "bm25",
    embed: Embed | None = None,
    in_order: bool = False,
) -> list[Hit]:
    """The k passages most like the query, best first and ties in their order; fewer if there are fewer.

    `in_order` gives the same passages in the order of the texts, with their ranks kept. What is rare is judged by these
    passages alone. A passage that shares no word with the query scores 0 and comes last.
    """
    if method not in METHODS:
        raise ValueError(f"passages are found by {', '.join(METHODS)}, not {method}")
    if method == "embeddings" and embed is None:
        raise ValueError("passages are found by embeddings, so there must be something that embeds")
    if not chunks or k <= 0:
        return []
    texts = [chunk.text for chunk in chunks]
    if embed is not None and method == "embeddings":
        scores = cosines(embed([query, *texts]), len(texts) + 1)
    else:
        scores = (bm25 if method == "bm25" else _tfidf)(texts, query)
    best = np.argsort(-np.round(scores, 12), kind="stable")[:k]
    hits = [Hit(chunks[place], float(scores[place]), rank) for rank, place in enumerate(best.tolist(), 1)]
    return sorted(hits, key=lambda hit: (hit.chunk.document, hit.chunk.start)) if in_order else hits


def bm25(texts: Sequence[str], query: str) -> Floats:
    """Okapi BM25 of each text, with the inverse document frequency of Lucene, which is never below 0.

    Sum over the query's words, each as often as it is asked, of
    ln(1 + (N - n + 0.5) / (n + 0.5)) * f / (f + k1 * (1 - b + b * length / mean length)): f is how often the word is in
    the text, n how many of the N texts have it. Robertson & Zaragoza 2009, section 3; Kamphuis et al. 2020, table 1.
    """
    counter = CountVectorizer(token_pattern=WORDS)
    try:
        counts = counter.fit_transform(texts)
    except ValueError:  # there is no word in any of them
        return np.zeros(len(texts))
    asked = counter.transform([query])
    lengths = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    inside = counts[:, asked.indices].toarray().astype(np.float64)
    have = (inside > 0).sum(axis=0)
    rarity = np.log1p((len(texts) - have + 0.5) / (have + 0.5))
    pulled = K1 * (1 - B + B * lengths / lengths.mean())
    scores: Floats = (inside / (inside + pulled[:, None])) @ (rarity * asked.data)
    return scores


def _tfidf(texts: Sequence[str], query: str) -> Floats:
    """The cosine of TF-IDF vectors, as scikit-learn makes them, with 1 + ln(count)."""
    words = TfidfVectorizer(token_pattern=WORDS, sublinear_tf=True)
    try:
        vectors = words.fit_transform(texts)
    except ValueError:  # there is no word in any of them
        return np.zeros(len(texts))
    alike: Floats = (vectors @ words.transform([query]).T).toarray().ravel()
    return alike


def cosines(vectors: Sequence[Sequence[float]], wanted: int) -> Floats:
    """The likeness of the first vector to each of the others; 0 beside a vector of zeros."""
    rows = unit_rows(vectors, wanted)
    alike: Floats = rows[1:] @ rows[0]
    return alike


def unit_rows(vectors: Sequence[Sequence[float]], wanted: int) -> Floats:
    """Vectors brought to length 1; ValueError unless there are `wanted` of one width, of finite numbers."""
    if len(vectors) != wanted or len({len(vector) for vector in vectors}) > 1:
        raise ValueError(f"{wanted} texts need as many vectors of one width; there are {len(vectors)}")
    rows = np.asarray(vectors, dtype=np.float64)
    if not np.isfinite(rows).all():
        raise ValueError("a vector holds something that is not a finite number")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit
