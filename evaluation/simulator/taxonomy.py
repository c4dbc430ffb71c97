"""The labels as a prompt lists them, one a line: `- code (under parent): Name. Definition`."""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

_LINE = re.compile(r"^- (?P<code>\S.*?)(?: \(under (?P<parent>.+?)\))?: (?P<name>[^.\n]*)\.?(?P<definition>.*)$")
_WORD = re.compile(r"[^\W\d_]{3,}")
_EMPTY = frozenset({
    "and", "are", "but", "for", "from", "has", "have", "into", "its", "not", "our", "that", "the", "their", "them",
    "they", "this", "was", "were", "which", "who", "will", "with", "you", "your", "all", "any", "can", "each", "more",
    "other", "than", "these", "such", "use", "used", "using", "offer", "offers", "company", "companies", "provide",
    "provides",
})  # fmt: skip
MOST = 4  # labels found in one text


@dataclass(frozen=True)
class Listed:
    """One label of the prompt."""

    code: str
    parent: str
    name: str
    definition: str


@dataclass(frozen=True)
class Taxonomy:
    """The labels of one prompt, with the weight of each word for each label."""

    labels: tuple[Listed, ...]
    weights: tuple[dict[str, float], ...]
    bars: tuple[float, ...]  # what the words of the name alone weigh

    def siblings(self, code: str) -> tuple[str, ...]:
        """The other labels under the same parent."""
        parents = {label.code: label.parent for label in self.labels}
        if code not in parents:
            return ()
        return tuple(label.code for label in self.labels if label.parent == parents[code] and label.code != code)

    def fitting(self, found: frozenset[str]) -> tuple[str, ...]:
        """The best labels of those whose words are among those found, in the order of the prompt."""
        scores = []
        for label, weights, bar in zip(self.labels, self.weights, self.bars, strict=True):
            score = sum(weights[word] for word in weights.keys() & found)
            if bar and score >= bar:
                scores.append((score / bar, label.code))
        best = {code for _, code in sorted(scores, key=lambda one: (-one[0], one[1]))[:MOST]}
        return tuple(label.code for label in self.labels if label.code in best)

    def words_of(self, code: str) -> frozenset[str]:
        return next(
            (
                frozenset(weights)
                for label, weights in zip(self.labels, self.weights, strict=True)
                if label.code == code
            ),
            frozenset(),
        )


@lru_cache(maxsize=64)
def read_taxonomy(lines: tuple[str, ...], codes: tuple[str, ...]) -> Taxonomy:
    """The labels that the lines describe; codes without a line stand for themselves, codes unknown to the schema go."""
    wanted = frozenset(codes)
    found: dict[str, Listed] = {}
    for line in lines:
        match = _LINE.match(line)
        if match and (not wanted or match["code"] in wanted):
            label = Listed(match["code"], match["parent"] or "", match["name"].strip(), match["definition"].strip())
            found.setdefault(label.code, label)
    for code in codes:
        found.setdefault(code, Listed(code, "", re.sub(r"[-_.]+", " ", code), ""))
    labels = tuple(found[code] for code in codes) if codes else tuple(found.values())
    named = [words(label.name) or words(label.code) for label in labels]
    defined = [words(label.definition.split("Not:")[0]) for label in labels]
    common = Counter(word for name, definition in zip(named, defined, strict=True) for word in name | definition)
    rare = {word: 1 + math.log(len(labels) / number) for word, number in common.items()}
    weights = tuple(
        {word: rare[word] * (2 if word in name else 1) for word in name | definition}
        for name, definition in zip(named, defined, strict=True)
    )
    bars = tuple(sum(2 * rare[word] for word in name) for name in named)
    return Taxonomy(labels, weights, bars)


def words(text: str) -> frozenset[str]:
    """The words that say something."""
    return frozenset(word_list(text)) - _EMPTY


def word_list(text: str) -> list[str]:
    """The words without the s of their plural."""
    return [word.removesuffix("s") if len(word) > 3 else word for word in _WORD.findall(text.casefold())]
