"""Works on runs: claims predictions, has them answered, and hands on. Safe to kill at any time."""

import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from evaluation import tasks
from evaluation.actions.attempts import close_lost_attempts
from evaluation.actions.batches import is_by_batch, send_batches
from evaluation.actions.desk import NO_LEASE, Desk, Ending
from evaluation.actions.runs import pause_run
from evaluation.enums import PredictionState, RunState, Strategy
from evaluation.llm.baseline import DEFAULTS, Baseline
from evaluation.llm.hosts import check_base_url
from evaluation.llm.protocol import Example, LabelSpec
from evaluation.models import Prediction, PromptVersion, Run
from evaluation.queries.lessons import examples, label_specs, texts_for
from evaluation.queries.recipes import asked_models, pipeline_for, providers
from labeling.actions.audit import record_event
from labeling.tasks import nudge
from reviewapp.common import clock, logs
from reviewapp.common.errors import NotAllowed, Refused

SLICE = 20.0  # seconds after which a worker passes the run on, so that other work gets its turn
BASELINE_BATCH = 200
LOOK = 0.5  # seconds between two looks at whether the run goes on
TELL = 2.0  # seconds between two notes of its pace
GOING = (RunState.QUEUED, RunState.RUNNING)


def lease() -> timedelta:
    """How long claimed items are held without a sign of life."""
    return timedelta(seconds=settings.RUN_LEASE)


@dataclass(frozen=True)
class Claim:
    """Predictions this worker may answer, by item."""

    token: UUID
    predictions: dict[int, Prediction]


def work_on(*, run_id: int) -> None:
    """Answer a run's pending items for a while; then hand on, finish, or leave it to those who hold the rest."""
    now = clock.now()
    Run.objects.filter(pk=run_id, state=RunState.QUEUED).update(state=RunState.RUNNING, started_at=now)
    run = (
        Run.objects.select_related(
            "prompt_version__prompt__project", "taxonomy_version", "project", "release__guideline"
        )
        .filter(pk=run_id)
        .first()
    )
    if run is None or run.state != RunState.RUNNING or run.prompt_version is None or _at_work(run_id) >= most_workers():
        return
    with logs.about(project=run.project.slug, run_id=run.public_id):
        try:
            if run.prompt_version.strategy == Strategy.CHAT:
                _call_providers(run, run.prompt_version)
            else:
                _run_baseline(run, run.prompt_version)
        except Refused as refusal:
            _pause(run, str(refusal))
        else:
            _finish_if_done(run)


def resume_stalled() -> int:
    """Free what dead workers held, finish what is complete, and nudge the rest; the number of nudges sent."""
    _free_expired()
    nudged, now = 0, clock.now()
    going = Run.objects.filter(state__in=GOING, prompt_version__isnull=False)
    for run in going.order_by("-priority", "pk"):
        if not claimable(run.pk, now).exists():
            _finish_if_done(run)
            continue
        missing = max(0, most_workers() - _at_work(run.pk))
        for _ in range(missing):
            nudge(tasks.work_on_run, run.pk)
        nudged += missing
    return nudged


def most_workers() -> int:
    """How many workers one run may have, so that a large run leaves some for everybody else."""
    return int(settings.RUN_WORKERS)


def _at_work(run_id: int) -> int:
    """How many workers hold items of a run."""
    held = Prediction.objects.filter(run=run_id, state=PredictionState.LEASED)
    return held.values("lease_token").distinct().count()


def taught_baseline(
    labels: tuple[LabelSpec, ...], taught: tuple[Example, ...], parameters: Mapping[str, Any]
) -> Baseline:
    """A baseline that has learned, kept for runs that learn the same: learning takes seconds, an answer none."""
    return _taught(labels, taught, json.dumps({**DEFAULTS, **parameters}, sort_keys=True))


@lru_cache(maxsize=2)
def _taught(labels: tuple[LabelSpec, ...], taught: tuple[Example, ...], parameters: str) -> Baseline:
    return Baseline(labels, examples=taught, parameters=json.loads(parameters))


def _run_baseline(run: Run, version: PromptVersion) -> None:
    labels, taught = label_specs(run.taxonomy_version), examples(run.fewshot_release)
    parameters = {**version.parameters, **run.overrides}
    model = taught_baseline(labels, taught, parameters)
    began = time.monotonic()
    while _goes_on(run) and (claim := _claim(run, BASELINE_BATCH)):
        texts = texts_for(run, claim.predictions)
        items = list(texts)
        for item_id, answer in zip(items, model.label_many([texts[item] for item in items]), strict=True):
            one = claim.predictions[item_id]
            one.state, one.finished_at = PredictionState.DONE, clock.now()
            one.labels = [
                {"code": label.code, "confidence": label.confidence, "evidence": label.evidence}
                for label in answer.labels
            ]
            one.problems = [asdict(problem) for problem in answer.problems]
            one.model_returned = answer.model_returned
        _write(claim)
        if _yields(run, began):
            return


