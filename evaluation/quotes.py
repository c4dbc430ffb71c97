"""Where quotes stand in an item's texts, and which of its sentences or paragraphs they cover. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.segments import Segment, paragraphs, sentences

UNITS = {"sentences": sentences, "paragraphs": paragraphs}
Key = tuple[int, str]  # document, id of the segment


@dataclass(frozen=True)
class Place:
    """A stretch of one document."""

    document: int
    start: int
    end: int


class Texts:
    """An item's name and documents, each normalised and split once and only when asked for."""

    def __init__(self, documents: Sequence[Mapping[str, Any]], name: str = "") -> None:
        self.texts = {int(document["position"]): str(document["text"]) for document in documents}
        self.name = name
        self._plain: dict[int, tuple[str, list[int]]] = {}
        self._split: dict[tuple[str, int], list[Segment]] = {}

    def find(self, quote: str) -> Place | None:
        """The first place that says the quote word for word; white space and width of letters do not count."""
        wanted = plain(quote)[0]
        if not wanted:
            return None
        for document, text in self.texts.items():
            if document not in self._plain:
                self._plain[document] = plain(text)
            said, places = self._plain[document]
            at = said.find(wanted)
            if at >= 0:
                return Place(document, places[at], places[at + len(wanted) - 1] + 1)
        return None

    def holds(self, quote: str) -> bool:
        """Whether the quote is in a document or in the item's name, which models read too."""
        wanted = plain(quote)[0]
        return bool(wanted) and (self.find(quote) is not None or wanted in plain(self.name)[0])

    def place(self, passage: str | Mapping[str, Any]) -> Place | None:
        """A passage by its offsets where it has any that fit, else by what it says."""
        if isinstance(passage, str):
            return self.find(passage)
        document, start, end = (passage.get(key) for key in ("document", "start", "end"))
        if isinstance(document, int) and isinstance(start, int) and isinstance(end, int):
            return Place(document, start, end) if 0 <= start < end <= len(self.texts.get(document, "")) else None
        return self.find(str(passage.get("text", "")))

    def covered(self, place: Place, unit: str) -> frozenset[Key]:
        """The segments that a stretch covers: half of the segment lies in it, or half of it lies in the segment."""
        return frozenset(
            (place.document, segment.id)
            for segment in self.segments(place.document, unit)
            if 2 * (min(segment.end, place.end) - max(segment.start, place.start))
            >= min(segment.end - segment.start, place.end - place.start)
        )

    def segments(self, document: int, unit: str) -> list[Segment]:
        if (unit, document) not in self._split:
            self._split[unit, document] = UNITS[unit](self.texts.get(document, ""))
        return self._split[unit, document]

    def how_many(self, unit: str) -> int:
        return sum(len(self.segments(document, unit)) for document in self.texts)


def plain(text: str) -> tuple[str, list[int]]:
    """A text in compatibility forms and with single spaces, and where each of its letters stood.

    >>> plain("a  ﬁ")
    ('a fi', [0, 1, 3, 3])
    """
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in character if character.isascii() else unicodedata.normalize("NFKC", character):
            if not letter.isspace():
                letters.append(letter)
            elif letters and letters[-1] != " ":
                letters.append(" ")
            else:
                continue
            places.append(place)
    if letters and letters[-1] == " ":
        del letters[-1], places[-1]
    return "".join(letters), places
