"""Which examples a prompt shows: the same for all items of a run, or those most like the item.

The same for all lets the provider cache the beginning of the prompt. Examples come from the fewshot split; the caller
sees to that.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from evaluation.llm.protocol import Example, ItemText
from evaluation.llm.retrieval import Embed, Floats, unit_rows
from labeling.digest import normal_text

NEAREST = ("nearest_tfidf", "nearest_embeddings")
HOW: tuple[str, ...] = ("first", "random", "stratified", *NEAREST)
NO_LABEL = ""  # stands for an example to which no label applies: that too is worth showing


class Chooser:
    """Built once for a run, asked once for each item. An item is never shown itself, by its id or by its text."""

    def __init__(
        self,
        examples: Sequence[Example],
        *,
        k: int,
        how: str = "first",
        seed: int = 0,
        embed: Embed | None = None,
        vectors: Sequence[Sequence[float]] | None = None,
    ) -> None:
        """For nearest_embeddings either `embed`, or the `vectors` of the examples' texts in their order."""
        if how not in HOW:
            raise ValueError(f"examples are chosen by {', '.join(HOW)}, not {how}")
        if k < 0:
            raise ValueError("there cannot be fewer than no examples")
        # only "first" depends on the order they come in
        by_id = sorted(range(len(examples)), key=lambda place: (examples[place].item.external_id, place))
        places = list(range(len(examples))) if how == "first" else by_id
        self.examples = [examples[place] for place in places]
        self.k, self.how, self.seed, self.embed = k, how, seed, embed
        self.places_of: dict[tuple[str, str], list[int]] = {}
        for place, example in enumerate(self.examples):
            for key in _keys(example.item):
                self.places_of.setdefault(key, []).append(place)
        self.fixed = [] if how in NEAREST else self._same_for_all(frozenset())
        if not self.examples:
            return
        if how == "nearest_tfidf":
            self.words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), strip_accents="unicode")
            self.by_word = _fitted(self.words, [example.item.text for example in self.examples])
        elif how == "nearest_embeddings":
            if vectors is None:
                vectors = self._embedded([one.item.text for one in self.examples])
            elif len(vectors) == len(places):
                vectors = [vectors[place] for place in places]
            self.unit = unit_rows(vectors, len(places))

    def choose(self, item: ItemText | None, *, vector: Sequence[float] | None = None) -> list[Example]:
        """At most k examples for an item: nearest first, or in one order for the whole run.

        Without an item, what is the same for all. `vector` saves embedding the item's text.
        """
        if self.how in NEAREST and item is None:
            raise ValueError("the nearest examples are chosen for an item")
        if not self.examples or not self.k:
            return []
        own = self._own(item) if item is not None else frozenset()
        if item is not None and self.how in NEAREST:
            order = np.argsort(-np.round(self._likeness(item, vector), 12), kind="stable")[: self.k + len(own)].tolist()
            places = [place for place in order if place not in own][: self.k]
        elif own.isdisjoint(self.fixed):
            places = self.fixed
        else:
            places = self._same_for_all(own)
        return [self.examples[place] for place in places]

    def _own(self, item: ItemText) -> frozenset[int]:
        """The examples that are the item itself."""
        return frozenset(place for key in _keys(item) for place in self.places_of.get(key, ()))

    def _same_for_all(self, own: frozenset[int]) -> list[int]:
        """The choice that needs no item, in one order, without `own`."""
        places = list(range(len(self.examples)))
        if self.how != "first":
            Random(f"examples {self.seed}").shuffle(places)  # noqa: S311 -- a draw, not a secret
        places = [place for place in places if place not in own]
        if self.how == "stratified":
            return _stratified([self.examples[place].labels for place in places], places, self.k)
        return places[: self.k]

    def _likeness(self, item: ItemText, vector: Sequence[float] | None) -> Floats:
        if self.how == "nearest_tfidf":
            if self.by_word is None:
                return np.zeros(len(self.examples))
            alike: Floats = (self.words.transform([item.text]) @ self.by_word).toarray().ravel()
            return alike
        row = unit_rows([vector] if vector is not None else self._embedded([item.text]), 1)[0]
        if len(row) != self.unit.shape[1]:
            raise ValueError(f"the item's vector has {len(row)} numbers, the examples' have {self.unit.shape[1]}")
        near: Floats = self.unit @ row
        return near

    def _embedded(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        if self.embed is None:
            raise ValueError(
                "examples are chosen by embeddings, so each text needs its vector or something that embeds"
            )
        return self.embed(texts)


def choose(
    examples: Sequence[Example],
    *,
    k: int,
    how: str = "first",
    seed: int = 0,
    item: ItemText | None = None,
    embed: Embed | None = None,
) -> list[Example]:
    """Choose once, for one item or for a preview. A run builds one Chooser instead."""
    return Chooser(examples, k=k, how=how, seed=seed, embed=embed).choose(item)


def _keys(item: ItemText) -> list[tuple[str, str]]:
    """What makes two items one: the id, the texts of its documents, or its name and texts together."""
    keys = [("id", item.external_id), ("whole", normal_text(item.text))]
    texts = normal_text(" ".join(document.text for document in item.documents))
    return [*keys, ("texts", texts)] if texts else keys


def _stratified(labels: Sequence[tuple[str, ...]], places: Sequence[int], k: int) -> list[int]:
    """k of the places, so that they show as many labels as they can.

    Greedy: the next one has the rarest label that was not shown yet, and of those the most such labels; the earlier one
    where that is equal too. When every label was shown, it begins again with what is left.
    """
    sets = [frozenset(one) or frozenset({NO_LABEL}) for one in labels]
    count = Counter(label for one in sets for label in one)
    rank = {
        label: place for place, label in enumerate(dict.fromkeys(label for one in labels for label in one or ("",)))
    }
    left, missing, found = list(range(len(sets))), set(count), list[int]()
    while left and len(found) < k:
        if not any(sets[place] & missing for place in left):
            missing = set(count)
        rarest = min(
            (label for place in left for label in sets[place] & missing), key=lambda one: (count[one], rank[one])
        )
        best = max((place for place in left if rarest in sets[place]), key=lambda place: len(sets[place] & missing))
        left.remove(best)
        missing -= sets[best]
        found.append(places[best])
    return found


def _fitted(words: TfidfVectorizer, texts: Sequence[str]) -> sparse.csr_matrix | None:
    """One column a text, so that a product with an item reads only the rows of its words; None if there is no word."""
    try:
        return words.fit_transform(texts).T.tocsr()
    except ValueError:
        return None
