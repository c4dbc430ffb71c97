"""Raters' quotes marked in a text: a passage's sentences cut where quotes begin and end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from labeling.segments import Segment


@dataclass(frozen=True)
class Quote:
    """What one rater quoted for one label: text[start:end] of a document."""

    who: str
    label: int
    document: int
    start: int
    end: int


@dataclass(frozen=True)
class Span:
    """A stretch of a sentence with the raters that quoted it and the labels they quoted it for."""

    text: str
    who: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()

    @property
    def said(self) -> str:
        return " and ".join(self.who)


@dataclass(frozen=True)
class MarkedSentence:
    """One sentence, cut into spans that together say what it says."""

    id: str
    spans: tuple[Span, ...]


def quotes_in(
    entries: Iterable[Mapping[str, Any]], *, who: str, label: int, texts: Mapping[int, str]
) -> tuple[Quote, ...]:
    """Evidence entries as quotes. One whose place does not hold its text is looked for, and left out if not found.

    >>> quotes_in([{"document": 0, "start": 3, "end": 6, "text": "pay"}], who="A", label=1, texts={0: "We pay."})
    (Quote(who='A', label=1, document=0, start=3, end=6),)
    >>> quotes_in([{"document": 0, "start": 0, "end": 3, "text": "pay"}], who="A", label=1, texts={0: "We pay."})
    (Quote(who='A', label=1, document=0, start=3, end=6),)
    """
    found = []
    for entry in entries:
        document, start, end = entry.get("document"), entry.get("start"), entry.get("end")
        said = str(entry.get("text") or "")
        if not isinstance(document, int) or document not in texts:
            continue
        text = texts[document]
        whole = isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)
        if not whole or (said and text[start:end] != said):
            start = text.find(said) if said else -1
            end = start + len(said)
        if isinstance(start, int) and isinstance(end, int) and start >= 0:
            found.append(Quote(who=who, label=label, document=document, start=start, end=end))
    return tuple(found)


def marked(sentence: Segment, quotes: Sequence[Quote]) -> MarkedSentence:
    """The sentence cut at the ends of the quotes that touch it; all of `quotes` are of its document."""
    touching = [quote for quote in quotes if quote.start < sentence.end and quote.end > sentence.start]
    cuts = {sentence.start, sentence.end}
    for quote in touching:
        cuts |= {max(quote.start, sentence.start), min(quote.end, sentence.end)}
    places = sorted(cuts)
    spans = []
    for start, end in pairwise(places):
        over = [quote for quote in touching if quote.start <= start and quote.end >= end]
        spans.append(
            Span(
                text=sentence.text[start - sentence.start : end - sentence.start],
                who=tuple(sorted({quote.who for quote in over})),
                labels=tuple(sorted({quote.label for quote in over})),
            )
        )
    return MarkedSentence(id=sentence.id, spans=tuple(spans))
