"""The built-in baseline: no network, no key, the same answer every time. It is a floor to beat, not a product.

Zero-shot compares an item's text with each label's name, definition and examples (TF-IDF, cosine). Few-shot adds a
classifier for each label that has examples, trained on the fewshot split and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer, strip_accents_unicode
from sklearn.linear_model import LogisticRegression

from evaluation.llm.protocol import Answer, Example, ItemText, LabelSpec, PredictedLabel

DEFAULTS: dict[str, Any] = {
    "threshold": 0.10,  # the least similarity at which zero-shot gives a label
    "share_of_best": 0.72,  # and the least share of the item's best label's similarity
    "max_labels": 4,
    "few_threshold": 0.5,
    "seed": 0,
}
MIN_EXAMPLES = 2  # a label with fewer is judged by similarity alone


class Baseline:
    """Zero-shot without examples, few-shot with them. Confidences are raw scores in [0, 1], not probabilities."""

    def __init__(
        self,
        labels: Sequence[LabelSpec],
        *,
        examples: Sequence[Example] = (),
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        if not labels:
            raise ValueError("a taxonomy without labels predicts nothing")
        self.parameters = {**DEFAULTS, **(parameters or {})}
        self.labels = list(labels)
        names = {label.code: label.name for label in labels}
        described = [_described(label, names) for label in labels]
        self.words = TfidfVectorizer(
            sublinear_tf=True, ngram_range=(1, 2), stop_words="english", strip_accents="unicode"
        )
        self.parts = PartsOfWords()
        texts = [example.item.text for example in examples]
        self.words.fit(described + texts)
        self.parts.fit(described + texts)
        self.label_vectors = self._vectors(described)
        self.taught: list[int] = []  # places of labels that have a classifier
        self.weights, self.offsets = np.zeros((0, 0)), np.zeros(0)  # of the classifiers, one row each
        if examples:
            self._train(examples)

    def _vectors(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Rows of length 1: half words, half parts of words."""
        return sparse.hstack([self.words.transform(texts), self.parts.transform(texts)], format="csr") / np.sqrt(2)

    def _train(self, examples: Sequence[Example]) -> None:
        features = self._features([example.item.text for example in examples])
        models = []
        for place, label in enumerate(self.labels):
            chosen = np.array([label.code in example.labels for example in examples])
            if MIN_EXAMPLES <= chosen.sum() < len(examples):
                model = LogisticRegression(
                    C=10.0, class_weight="balanced", max_iter=200, random_state=self.parameters["seed"]
                )
                models.append(model.fit(self._for_label(*features, place), chosen))
                self.taught.append(place)
        if models:
            self.weights = np.vstack([model.coef_[0] for model in models])
            self.offsets = np.array([model.intercept_[0] for model in models])

    def _features(self, texts: Sequence[str]) -> tuple[sparse.csr_matrix, np.ndarray]:
        vectors = self._vectors(texts)
        return vectors, np.asarray((vectors @ self.label_vectors.T).todense())

    def _for_label(self, vectors: sparse.csr_matrix, similarity: np.ndarray, place: int) -> sparse.csr_matrix:
        """An item's words and its similarity to the label itself, which counts for a lot."""
        return sparse.hstack([vectors, sparse.csr_matrix(5 * similarity[:, place : place + 1])], format="csr")

    def label_many(self, items: Sequence[ItemText]) -> list[Answer]:
        """One answer an item, in their order."""
        if not items:
            return []
        vectors, similarity = self._features([item.text for item in items])
        scores = self._scores(vectors, similarity)
        given = [self._given(row) for row in scores]
        quotes = self._quotes(items, given)
        return [self._answer(*one) for one in zip(scores, given, quotes, strict=True)]

    def _scores(self, vectors: sparse.csr_matrix, similarity: np.ndarray) -> np.ndarray:
        """(items, labels): what is at least 0.5 is given."""
        best = similarity.max(axis=1, keepdims=True)
        bar = np.maximum(self.parameters["threshold"], self.parameters["share_of_best"] * best)
        scores: np.ndarray = similarity / (similarity + bar)  # 0.5 at the bar
        if self.taught:
            near = 5 * similarity[:, self.taught] * self.weights[:, -1]  # as _for_label puts it last
            chance = expit(vectors @ self.weights[:, :-1].T + near + self.offsets)
            bend = np.log(0.5) / np.log(self.parameters["few_threshold"])  # 0.5 at the threshold
            scores[:, self.taught] = np.clip(chance, 1e-9, 1) ** bend
        return scores

    def _given(self, scores: np.ndarray) -> list[int]:
        order = np.argsort(-scores, kind="stable")[: int(self.parameters["max_labels"])]
        return [int(place) for place in order if scores[place] >= 0.5]

    def _answer(self, scores: np.ndarray, given: Sequence[int], quotes: Sequence[str]) -> Answer:
        return Answer(
            labels=tuple(
                PredictedLabel(self.labels[place].code, round(float(scores[place]), 4), quote)
                for place, quote in zip(given, quotes, strict=True)
            ),
            model_returned="baseline",
        )

    def _quotes(self, items: Sequence[ItemText], given: Sequence[Sequence[int]]) -> list[list[str]]:
        """For each label of an item the sentence of it that is most like the label, word for word."""
        lines = [_lines(item) if places else [] for item, places in zip(items, given, strict=True)]
        if not any(lines):
            return [[""] * len(places) for places in given]
        alike = np.asarray((self._vectors([line for some in lines for line in some]) @ self.label_vectors.T).todense())
        found, start = [], 0
        for some, places in zip(lines, given, strict=True):
            rows = alike[start : start + len(some)]
            found.append([some[int(rows[:, place].argmax())] if some else "" for place in places])
            start += len(some)
        return found


class PartsOfWords:
    """TF-IDF of three to five letters inside words, as TfidfVectorizer gives it with `char_wb`, but each word is taken
    apart once for all the texts that hold it."""

    def __init__(self) -> None:
        self.counter = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False, dtype=np.float64)
        self.weigher = TfidfTransformer(sublinear_tf=True)

    def fit(self, texts: Sequence[str]) -> None:
        self.weigher.fit(self.counter.fit_transform([_plain(text) for text in texts]))

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """(texts, parts): rows of length 1."""
        places: dict[str, int] = {}
        columns: list[int] = []
        ends = [0]
        for text in texts:
            columns += [places.setdefault(word, len(places)) for word in _plain(text).split()]
            ends.append(len(columns))
        if not places:
            return self.weigher.transform(self.counter.transform([_plain(text) for text in texts]))
        holds = sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(texts), len(places)))
        counts = holds @ self.counter.transform(list(places))
        counts.sort_indices()
        return self.weigher.transform(counts)


def _plain(text: str) -> str:
    return str(strip_accents_unicode(text.lower()))


def _lines(item: ItemText) -> list[str]:
    lines = [line.strip() for document in item.documents for line in _sentences(document.text)]
    return [line for line in lines if line]


def _sentences(text: str) -> list[str]:
    found, start = [], 0
    for place, character in enumerate(text):
        if character in ".!?\n" and (place + 1 == len(text) or text[place + 1].isspace()):
            found.append(text[start : place + 1])
            start = place + 1
    return [*found, text[start:]]


def _described(label: LabelSpec, names: Mapping[str, str]) -> str:
    above = names.get(label.parent_code or "", "")
    definition = label.definition.split("Not:")[0]  # what it is not would only mislead a bag of words
    return " ".join([label.name, label.name, above, definition, *label.examples])
