"""Which examples a prompt shows: the same for all items, or those most like the item. Only from the fewshot split."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from evaluation.llm.protocol import Example, ItemText
from labeling.digest import normal_text

NEAREST = ("nearest_tfidf", "nearest_embeddings")


class Chooser:
    """Built once for a run, asked once for each item. It never shows an item its own answer, by id or by text."""

    def __init__(
        self,
        examples: Sequence[Example],
        *,
        k: int,
        how: str = "first",
        seed: int = 0,
        vectors: Sequence[Sequence[float]] | None = None,
    ) -> None:
        self.examples, self.k, self.how = list(examples), k, how
        self.texts = [normal_text(example.item.text) for example in self.examples]
        self.order = {"random": _shuffled, "stratified": _stratified}.get(how, _as_they_are)(self.examples, seed)
        self.matrix = None
        if how == "nearest_tfidf" and self.examples:
            self.words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), strip_accents="unicode")
            self.matrix = self.words.fit_transform(self.texts)
        if how == "nearest_embeddings" and self.examples:
            if vectors is None or len(vectors) != len(self.examples):
                raise ValueError("examples are chosen by embeddings, so each needs its vector")
            self.matrix = _unit(np.asarray(vectors, dtype=float))

    def choose(self, item: ItemText, *, vector: Sequence[float] | None = None) -> list[Example]:
        """At most k examples for an item; the nearest first, others in one order for the whole run."""
        text = normal_text(item.text)
        order = self.order if self.matrix is None else self._by_likeness(text, vector)
        others = (
            place for place in order
            if self.examples[place].item.external_id != item.external_id and self.texts[place] != text
        )  # fmt: skip
        return [self.examples[place] for place, _ in zip(others, range(self.k), strict=False)]

    def _by_likeness(self, text: str, vector: Sequence[float] | None) -> list[int]:
        if self.how == "nearest_tfidf":
            alike = np.asarray((self.matrix @ self.words.transform([text]).T).todense()).ravel()
        elif vector is None:
            raise ValueError("an item is compared by embeddings, so it needs its vector")
        else:
            alike = self.matrix @ _unit(np.asarray([vector], dtype=float))[0]
        return [int(place) for place in np.argsort(-np.round(alike, 12), kind="stable")]


def _as_they_are(examples: Sequence[Example], seed: int) -> list[int]:
    return list(range(len(examples)))


def _shuffled(examples: Sequence[Example], seed: int) -> list[int]:
    order = _as_they_are(examples, seed)
    Random(seed).shuffle(order)  # noqa: S311 -- seeded on purpose
    return order


def _stratified(examples: Sequence[Example], seed: int) -> list[int]:
    """Greedy: the next example is one with the rarest label that has been shown least; ties fall by the seed."""
    left = _shuffled(examples, seed)
    rarity = Counter(label for example in examples for label in set(example.labels))
    shown: Counter[str] = Counter()
    order = []
    while left:
        best = min(left, key=lambda place: _need(examples[place], shown, rarity))
        left.remove(best)
        order.append(best)
        shown.update(set(examples[best].labels) or {""})
    return order


def _need(example: Example, shown: Counter[str], rarity: Counter[str]) -> tuple[int, int]:
    """How often the least shown of its labels was shown, and how many examples have it; no label is a label here."""
    if not example.labels:
        return shown[""], 0
    least = min(example.labels, key=lambda label: (shown[label], rarity[label]))
    return shown[least], rarity[least]


def _unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: np.ndarray = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit
