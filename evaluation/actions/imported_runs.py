"""Runs that were made elsewhere, imported whole."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from evaluation.actions.runs import BATCH, MICRO
from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, Run
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import check_name, published_taxonomy
from labeling.actions.tables import analyze
from labeling.enums import Role
from labeling.models import Item, Project, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused


@transaction.atomic
def import_predictions(
    *,
    project: Project,
    name: str,
    predictions: Mapping[str, Mapping[str, Any]],
    by: User | None,
    operator: str = "",
) -> Run:
    """A finished run made elsewhere. `predictions` maps external ids to labels [{code, confidence, evidence}] and
    optionally cost (dollars), latency_ms, model and the stages on the way: retrieved [text or {document, start, end}]
    and summary. A second import under one name is refused: a run never changes."""
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(project)
    name = check_name(name, what="run")
    if Run.objects.filter(project=project, name=name).exists():
        raise Refused(f"There is already a run called “{name}”, and a run never changes. Choose another name.")
    known = dict(Item.objects.filter(project=project).values_list("external_id", "pk"))
    if missing := sorted(set(predictions) - set(known)):
        raise Refused(f"{len(missing)} of the items are not in this project, the first is “{missing[0]}”.")
    now = clock.now()
    run = Run.objects.create(
        project=project,
        name=name,
        taxonomy_version=published_taxonomy(project),
        state=RunState.RUNNING,
        total=len(predictions),
        created_by=by,
        started_at=now,
    )
    Prediction.objects.bulk_create(
        (
            Prediction(
                run=run,
                item_id=known[key],
                state=PredictionState.DONE,
                labels=row["labels"],
                stages=_stages(row),
                cost_micro_usd=None if row.get("cost") is None else round(row["cost"] * MICRO),
                latency_ms=row.get("latency_ms"),
                model_returned=row.get("model", "")[:160],
                finished_at=now,
            )
            for key, row in sorted(predictions.items())
        ),
        batch_size=BATCH,
    )
    run.spent_micro_usd = sum(round(row["cost"] * MICRO) for row in predictions.values() if row.get("cost") is not None)
    run.state, run.finished_at = RunState.DONE, now
    run.save(update_fields=["state", "finished_at", "spent_micro_usd"])
    analyze(Prediction)
    record_event(
        kind="run.imported",
        project=project,
        by=by,
        operator=operator,
        target=f"run:{run.public_id}",
        after={"run": name, "items": run.total},
    )
    return run


def _stages(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a pipeline recorded of an item on its way; None if nothing."""
    return {name: row[name] for name in ("retrieved", "summary") if row.get(name) is not None} or None
