"""Lines to train a model with, in chat form: preference pairs and fine-tuning. Nothing that is held out."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from evaluation.enums import PredictionState
from evaluation.models import Panel, Review, ReviewRevision
from evaluation.queries.held_out import is_held_out
from evaluation.queries.panel_answers import answers_of
from evaluation.queries.panel_pairs import choices_of
from evaluation.queries.reviews import correction, counted
from labeling.enums import Split
from labeling.models import GoldEntry, Item, Project, Release
from labeling.queries.contents import Content, contents_at
from labeling.queries.held_out import held_out_entries
from reviewapp.common.errors import Refused

ASKED = "Which labels apply to this text? Answer with a JSON list of their codes, and [] if none applies."
BATCH = 500
Row = dict[str, Any]
TUNING_SPLITS = (Split.FEWSHOT, Split.DEV)


@dataclass(frozen=True)
class Line:
    """One line of a training file, and the item whose text it shows."""

    item_id: int
    text_digest: str
    content: dict[str, Any]


def without_tested(project: Project, lines: Iterator[Line]) -> Iterator[Line]:
    """The lines but for any whose item, or text as it is shown here, a release of the project holds out.

    The last door: an item may have said, before it was changed, what a held-out one says now.
    """
    tested = held_out_entries(project)
    rows = list(tested.values_list("item_id", "text_digest"))
    items, texts = {item for item, _ in rows}, {text for _, text in rows}
    return (line for line in lines if line.item_id not in items and line.text_digest not in texts)


def tuning_lines(release: Release, split: str) -> Iterator[Line]:
    """One chat an entry of the split, but for those that a release of the project holds out, or that say the same."""
    if split not in TUNING_SPLITS:
        raise Refused("Only fewshot and dev may train a model. What is held out for testing never does.")
    held_out = Item.and_set_apart.filter(is_held_out(release.golden_set.project))
    entries = GoldEntry.objects.filter(release=release, split=split).exclude(item__in=held_out)
    tested = held_out_entries(release.golden_set.project)
    entries = entries.exclude(text_digest__in=tested.values("text_digest")).order_by("external_id")
    for entry in entries.iterator(chunk_size=BATCH):
        text = _text(entry.content["documents"])
        content = {"messages": [*_asked(text), _said(entry.labels)], "item": entry.external_id}
        yield Line(entry.item_id, entry.text_digest, content)


def panel_preferences(panel: Panel) -> Iterator[Line]:
    """One pair a choice that a person made in a closed panel; ties prefer nothing, and a judge is no person."""
    rows = (row for row in choices_of(panel, with_names=False) if row["better"] != "tie" and not row["is_judge"])
    for row, item, content in _with_items(panel.project, rows):
        better, worse = ("a", "b") if row["better"] == row["run_a"] else ("b", "a")
        chosen, rejected = (_codes(row[f"labels_{side}"]) for side in (better, worse))
        if chosen != rejected:
            yield _pair(item, content, chosen, rejected)


def review_corrections(review: Review) -> Iterator[Line]:
    """One pair an answer that a person corrected: theirs is preferred to the run's."""
    for one, content in _reviewed(review):
        rejected = _codes(one.task.prediction.labels)
        if one.task.prediction.state == PredictionState.DONE and sorted(one.labels) != rejected:
            yield _pair(one.task.item, content, sorted(one.labels), rejected)


def answer_lines(source: Panel | Review, *, with_names: bool) -> Iterator[Line]:
    """What people said in a closed panel or a review, as files of it have it: it can train a model as it is."""
    if isinstance(source, Review):
        for one, content in _reviewed(source):
            yield Line(one.task.item_id, content.text_digest, correction(one))
    else:
        for row, item, content in _with_items(source.project, answers_of(source, with_names=with_names)):
            yield Line(item.pk, content.text_digest, row)


def _reviewed(review: Review) -> Iterator[tuple[ReviewRevision, Content]]:
    rest = counted(review).iterator(chunk_size=BATCH)
    while batch := list(islice(rest, BATCH)):
        shown = _contents([(one.task.item, one.task.item_revision) for one in batch])
        for one in batch:
            yield one, shown[one.task.item_id, one.task.item_revision]


def _with_items(project: Project, rows: Iterator[Row]) -> Iterator[tuple[Row, Item, Content]]:
    """Rows of a panel with the item of each, as it was shown."""
    while batch := list(islice(rows, BATCH)):
        items = {
            item.external_id: item
            for item in Item.and_set_apart.filter(project=project, external_id__in={row["item"] for row in batch})
        }
        shown = _contents([(items[key], at) for key, at in {(row["item"], row["item_revision"]) for row in batch}])
        for row in batch:
            item = items[row["item"]]
            yield row, item, shown[item.pk, row["item_revision"]]


def _pair(item: Item, shown: Content, chosen: Sequence[str], rejected: Sequence[str]) -> Line:
    prompt, item_key = _asked(_text(shown.documents)), item.external_id
    content = {"prompt": prompt, "chosen": [_said(chosen)], "rejected": [_said(rejected)], "item": item_key}
    return Line(item.pk, shown.text_digest, content)


def _asked(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": ASKED}, {"role": "user", "content": text}]


def _said(labels: Sequence[str]) -> dict[str, str]:
    return {"role": "assistant", "content": json.dumps(sorted(labels), ensure_ascii=False)}


def _codes(labels: Sequence[Any] | None) -> list[str]:
    return sorted(one["code"] for one in labels or [])


def _text(documents: Sequence[dict[str, Any]]) -> str:
    return "\n\n".join(document["text"] for document in documents)


def _contents(wanted: Sequence[tuple[Item, int]]) -> dict[tuple[int, int], Content]:
    """Each item at each revision; two of one item are asked for apart."""
    found: dict[tuple[int, int], Content] = {}
    by_revision: dict[int, list[Item]] = {}
    for item, revision in wanted:
        by_revision.setdefault(revision, []).append(item)
    for revision, items in by_revision.items():
        for key, content in contents_at([(item, revision) for item in items]).items():
            found[key, revision] = content
    return found
