"""Kinds that only put something in: the item's own words stay, in order, and a higher strength only adds.

Each piece and its place are drawn in a row that does not depend on the strength, which says how many of the row are
taken. So what strength 1 puts in, strength 2 puts in too, at the same place.
"""

import random
import re
from collections.abc import Iterator
from itertools import islice

from evaluation.stress import passages

SENTENCE_GAP = re.compile(r"(?<=[.!?])\s+|\n+")
WORD_GAP = re.compile(r"\s+")
NOISE_LEAST, NOISE_MOST = 400, 4000  # characters of boilerplate for each step of strength
SENTENCES_EACH_FOREIGN = 8
SENTENCES_EACH_JARGON = 4
SENTENCES_EACH_BLOCK = 8
WORDS_EACH_SCRAP = 40


def long_noise(text: str, strength: int, draw: random.Random) -> str:
    """Passages of boilerplate around the text, now before and now after it: half its length for each step."""
    wanted = strength * min(max(len(text) // 2, NOISE_LEAST), NOISE_MOST)
    before: list[str] = []
    after: list[str] = []
    length = 0
    for place, piece in enumerate(_dealt(passages.BOILERPLATE, draw)):
        if length >= wanted:
            break
        if place % 2:
            before.insert(0, piece)
        else:
            after.append(piece)
        length += len(piece)
    return "\n\n".join([*before, text, *after])


def foreign_passages(text: str, strength: int, draw: random.Random) -> str:
    """Sentences in other languages between its own."""
    gaps = _gaps(text, SENTENCE_GAP)
    count = strength * _share(len(gaps) - 1, SENTENCES_EACH_FOREIGN)
    return inserted(text, gaps, _placed(_dealt(passages.FOREIGN, draw), gaps, draw, count))


def jargon(text: str, strength: int, draw: random.Random) -> str:
    """Sentences that say nothing in grand words, between its own."""
    gaps = _gaps(text, SENTENCE_GAP)
    count = strength * _share(len(gaps) - 1, SENTENCES_EACH_JARGON)
    return inserted(text, gaps, _placed(_phrases(draw), gaps, draw, count))


def html_debris(text: str, strength: int, draw: random.Random) -> str:
    """What is left of a web page: menus, scripts and banners between sentences, tags and entities between words."""
    gaps, words = _gaps(text, SENTENCE_GAP), _gaps(text, WORD_GAP)
    blocks, scraps = _apart(draw, 2)
    pieces = _placed(
        _dealt(passages.DEBRIS_BLOCKS, blocks),
        gaps,
        blocks,
        strength * _share(len(gaps) - 1, SENTENCES_EACH_BLOCK),
    )
    pieces += _placed(
        _dealt(passages.DEBRIS_SCRAPS, scraps), words, scraps, strength * _share(len(words) - 1, WORDS_EACH_SCRAP)
    )
    return inserted(text, sorted({*gaps, *words}), pieces)


def between_sentences(text: str, pieces: list[str], draw: random.Random) -> str:
    """These pieces, each at a drawn place between sentences."""
    gaps = _gaps(text, SENTENCE_GAP)
    return inserted(text, gaps, _placed(iter(pieces), gaps, draw, len(pieces)))


def inserted(text: str, gaps: list[int], pieces: list[tuple[int, str]]) -> str:
    """The text with each piece at its gap; pieces at the same gap stay in order."""
    at: dict[int, list[str]] = {}
    for gap, piece in pieces:
        at.setdefault(gap, []).append(piece)
    parts, start = [], 0
    for gap in gaps:
        parts.append(text[start:gap])
        parts += [f" {piece}" if gap == len(text) else f"{piece} " for piece in at.get(gap, ())]
        start = gap
    return "".join([*parts, text[start:]])


def _gaps(text: str, between: re.Pattern[str]) -> list[int]:
    """Where something can be put in: the start, after each gap, the end."""
    return sorted({0, *(match.end() for match in between.finditer(text)), len(text)})


def _share(there: int, each: int) -> int:
    return max(1, there // each)


def _apart(draw: random.Random, count: int) -> list[random.Random]:
    """Streams of chance that do not disturb each other."""
    return [random.Random(draw.getrandbits(64)) for _ in range(count)]  # noqa: S311


def _placed(pieces: Iterator[str], gaps: list[int], draw: random.Random, count: int) -> list[tuple[int, str]]:
    """The first so many pieces of the row, each with its gap."""
    (places,) = _apart(draw, 1)
    return [(places.choice(gaps), piece) for piece in islice(pieces, count)]


def _dealt(bank: tuple[str, ...], draw: random.Random) -> Iterator[str]:
    """Pieces of a bank without end: all of it in a drawn order, then again in another."""
    (order,) = _apart(draw, 1)
    while True:
        yield from order.sample(bank, len(bank))


def _phrases(draw: random.Random) -> Iterator[str]:
    (words,) = _apart(draw, 1)
    while True:
        opening, verb = words.choice(passages.JARGON_OPENINGS), words.choice(passages.JARGON_VERBS)
        adjective, noun = words.choice(passages.JARGON_ADJECTIVES), words.choice(passages.JARGON_NOUNS)
        yield f"{opening} {verb} {adjective} {noun}."
