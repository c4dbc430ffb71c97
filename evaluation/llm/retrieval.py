"""Splits texts into passages, and finds those that speak of what is asked."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from evaluation.llm.protocol import DocText

K1, B = 1.5, 0.75  # of BM25: how soon repetition stops to count, and how much a long passage is marked down
WORD = r"(?u)\b\w+\b"
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?])\s+"), re.compile(r"\s+"))
Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]


@dataclass(frozen=True)
class Chunk:
    """A passage: which document of the item, from where to where, and its text."""

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
    """Passages of at most `size` characters; each begins about `overlap` characters before the last one ended.

    A passage ends at a paragraph if one ends in its second half, else at a line, a sentence, a word, in that order.
    Only a word longer than a passage is cut.
    """
    if not 0 <= overlap < size:
        raise ValueError("passages overlap by less than their size")
    chunks = []
    for number, document in enumerate(documents):
        start, text = 0, document.text
        while start < len(text):
            end = _end(text, start, size)
            chunk = text[start:end]
            if chunk.strip():
                left = len(chunk) - len(chunk.lstrip())
                kept = chunk.strip()
                chunks.append(Chunk(number, start + left, start + left + len(kept), kept))
            if end >= len(text):
                break
            start = max(_begin(text, end - overlap, end), start + 1)
    return chunks


def _end(text: str, start: int, size: int) -> int:
    if len(text) - start <= size:
        return len(text)
    window = text[start : start + size + 1]
    for pattern in _BREAKS:
        ends = [match.start() for match in pattern.finditer(window) if size // 2 <= match.start() <= size]
        if ends:
            return start + ends[-1]
    early = [match.start() for match in _BREAKS[-1].finditer(window) if match.start() > 0]
    return start + (early[-1] if early else size)


def _begin(text: str, wanted: int, end: int) -> int:
    """The start of the first word at or after a place, but not after `end`."""
    if wanted <= 0 or text[wanted - 1].isspace():
        return max(wanted, 0)
    gap = _BREAKS[-1].search(text, wanted, end)
    return gap.end() if gap else end


def retrieve(
    chunks: Sequence[Chunk], query: str, *, k: int, method: str = "bm25", embed: Embed | None = None
) -> list[Hit]:
    """The k passages that are most like the query, best first; ties in the order of the texts."""
    if not chunks:
        return []
    texts = [chunk.text for chunk in chunks]
    scores = _by_embeddings(texts, query, embed) if method == "embeddings" else _SCORES[method](texts, query)
    order = np.argsort(-np.round(scores, 12), kind="stable")[:k]
    return [Hit(chunks[int(place)], float(scores[place]), rank) for rank, place in enumerate(order, 1)]


def bm25(texts: Sequence[str], query: str) -> np.ndarray:
    """Okapi BM25 of each text for a query, with the inverse document frequency that is never negative.

    Robertson and Zaragoza 2009, "The probabilistic relevance framework"; idf = ln(1 + (N - n + 0.5) / (n + 0.5)).
    """
    counter = CountVectorizer(strip_accents="unicode", token_pattern=WORD)
    try:
        counts = counter.fit_transform(texts).astype(float)
    except ValueError:  # no word at all
        return np.zeros(len(texts))
    asked = np.asarray((counter.transform([query]) > 0).todense()).ravel()
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    marked = K1 * (1 - B + B * lengths / lengths.mean())
    present = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = np.log1p((len(texts) - present + 0.5) / (present + 0.5))
    dense = np.asarray(counts[:, asked].todense())
    scores: np.ndarray = (rarity[asked] * dense * (K1 + 1) / (dense + marked[:, None])).sum(axis=1)
    return scores


def _tfidf(texts: Sequence[str], query: str) -> np.ndarray:
    words = TfidfVectorizer(sublinear_tf=True, strip_accents="unicode", token_pattern=WORD)
    try:
        matrix = words.fit_transform(texts)
    except ValueError:  # no word at all
        return np.zeros(len(texts))
    return np.asarray((matrix @ words.transform([query]).T).todense()).ravel()


def _by_embeddings(texts: Sequence[str], query: str, embed: Embed | None) -> np.ndarray:
    if embed is None:
        raise ValueError("passages are found by embeddings, so there must be something that embeds")
    vectors = np.asarray(embed([query, *texts]), dtype=float)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    alike: np.ndarray = unit[1:] @ unit[0]
    return alike


_SCORES = {"bm25": bm25, "tfidf": _tfidf}
