"""What a reviewer sees of one task: the text, and the prediction label by label unless the task is blind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.enums import PredictionState
from evaluation.models import ReviewRevision, ReviewTask
from evaluation.quotes import Texts
from labeling.marking import MarkedSentence, Quote, marked
from labeling.queries.contents import contents_at
from labeling.queries.queue import Choice, choices
from labeling.segments import sentences


@dataclass(frozen=True)
class Row:
    """One predicted label with what it means and what was quoted for it."""

    number: int
    choice: Choice
    quote: str
    is_found: bool


@dataclass(frozen=True)
class Document:
    """One text of the item with the prediction's quotes marked."""

    kind: str
    source_url: str
    sentences: tuple[MarkedSentence, ...]


@dataclass(frozen=True)
class Screen:
    """Everything the page shows. Of a blind task it holds nothing that a model said."""

    task: ReviewTask
    name: str
    attributes: Mapping[str, Any]
    documents: tuple[Document, ...]
    rows: tuple[Row, ...]
    unknown: tuple[str, ...]  # predicted codes that the taxonomy does not have
    is_failed: bool
    others: tuple[Choice, ...]  # labels that can be added

    @property
    def codes(self) -> list[str]:
        return [row.choice.code for row in self.rows]


@dataclass(frozen=True)
class Stand:
    """What is chosen on the page: nothing, what was just sent and refused, or an answer that was taken back."""

    rules: Mapping[str, str]
    ticked: frozenset[str] = frozenset()
    none_applies: bool = False
    note: str = ""


def screen_of(task: ReviewTask) -> Screen:
    """The page of a task; a fixed number of queries. The content is that of the time when the task was made."""
    content = contents_at([(task.item, task.item_revision)])[task.item_id]
    every = choices(task.review.run.taxonomy_version)
    said = [] if task.is_blind else task.prediction.labels
    known = {choice.code: choice for choice in every}
    texts = Texts(content.documents, content.name)
    quotes: list[Quote] = []
    rows: list[Row] = []
    for one in said:
        if one["code"] not in known or one["code"] in {row.choice.code for row in rows}:
            continue
        number, quote = len(rows) + 1, str(one.get("evidence") or "").strip()
        place = texts.find(quote)
        if place:
            quotes.append(Quote("model", number, place.document, place.start, place.end))
        rows.append(Row(number, known[one["code"]], quote, bool(place) or texts.holds(quote)))
    chosen = {row.choice.code for row in rows}
    return Screen(
        task=task,
        name=content.name,
        attributes=content.attributes,
        documents=tuple(_document(document, quotes) for document in content.documents),
        rows=tuple(rows),
        unknown=tuple(one["code"] for one in said if one["code"] not in known),
        is_failed=not task.is_blind and task.prediction.state == PredictionState.FAILED,
        others=tuple(choice for choice in every if choice.code not in chosen),
    )


def _document(document: Mapping[str, Any], quotes: list[Quote]) -> Document:
    here = [quote for quote in quotes if quote.document == document["position"]]
    return Document(
        kind=str(document["kind"]),
        source_url=str(document.get("source_url") or ""),
        sentences=tuple(marked(sentence, here) for sentence in sentences(document["text"])),
    )


def stand_of(screen: Screen) -> Stand:
    """An empty page, or the answer that the reviewer took back."""
    if not screen.task.revision:
        return Stand({})
    before = ReviewRevision.objects.get(task=screen.task, number=screen.task.revision)
    given = set(before.labels)
    rules = {code: "yes" if code in given else "no" for code in screen.codes}
    return Stand(rules, frozenset(given - set(rules)), none_applies=not given, note=before.note)
