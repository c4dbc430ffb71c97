"""Rows of export files, in the columns that the importers read: a batch at a time, whatever their number."""

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

from django.db.models import Aggregate, OuterRef, QuerySet, Subquery, TextField

from evaluation.models import Prediction, Run
from evaluation.queries.held_out import is_held_out
from labeling.models import Item, Label, Project, Revision, RevisionLabel, Round, Skip, Task
from labeling.queries.contents import contents_at

BATCH = 1000


def annotations(
    project: Project, in_round: Round | None, *, with_texts: bool = False, with_skips: bool = False
) -> Iterator[dict[str, Any]]:
    """The newest revision of every counted answer, by round, item and rater; if asked, also who skipped what."""
    tasks = Task.objects.real().filter(round__project=project)
    if in_round:
        tasks = tasks.filter(round=in_round)
    codes = dict(Label.objects.filter(version__project=project).values_list("pk", "code"))
    ordered = tasks.order_by("round_id", "item__external_id")
    rest = ordered.values_list("pk", "item__external_id", "round__name", "item_id", "item_revision").iterator(
        chunk_size=BATCH
    )
    while batch := list(islice(rest, BATCH)):
        keys = [task[0] for task in batch]
        rated = _answers(keys, codes, with_skips=with_skips)
        texts = _texts([task for task in batch if task[0] in rated]) if with_texts else {}
        for key, item, name, _, _ in batch:
            for rater, answer in rated.get(key, ()):
                row = {"item": item, "rater": rater, **answer, "round": name}
                if with_texts:
                    row["text"] = texts[key]
                yield row


class _Chosen(Aggregate):
    """Labels with their evidence as one text of JSON: one value a revision, not one row a label."""

    output_field = TextField()
    arity = 2

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="json_agg(json_build_array(%(expressions)s))::text", **context
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template, joiner = "json_group_array(json_array(%(expressions)s)))", ", json("
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)


_CHOSEN = (
    RevisionLabel.objects.filter(revision=OuterRef("pk"))
    .values("revision")
    .annotate(said=_Chosen("label_id", "evidence"))
    .values("said")
)


def _answers(
    tasks: list[int], codes: dict[int, str], *, with_skips: bool
) -> dict[int, list[tuple[str, dict[str, Any]]]]:
    """Of each task, its raters and what each said."""
    newest = Revision.objects.newest().filter(
        annotation__task__in=tasks, annotation__is_counted=True, annotation__taken_back_at__isnull=True
    )
    rows = newest.values_list(
        "annotation__task_id", "annotation__rater__email", "certainty", "comment", "seconds", "created_at",
        Subquery(_CHOSEN),
    )  # fmt: skip
    rated: dict[int, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for task, rater, certainty, comment, seconds, at, chosen in rows:
        said = sorted((codes[label], quotes) for label, quotes in json.loads(chosen)) if chosen else []
        evidence = {code: [quote["text"] for quote in quotes if quote.get("text")] for code, quotes in said if quotes}
        answer = {
            "labels": [code for code, _ in said], "certainty": certainty, "comment": comment, "seconds": seconds,
            "submitted_at": at.isoformat(), "evidence": {code: texts for code, texts in evidence.items() if texts},
        }  # fmt: skip
        rated[task].append((rater, answer))
    if with_skips:
        for task, rater in Skip.objects.filter(task__in=tasks).values_list("task_id", "rater__email"):
            if all(rater != other for other, _ in rated[task]):
                rated[task].append((rater, {"skipped": True}))
    for answers in rated.values():
        answers.sort(key=itemgetter(0))
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


def predictions(
    run: Run, *, shown: QuerySet[Prediction] | None = None, without_held_out: bool = False
) -> Iterator[dict[str, Any]]:
    """The predictions of a run, all by item or those that are `shown` in the order they were made in; an item without
    an answer has no labels but says why."""
    rows = run.predictions.order_by("item__external_id") if shown is None else shown.order_by("pk")
    if without_held_out:
        public = Item.and_set_apart.filter(project=run.project).exclude(is_held_out(run.project))
        rows = rows.filter(item__in=public)
    for row in rows.select_related("item").iterator(chunk_size=BATCH):
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
