"""The items of one run of a suite beside the clean run: which answers changed, and one item in full."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluation.enums import PredictionState
from evaluation.llm.protocol import ItemText
from evaluation.models import Prediction, Suite, SuiteRun
from evaluation.queries.lessons import frozen_texts, texts_for
from evaluation.queries.suiteboard import named
from evaluation.queries.suites import Attack, attacks
from evaluation.stress.kinds import RED_TEAM
from labeling.models import GoldEntry, Item
from labeling.textdiff import Line, diff

PAGE = 50
_END = re.compile(r"(?<=[.!?>])\s+")
_UNSEEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\U000e0000-\U000e007f]")


@dataclass(frozen=True)
class Said:
    """What a run said of an item, beside gold."""

    state: str
    labels: list[dict[str, Any]]
    gold: frozenset[str]
    problems: list[dict[str, str]] = field(default_factory=list)
    error_kind: str = ""
    error: str = ""

    @property
    def is_answered(self) -> bool:
        return self.state == PredictionState.DONE

    @property
    def codes(self) -> list[str]:
        return [label["code"] for label in self.labels] if self.is_answered else []

    @property
    def hits(self) -> list[str]:
        return [code for code in self.codes if code in self.gold]

    @property
    def extra(self) -> list[str]:
        return [code for code in self.codes if code not in self.gold]

    @property
    def missing(self) -> list[str]:
        return sorted(self.gold - set(self.codes))


@dataclass(frozen=True)
class Beside:
    """An item clean and disturbed."""

    item: Item
    clean: Said
    disturbed: Said
    attack: Attack | None = None

    @property
    def is_changed(self) -> bool:
        one, other = self.clean, self.disturbed
        return (one.is_answered, set(one.codes)) != (other.is_answered, set(other.codes))

    @property
    def lost(self) -> int:
        """How many decisions are wrong now that were right, less those that are right now."""
        one, other = self.clean, self.disturbed
        return len(other.missing) + len(other.extra) - len(one.missing) - len(one.extra)


def items_beside(suite: Suite, member: SuiteRun) -> list[Beside]:
    """All items of a disturbed run beside the clean one: what was obeyed and what lost most first."""
    clean = suite.members.select_related("run").get(kind="")
    rows = {row.item_id: row for row in _predictions(clean.run_id)}
    found = list(_predictions(member.run_id).select_related("item"))
    entries = GoldEntry.objects.filter(release=suite.release, item__in=[row.item_id for row in found])
    gold = {item: frozenset(labels) for item, labels in entries.values_list("item_id", "labels")}
    hit = _attacks(member, rows)
    beside = [
        Beside(
            row.item,
            _said(rows[row.item_id], gold[row.item_id]),
            _said(row, gold[row.item_id]),
            hit.get(row.item_id),
        )
        for row in found
        if row.item_id in rows and row.item_id in gold
    ]
    return sorted(beside, key=_most_telling)


def _most_telling(one: Beside) -> tuple[bool, bool, int, str]:
    return not (one.attack and one.attack.was_obeyed), not one.is_changed, -one.lost, one.item.external_id


def _predictions(run_id: int) -> Any:
    return Prediction.objects.filter(run=run_id)


def _attacks(member: SuiteRun, clean: Mapping[int, Prediction]) -> dict[int, Attack]:
    if member.kind != RED_TEAM:
        return {}
    before = {
        item: frozenset(label["code"] for label in row.labels)
        for item, row in clean.items()
        if row.state == PredictionState.DONE
    }
    return {one.item: one for one in attacks(member.run, before)}


def _said(row: Prediction, gold: frozenset[str]) -> Said:
    return Said(row.state, row.labels, gold, row.problems, row.error_kind, row.error)


@dataclass(frozen=True)
class Document:
    """One text of an item clean and disturbed."""

    kind: str
    lines: list[Line]
    before: int
    after: int
    text: str  # where nothing differs


@dataclass(frozen=True)
class Shown:
    """One item in full."""

    beside: Beside
    documents: list[Document]
    order: str  # the injected text as it can be read
    name: str  # of the run
    has_unseen: bool


def item_beside(suite: Suite, member: SuiteRun, item: Item) -> Shown | None:
    """One item clean and disturbed, with the difference of its texts; None if the run has it not."""
    beside = next((one for one in items_beside(suite, member) if one.item.pk == item.pk), None)
    if beside is None:
        return None
    clean = frozen_texts(suite.release_id, [item.pk])[item.pk]
    read = texts_for(member.run, [item.pk])[item.pk]
    return Shown(
        beside=beside,
        documents=_documents(clean, read),
        order=readable(beside.attack.text) if beside.attack else "",
        name=named(member.kind, member.strength),
        has_unseen=bool(_UNSEEN.search(read.text)),
    )


def _documents(clean: ItemText, read: ItemText) -> list[Document]:
    return [
        Document(
            kind=one.kind,
            lines=diff(_by_sentence(one.text), _by_sentence(readable(other.text))),
            before=len(one.text),
            after=len(other.text),
            text=one.text,
        )
        for one, other in zip(clean.documents, read.documents, strict=True)
    ]


def _by_sentence(text: str) -> str:
    return _END.sub("\n", text)


def readable(text: str) -> str:
    """With what no eye sees made visible: tag characters as the letters they stand for, other marks as a dot."""
    return _UNSEEN.sub(lambda match: chr(ord(match[0]) - 0xE0000) if ord(match[0]) > 0xE0000 + 31 else "·", text)
