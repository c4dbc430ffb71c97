"""Disturbed copies of items in four strengths, for asking what a run still bears.

The same seed, item, kind and strength give the same text, and a higher strength holds the lower ones.
Gold stays what it was: what is put in speaks of nothing the item sells. Only the texts of an item change.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from evaluation.llm.protocol import DocText, ItemText
from evaluation.stress.injections import injected_pieces
from evaluation.stress.inserting import between_sentences, foreign_passages, html_debris, jargon, long_noise
from evaluation.stress.wearing import truncated, typos

STRENGTHS = (1, 2, 4, 8)
INJECTIONS = "injections"


@dataclass(frozen=True)
class Kind:
    """A way to disturb a text, as people are told of it."""

    name: str
    title: str
    says: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("long_noise", "Long noise", "Unrelated boilerplate stands before and after the text."),
        Kind("foreign_passages", "Foreign passages", "German, French, Spanish and Polish sentences stand in between."),
        Kind("jargon", "Jargon", "Sentences in grand words that say nothing stand in between."),
        Kind("typos", "Typing errors", "Letters are mistyped, left out or doubled."),
        Kind("html_debris", "HTML debris", "Tags, entities, scripts, menus and cookie banners are left in the text."),
        Kind("truncated", "Cut off", "Only the beginning of the text is there."),
        Kind(INJECTIONS, "Injected instructions", "Sentences in the text tell the model what to answer."),
    )
}
_DISTURB: dict[str, Callable[[str, int, random.Random], str]] = {
    "long_noise": long_noise,
    "foreign_passages": foreign_passages,
    "jargon": jargon,
    "typos": typos,
    "html_debris": html_debris,
    "truncated": truncated,
}


def perturb(item: ItemText, *, kind: str, strength: int, seed: int, labels: Sequence[str] = ()) -> ItemText:
    """A disturbed copy. An item without any text is given back as it is.

    `labels` are the codes that injections may demand; without them only those come in that name no label. ValueError
    for a kind or strength there is not.
    """
    if kind not in KINDS:
        raise ValueError(f"the kind is one of {', '.join(KINDS)}, not {kind}")
    if strength not in STRENGTHS:
        raise ValueError(f"the strength is one of {', '.join(map(str, STRENGTHS))}, not {strength}")
    if kind == INJECTIONS:
        return _injected(item, strength, seed, labels)
    documents = tuple(
        replace(document, text=_DISTURB[kind](document.text, strength, _chance(seed, item, kind, place)))
        if document.text.strip()
        else document
        for place, document in enumerate(item.documents)
    )
    return replace(item, documents=documents)


def _injected(item: ItemText, strength: int, seed: int, labels: Sequence[str]) -> ItemText:
    """As many injected texts as the strength says, all in the longest document."""
    longest = max(range(len(item.documents)), key=lambda place: len(item.documents[place].text), default=None)
    if longest is None or not item.documents[longest].text.strip():
        return item
    draw = _chance(seed, item, INJECTIONS, longest)
    pieces = injected_pieces(strength, labels, draw)
    document = item.documents[longest]
    disturbed = DocText(document.kind, between_sentences(document.text, pieces, draw))
    return replace(item, documents=(*item.documents[:longest], disturbed, *item.documents[longest + 1 :]))


def _chance(seed: int, item: ItemText, kind: str, place: int) -> random.Random:
    return random.Random(f"{seed}/{kind}/{place}/{item.external_id}")  # noqa: S311
