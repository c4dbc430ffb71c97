"""What the F1 page shows: figures, sorted and rounded as the split allows, and the items behind each number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.analyses import kind_called
from evaluation.models import Evaluation
from evaluation.queries.held_out import SMALLEST_CELL, rounded
from evaluation.queries.pairing import pair
from evaluation.stats.errors import ItemErrors, item_errors
from labeling.enums import Split
from labeling.models import Item

AVERAGES = ("micro", "macro", "weighted", "samples")


@dataclass(frozen=True)
class LabelRow:
    """One label's figures on the page."""

    code: str
    name: str
    figures: dict[str, Any]

    @property
    def support(self) -> int:
        return int(self.figures["support"])


@dataclass(frozen=True)
class SliceRow:
    """One value of an attribute; hidden where a held-out slice would be too small."""

    value: str
    n: int
    f1: dict[str, Any] | None


@dataclass(frozen=True)
class Scoreboard:
    """An evaluation as the page shows it."""

    evaluation: Evaluation
    report: dict[str, Any]
    labels: list[LabelRow]
    unused: int  # labels neither in gold nor predicted
    slices: dict[str, list[SliceRow]]
    is_held_out: bool
    looks: int


def scoreboard(evaluation: Evaluation) -> Scoreboard:
    """The stored report; held-out figures to three decimals and without small slices (DECISIONS 19)."""
    held_out = evaluation.split == Split.TEST
    report = rounded(evaluation.report) if held_out else evaluation.report
    names = dict(evaluation.release.taxonomy_version.labels.values_list("code", "name"))
    rows = [LabelRow(code, names.get(code, code), figures) for code, figures in report["labels"].items()]
    used = [row for row in rows if row.support or row.figures["fp"]]
    slices = {
        attribute: [
            SliceRow(value, found["n"], None if held_out and found["n"] < SMALLEST_CELL else found["f1"])
            for value, found in sorted(values.items(), key=lambda pair: (-pair[1]["n"], pair[0]))
        ]
        for attribute, values in report["slices"].items()
    }
    return Scoreboard(
        evaluation=evaluation,
        report=report,
        labels=sorted(used, key=lambda row: (-row.support, row.code)),
        unused=len(rows) - len(used),
        slices=slices,
        is_held_out=held_out,
        looks=evaluation.release.looks.count(),
    )


def label_table(board: Scoreboard) -> list[dict[str, Any]]:
    """The rows of the CSV: one a label in use."""
    rows = []
    for row in board.labels:
        line: dict[str, Any] = {"code": row.code, "name": row.name, "support": row.support}
        for measure in ("precision", "recall", "f1"):
            found = row.figures[measure]
            line |= {measure: found["value"], f"{measure}_low": found["low"], f"{measure}_high": found["high"]}
        rows.append(line | {name: row.figures[name] for name in ("tp", "fp", "fn")})
    return rows


@dataclass(frozen=True)
class ItemRow:
    """One item behind a number: what gold says, what the run said, and what kind of errors lie between."""

    item: Item
    gold: list[str]
    predicted: list[str] | None
    errors: ItemErrors

    @property
    def hits(self) -> list[str]:
        return [code for code in self.gold if code in (self.predicted or ())]


KINDS = {
    "fp": "predicted, but not in gold",
    "fn": "in gold, but not predicted",
    "tp": "in gold and predicted",
    "omission": "with a label left out",
    "hallucination": "with a label made up",
    "wrong_label": "with one label in the place of another",
    "unanswered": "without an answer",
    "wrong": "with any error",
    "wrong_for": "predicted or in gold, but not both",
    "": "all",
}


def items_behind(
    evaluation: Evaluation, *, kind: str, code: str = "", attribute: str = "", value: str = "", limit: int = 200
) -> tuple[list[ItemRow], int]:
    """The items of a dev split that a number counts, and how many there are; nothing of a held-out split."""
    if evaluation.split != Split.DEV:
        return [], 0
    paired = pair(evaluation.run, evaluation.release, evaluation.split)
    found: list[tuple[int, list[str], list[str] | None, ItemErrors]] = []
    for entry, answer in zip(paired.gold, paired.predicted, strict=True):
        if attribute and str(entry.attributes.get(attribute, "")) != value:
            continue
        errors = item_errors(entry.labels, answer or (), paired.parents)
        if _counts(kind, code, entry.labels, answer, errors):
            found.append((entry.item_id, sorted(entry.labels), None if answer is None else sorted(answer), errors))
    return _rows(found[:limit]), len(found)


def members_of(
    evaluation: Evaluation, *, kind: str, wanted: Mapping[str, str], limit: int = 200
) -> tuple[str, list[ItemRow], int]:
    """The items of a dev split behind a mark of an analysis: what they have in common, the first of them, how many."""
    members = getattr(kind_called(kind), "members", None)
    if evaluation.split != Split.DEV or members is None:
        return "", [], 0
    paired = pair(evaluation.run, evaluation.release, evaluation.split, with_texts=True)
    said, places = members(paired, wanted)
    found = []
    for place in places[:limit]:
        entry, answer = paired.gold[place], paired.predicted[place]
        errors = item_errors(entry.labels, answer or (), paired.parents)
        found.append((entry.item_id, sorted(entry.labels), None if answer is None else sorted(answer), errors))
    return said, _rows(found), len(places)


def _rows(found: list[tuple[int, list[str], list[str] | None, ItemErrors]]) -> list[ItemRow]:
    items = Item.objects.in_bulk([row[0] for row in found])
    return [ItemRow(items[pk], gold, answer, errors) for pk, gold, answer, errors in found]


def _counts(kind: str, code: str, gold: frozenset[str], answer: frozenset[str] | None, errors: ItemErrors) -> bool:
    predicted = answer or frozenset()
    matters = {
        "tp": code in gold and code in predicted,
        "fp": code in predicted and code not in gold,
        "fn": code in gold and code not in predicted,
        "omission": bool(errors.omissions),
        "hallucination": bool(errors.hallucinations),
        "wrong_label": bool(errors.wrong),
        "unanswered": answer is None,
        "wrong": gold != predicted,
        "wrong_for": (code in gold) != (code in predicted),
    }
    return matters.get(kind, True)
