"""Paragraphs and sentences of a document, each with an id that survives edits elsewhere in the text."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labeling.digest import normal_text

# A full stop after these is not the end of a sentence.
ABBREVIATIONS = frozenset(
    (
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "nr",
        "vs",
        "inc",
        "ltd",
        "corp",
        "est",
        "approx",
        "e.g",
        "i.e",
        "z.b",
        "bzw",
    )
)
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?![ \t]*\n)[^\n]+)*")
_STOP = re.compile(r"[.!?…]+[\"'”’)\]»]*(?=\s)|[。！？]+[」』）]*|\n")
_WORD_BEFORE = re.compile(r"[\w.]+$")


@dataclass(frozen=True)
class Segment:
    """A stretch of a text: text[start:end] is what it says."""

    id: str
    start: int
    end: int
    text: str


def paragraphs(text: str) -> list[Segment]:
    """The blocks between blank lines."""
    return _named(text, ((match.start(), match.end()) for match in _PARAGRAPH.finditer(text)))


def sentences(text: str) -> list[Segment]:
    """The sentences, split after . ! ? … and 。！？ and at line ends; linear in the length of the text."""
    return _named(text, _sentence_spans(text))


def _sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in _STOP.finditer(text):
        if stop.group() == "." and _is_abbreviation(text, start, stop.start(), stop.end()):
            continue
        yield start, stop.end()
        start = stop.end()
    yield start, len(text)


def _is_abbreviation(text: str, start: int, at: int, after: int) -> bool:
    before = _WORD_BEFORE.search(text[max(start, at - 20) : at])
    word = before.group().lower() if before else ""
    following = text[after : after + 2].lstrip()[:1]
    return word in ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or following.islower()


def _named(text: str, spans: Iterable[tuple[int, int]]) -> list[Segment]:
    """Trim the spans, drop empty ones, and name each by what it says and how often it was said before."""
    seen: Counter[str] = Counter()
    found = []
    for start, end in spans:
        part = text[start:end]
        said = part.strip()
        if not said:
            continue
        start += len(part) - len(part.lstrip())
        content = hashlib.sha256(normal_text(said).encode()).hexdigest()[:12]
        seen[content] += 1
        found.append(Segment(f"{content}-{seen[content]}", start, start + len(said), said))
    return found