def _call_providers(run: Run, version: PromptVersion) -> None:
    known = providers()
    for name, _ in asked_models(version, run.overrides):
        check_base_url(known[name].base_url, settings.LLM_ALLOWED_HOSTS)
    pipeline = pipeline_for(run)
    if is_by_batch(run):
        send_batches(run, pipeline)
        if not _goes_on(run):
            return
    desk = Desk(run, pipeline, token=uuid4(), worker=f"{socket.gethostname()}:{os.getpid()}"[:80])
    began = looked = told = time.monotonic()
    try:
        while desk.ending is None:
            now = time.monotonic()
            if now - told > TELL:
                told = now
                Run.objects.filter(pk=run.pk, state=RunState.RUNNING).update(pace=desk.pace)
            desk.renew()
            if now - looked > LOOK:
                looked = now
                if not _goes_on(run) or _is_outranked(run):
                    desk.ending = Ending()
                    break
            if now - began > SLICE:
                desk.ending = Ending()
                break
            claim = _claim(run, desk.room, desk.token) if desk.room > 0 else None
            if claim:
                desk.take(claim.predictions, texts_for(run, claim.predictions))
            elif desk.is_empty and not _wait_for_one(run):
                break
            if not desk.is_empty:
                desk.turn()
    finally:
        desk.close()
    Run.objects.filter(pk=run.pk, state=RunState.RUNNING).update(pace=desk.pace)
    if desk.ending and desk.ending.pause:
        _pause(run, desk.ending.pause)
    elif desk.ending and desk.ending.later is None:
        nudge(tasks.work_on_run, run.pk)


def _goes_on(run: Run) -> bool:
    return Run.objects.filter(pk=run.pk, state=RunState.RUNNING).exists()


def _wait_for_one(run: Run) -> bool:
    """Nothing can be claimed now: wait a moment if an item falls due within a few seconds."""
    pending = run.predictions.filter(state=PredictionState.PENDING)
    due = pending.aggregate(first=Min("not_before"))["first"]
    if due is None:
        return False
    seconds = (due - clock.now()).total_seconds()
    if seconds > SLICE / 4:
        return False
    time.sleep(min(max(seconds, 0.0), LOOK))
    return True


def _is_outranked(run: Run) -> bool:
    """Another run is more urgent and has work to do."""
    higher = Run.objects.filter(state__in=GOING, priority__gt=run.priority, prompt_version__strategy=Strategy.CHAT)
    urgent = next((one for one in higher.order_by("-priority", "pk") if claimable(one.pk, clock.now()).exists()), None)
    if urgent is not None:
        nudge(tasks.work_on_run, urgent.pk)
    return urgent is not None


def _yields(run: Run, began: float) -> bool:
    """Whether this worker's time with the run is over; another message goes on with it."""
    if time.monotonic() - began > SLICE:
        nudge(tasks.work_on_run, run.pk)
        return True
    return False


def claimable(run_id: int, now: datetime) -> QuerySet[Prediction]:
    """What may be taken into work now."""
    pending = Prediction.objects.filter(run=run_id, state=PredictionState.PENDING)
    return pending.filter(Q(not_before__isnull=True) | Q(not_before__lte=now))


@transaction.atomic
def _claim(run: Run, size: int, token: UUID | None = None) -> Claim | None:
    """Lease some pending predictions, passing over those that other workers hold; None if there is none to take."""
    now = clock.now()
    skip = connection.features.has_select_for_update_skip_locked
    taken = list(claimable(run.pk, now).select_for_update(skip_locked=skip).order_by("pk")[:size])
    if not taken:
        return None
    token = token or uuid4()
    Prediction.objects.filter(pk__in=[one.pk for one in taken]).update(
        state=PredictionState.LEASED, lease_until=now + lease(), lease_token=token
    )
    return Claim(token=token, predictions={one.item_id: one for one in taken})


FIELDS = ("state", "labels", "problems", "model_returned", "finished_at", "lease_until", "lease_token")


@transaction.atomic
def _write(claim: Claim) -> None:
    """Store answers whose lease we still hold; an answer that came too late is dropped, as another one will come."""
    held = set(
        Prediction.objects.select_for_update()
        .filter(pk__in=[one.pk for one in claim.predictions.values()], lease_token=claim.token)
        .values_list("pk", flat=True)
    )
    mine = [one for one in claim.predictions.values() if one.pk in held]
    for one in mine:
        one.lease_until = one.lease_token = None
    Prediction.objects.bulk_update(mine, FIELDS, batch_size=100)


def _pause(run: Run, reason: str) -> None:
    try:
        pause_run(run=run, reason=reason, by=None, operator="worker")
    except NotAllowed:
        return  # somebody paused or cancelled it meanwhile, which stops it just as well


@transaction.atomic
def _finish_if_done(run: Run) -> None:
    waiting = run.predictions.exclude(state__in=[PredictionState.DONE, PredictionState.FAILED])
    if not waiting.exists():
        running = Run.objects.filter(pk=run.pk, state__in=GOING)
        if running.update(state=RunState.DONE, finished_at=clock.now()):
            record_event(
                kind="run.finished", project=run.project, by=None, target=f"run:{run.public_id}",
                after={"run": run.name, "items": run.total},
            )  # fmt: skip
            transaction.on_commit(lambda: nudge(tasks.follow_up_run, run.pk))


@transaction.atomic
def _free_expired() -> None:
    expired = Prediction.objects.filter(state=PredictionState.LEASED, lease_until__lt=clock.now())
    skip = connection.features.has_select_for_update_skip_locked
    lost = list(expired.select_for_update(skip_locked=skip).values_list("pk", flat=True))
    close_lost_attempts(lost)
    Prediction.objects.filter(pk__in=lost).update(state=PredictionState.PENDING, **NO_LEASE)
