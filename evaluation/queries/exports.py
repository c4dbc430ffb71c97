"""Rows of export files, in the columns that the importers read."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from evaluation.models import Prediction, Run
from labeling.models import Project, Revision, RevisionLabel, Round

BATCH = 1000


def annotations(project: Project, in_round: Round | None) -> Iterator[dict[str, Any]]:
    """The newest revision of every counted answer, by item and rater."""
    newest = Revision.objects.newest().filter(
        annotation__task__round__project=project,
        annotation__task__gold__isnull=True,
        annotation__is_counted=True,
        annotation__taken_back_at__isnull=True,
    )
    if in_round:
        newest = newest.filter(annotation__task__round=in_round)
    ordered = newest.select_related("annotation__task__item", "annotation__task__round", "annotation__rater").order_by(
        "annotation__task__round_id", "annotation__task__item__external_id", "annotation__rater__email"
    )
    chosen: dict[int, dict[str, Any]] = defaultdict(dict)
    for pk, code, evidence in RevisionLabel.objects.filter(revision__in=newest).values_list(
        "revision_id", "label__code", "evidence"
    ):
        chosen[pk][code] = [quote["text"] for quote in evidence if quote.get("text")]
    for revision in ordered.iterator(chunk_size=BATCH):
        labels = chosen.get(revision.pk, {})
        yield {
            "item": revision.annotation.task.item.external_id,
            "rater": revision.annotation.rater.email,
            "labels": sorted(labels),
            "certainty": revision.certainty,
            "comment": revision.comment,
            "seconds": revision.seconds,
            "submitted_at": revision.created_at.isoformat(),
            "evidence": {code: quotes for code, quotes in sorted(labels.items()) if quotes},
            "round": revision.annotation.task.round.name,
        }


def predictions(run: Run, *, shown: QuerySet[Prediction] | None = None) -> Iterator[dict[str, Any]]:
    """The predictions of a run, all by item or those that are `shown` in the order they were made in; an item without
    an answer has no labels but says why."""
    rows = run.predictions.order_by("item__external_id") if shown is None else shown.order_by("pk")
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
