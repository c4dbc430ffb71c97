"""Rows of export files, in the columns that the importers read: a batch at a time, whatever their number."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import F

from evaluation.models import Run
from evaluation.queries.held_out import is_held_out
from labeling.models import Item, Project, Revision, RevisionLabel, Round, Skip, Task
from labeling.queries.contents import contents_at

BATCH = 1000


def annotations(
    project: Project, in_round: Round | None, *, with_texts: bool = False, with_skips: bool = False
) -> Iterator[dict[str, Any]]:
    """The newest revision of every counted answer, by round, item and rater; if asked, also who skipped what."""
    tasks = Task.objects.real().filter(round__project=project)
    if in_round:
        tasks = tasks.filter(round=in_round)
    ordered = tasks.order_by("round_id", "item__external_id")
    rest = ordered.values_list("pk", "item__external_id", "round__name", "item_id", "item_revision").iterator(
        chunk_size=BATCH
    )
    while batch := list(islice(rest, BATCH)):
        keys = [task[0] for task in batch]
        rated = _answers(keys, with_skips=with_skips)
        texts = _texts([task for task in batch if task[0] in rated]) if with_texts else {}
        for key, item, name, _, _ in batch:
            for rater, answer in rated.get(key, ()):
                row = {"item": item, "rater": rater, **answer, "round": name}
                if with_texts:
                    row["text"] = texts[key]
                yield row


def _answers(tasks: list[int], *, with_skips: bool) -> dict[int, list[tuple[str, dict[str, Any]]]]:
    """Of each task, its raters and what each said."""
    newest = Revision.objects.filter(
        annotation__task__in=tasks,
        annotation__is_counted=True,
        annotation__taken_back_at__isnull=True,
        number=F("annotation__revision"),
    )
    revisions = list(
        newest.values_list(
            "pk", "annotation__task_id", "annotation__rater__email", "certainty", "comment", "seconds", "created_at"
        )
    )
    chosen: dict[int, dict[str, Any]] = defaultdict(dict)
    labels = RevisionLabel.objects.filter(revision__in=[row[0] for row in revisions])
    for pk, code, evidence in labels.values_list("revision_id", "label__code", "evidence"):
        chosen[pk][code] = [quote["text"] for quote in evidence if quote.get("text")]
    rated: dict[int, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for pk, task, rater, certainty, comment, seconds, at in revisions:
        found = chosen.get(pk, {})
        answer = {
            "labels": sorted(found), "certainty": certainty, "comment": comment, "seconds": seconds,
            "submitted_at": at.isoformat(), "evidence": {code: found[code] for code in sorted(found) if found[code]},
        }  # fmt: skip
        rated[task].append((rater, answer))
    if with_skips:
        for task, rater in Skip.objects.filter(task__in=tasks).values_list("task_id", "rater__email"):
            if all(rater != other for other, _ in rated[task]):
                rated[task].append((rater, {"skipped": True}))
    for answers in rated.values():
        answers.sort(key=lambda answer: answer[0])
    return rated


def _texts(tasks: list[tuple[Any, ...]]) -> dict[int, str]:
    """The text of each task, as its raters saw it."""
    items = Item.and_set_apart.in_bulk([task[3] for task in tasks])
    revisions: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for key, _, _, item, revision in tasks:
        revisions[revision].append((key, item))
    texts = {}
    for revision, found in revisions.items():
        contents = contents_at([(items[item], revision) for _, item in found])
        for key, item in found:
            texts[key] = "\n\n".join(document["text"] for document in contents[item].documents)
    return texts


def predictions(run: Run, *, without_held_out: bool = False) -> Iterator[dict[str, Any]]:
    """Every prediction of a run, by item; an item without an answer has no labels but says why."""
    rows = run.predictions.select_related("item").order_by("item__external_id")
    if without_held_out:
        shown = Item.and_set_apart.filter(project=run.project).exclude(is_held_out(run.project))
        rows = rows.filter(item__in=shown)
    for row in rows.iterator(chunk_size=BATCH):
        yield {
            "item": row.item.external_id,
            "labels": row.labels if row.state == "done" else None,
            "state": row.state,
            "error": row.error,
            "cost": None if row.cost_micro_usd is None else row.cost_micro_usd / 1e6,
            "latency_ms": row.latency_ms,
            "model": row.model_returned,
            **{name: (row.stages or {}).get(name) for name in ("retrieved", "summary")},
        }
