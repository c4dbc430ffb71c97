"""Starting, pausing, resuming and cancelling runs. Everything a run depends on is frozen before it costs anything."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from evaluation import tasks
from evaluation.enums import PredictionState, RunState, Strategy
from evaluation.models import Prediction, PromptVersion, Run
from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import check_name, published_taxonomy
from labeling.actions.tables import analyze
from labeling.enums import Role, Split
from labeling.models import GoldEntry, Item, Project, Release, User
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

BATCH = 1000
MICRO = 1_000_000


@dataclass(frozen=True)
class Scope:
    """The items a run covers: one split of a release, or (without a release) all items of the project."""

    release: Release | None = None
    split: str = ""

    def __str__(self) -> str:
        return f"{self.release}:{self.split}" if self.release else "items"


@transaction.atomic
def start_run(
    *,
    version: PromptVersion,
    scope: Scope,
    by: User | None,
    name: str = "",
    budget_usd: float | None = None,
    fewshot_release: Release | None = None,
    operator: str = "",
) -> Run:
    """Write the run and one pending prediction for each item in one transaction, then nudge the workers."""
    project = version.prompt.project
    if by:
        rules.check_role(by, project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(project)
    taxonomy = scope.release.taxonomy_version if scope.release else published_taxonomy(project)
    fewshot = _fewshot(version, scope, fewshot_release)
    budget = None if budget_usd is None else round(budget_usd * MICRO)
    _check_money(version, budget)
    run = Run.objects.create(
        project=project,
        name=_free_name(project, name or f"{version} on {scope}".replace("@", " v").replace(":", " ")),
        prompt_version=version,
        taxonomy_version=taxonomy,
        release=scope.release,
        split=scope.split,
        fewshot_release=fewshot,
        fewshot_digest=fewshot_digest(fewshot) if fewshot else "",
        budget_micro_usd=budget,
        created_by=by,
    )
    run.total = _plan(run, scope)
    if not run.total:
        raise Refused("There are no items to run on.")
    run.save(update_fields=["total"])
    record_event(
        kind="run.started",
        project=project,
        by=by,
        operator=operator,
        target=f"run:{run.public_id}",
        after={"run": run.name, "prompt": str(version), "on": str(scope), "items": run.total, "budget_usd": budget_usd},
    )
    transaction.on_commit(partial(nudge, tasks.work_on_run, run.pk))
    return run


def _plan(run: Run, scope: Scope) -> int:
    if scope.release:
        entries = GoldEntry.objects.filter(release=scope.release, split=scope.split).order_by("id")
        items = list(entries.values_list("item_id", flat=True))
    else:
        items = list(Item.objects.filter(project=run.project).order_by("id").values_list("pk", flat=True))
    made = Prediction.objects.bulk_create((Prediction(run=run, item_id=pk) for pk in items), batch_size=BATCH)
    analyze(Prediction)
    return len(made)


def _fewshot(version: PromptVersion, scope: Scope, release: Release | None) -> Release | None:
    """The release whose fewshot split teaches the run, for strategies that learn from examples."""
    wants = version.strategy == Strategy.BASELINE_FEW or version.parameters.get("few_shot", 0) > 0
    if not wants:
        return None
    release = release or scope.release
    if release is None or not release.entries.filter(split=Split.FEWSHOT).exists():
        raise Refused(
            "This prompt learns from examples, but there is no release with a fewshot split to take them from. "
            "Run it on a release whose splits include fewshot."
        )
    return release


def fewshot_digest(release: Release) -> str:
    entries = release.entries.filter(split=Split.FEWSHOT).order_by("external_id")
    rows = list(entries.values_list("external_id", "item_digest", "labels"))
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _check_money(version: PromptVersion, budget: int | None) -> None:
    if budget is not None and budget < 0:
        raise Refused("A budget is an amount of dollars, not less than 0.")
    if version.strategy == Strategy.CHAT and budget is not None and version.model not in settings.LLM_PRICES:
        raise Refused(
            f"There is no price for “{version.model}”, so no budget can be kept. The operator sets prices: LLM_PRICES."
        )


def _free_name(project: Project, wanted: str) -> str:
    """The name asked for, or with a number where it is taken: "baseline-zero v1 on pilot 1 dev (2)"."""
    wanted = check_name(wanted, what="run")[:110]
    taken = set(Run.objects.filter(project=project, name__startswith=wanted).values_list("name", flat=True))
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} ({number})"
    return name


@transaction.atomic
def pause_run(*, run: Run, reason: str, by: User | None, operator: str = "") -> Run:
    """Stop handing out items; what is in work finishes, the rest waits for a resume."""
    return _move(run, RunState.PAUSED, (RunState.QUEUED, RunState.RUNNING), reason=reason, by=by, operator=operator)


@transaction.atomic
def resume_run(*, run: Run, by: User | None, operator: str = "") -> Run:
    """Go on with a paused run: only what has no answer yet is asked."""
    run = _move(run, RunState.RUNNING, (RunState.PAUSED,), reason="", by=by, operator=operator)
    transaction.on_commit(partial(nudge, tasks.work_on_run, run.pk))
    return run


@transaction.atomic
def cancel_run(*, run: Run, by: User | None, operator: str = "") -> Run:
    """End a run for good: its answers stay as they are, and its unanswered items are never asked."""
    running = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)
    if by:
        rules.check_role(by, run.project, Role.ENGINEER, Role.MANAGER)
    _locked(run, running)
    run.predictions.exclude(state__in=[PredictionState.DONE, PredictionState.FAILED]).update(
        state=PredictionState.FAILED, error_kind="cancelled", error="The run was cancelled.", **NO_LEASE
    )
    Run.objects.filter(pk=run.pk).update(  # calls under way may still be billed
        spent_micro_usd=F("spent_micro_usd") + F("reserved_micro_usd"), reserved_micro_usd=0
    )
    return _move(run, RunState.CANCELLED, running, reason="", by=by, operator=operator)


NO_LEASE: dict[str, Any] = {"lease_until": None, "lease_token": None}


def _locked(run: Run, allowed: Sequence[str]) -> Run:
    run = Run.objects.select_for_update(of=("self",)).select_related("project").get(pk=run.pk)
    if run.state not in allowed:
        raise NotAllowed(f"This run is {RunState(run.state).label.lower()}, so it cannot be changed like this.")
    return run


def _move(run: Run, state: RunState, allowed: Sequence[str], *, reason: str, by: User | None, operator: str) -> Run:
    if by:
        rules.check_role(by, run.project, Role.ENGINEER, Role.MANAGER)
    run = _locked(run, allowed)
    before = run.state
    run.state, run.state_reason = state, reason[:500]
    if state == RunState.CANCELLED:
        run.finished_at = clock.now()
    run.save(update_fields=["state", "state_reason", "finished_at"])
    record_event(
        kind=f"run.{state}",
        project=run.project,
        by=by,
        operator=operator,
        target=f"run:{run.public_id}",
        before={"state": before},
        after={"state": state, "reason": reason},
    )
    return run


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
