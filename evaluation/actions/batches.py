"""Runs by the Batch API: their first calls are sent together at a lower price and collected later, by any worker.

A batch only fills in attempts. What comes after a first call (a repair, a second stage, more samples) is asked live,
and so is what a batch failed to answer twice. The live worker finds what is there already and does not ask it again.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from evaluation.actions.attempts import Ledger, Opened, settle
from evaluation.actions.desk import client_of, nonces
from evaluation.actions.runs import call_workers, pause_run
from evaluation.enums import AttemptOutcome, BatchState, PredictionState, RunState
from evaluation.llm import batch_client
from evaluation.llm.calls import Call, Reply
from evaluation.llm.pipeline import Pipeline
from evaluation.llm.protocol import ModelFailure
from evaluation.models import Attempt, Batch, BatchLine, Prediction, Run
from evaluation.queries.lessons import texts_for
from evaluation.queries.recipes import providers
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed

LINES = 2000  # of one batch; providers take 50,000 and 200 MB
TRIES = 2  # in batches; then the item is asked live
WORTH_ANOTHER = ("server", "rate_limited", "not_sent", "lost")  # failures that another batch may mend
FORGOTTEN = timedelta(minutes=10)  # after which a batch that was being sent is looked for


def send_batches(run: Run, pipeline: Pipeline) -> int:
    """Send the first calls of all pending items that no batch has tried; the number of calls sent."""
    sent = 0
    while number := _send_one(run, pipeline):
        sent += number
    return sent


def _send_one(run: Run, pipeline: Pipeline) -> int:
    found = _prepare(run, pipeline)
    if found is None:
        return 0
    batch, calls = found
    client = client_of(providers()[batch.provider])
    try:
        standing = batch_client.send(client, calls, mark=str(batch.public_id))
    except ModelFailure as failure:
        _give_up(batch, failure.message, kind="not_sent")
        _pause(run, f"The batch could not be sent: {failure.message}.")
        return 0
    Batch.objects.filter(pk=batch.pk).update(remote_id=standing.remote_id, state=BatchState.SENT, said=standing.said)
    return len(calls)


@transaction.atomic
def _prepare(run: Run, pipeline: Pipeline) -> tuple[Batch, dict[str, Call]] | None:
    """Write the rows of one batch: its calls reserved at the batch price, its items set aside."""
    tried = Count("attempts", filter=Q(attempts__batch_line__isnull=False))
    answered = Count("attempts", filter=Q(attempts__outcome__in=[AttemptOutcome.OK, AttemptOutcome.CACHED]))
    hopeless = Count(
        "attempts", filter=Q(attempts__outcome=AttemptOutcome.ERROR) & ~Q(attempts__error_kind__in=WORTH_ANOTHER)
    )
    pending = Prediction.objects.filter(run=run, state=PredictionState.PENDING).annotate(
        tried=tried, answered=answered, hopeless=hopeless
    )
    chosen = list(
        pending.filter(tried__lt=TRIES, answered=0, hopeless=0).order_by("pk").values_list("pk", flat=True)[:LINES]
    )
    rows = list(Prediction.objects.select_for_update(of=("self",)).filter(pk__in=chosen, state=PredictionState.PENDING))
    texts = texts_for(run, [row.item_id for row in rows])
    first: list[tuple[Prediction, Call]] = []
    for row in rows:
        steps = pipeline.answer(texts[row.item_id], nonces(row.pk))
        try:
            first.append((row, next(steps)))
        except (StopIteration, ModelFailure):
            continue  # it needs no call, which the live worker sees as well
        finally:
            steps.close()
    wanted = [(row, call) for row, call in first if call.api in batch_client.ENDPOINTS]
    known = _known(run, [call.key for _, call in wanted])
    wanted = [(row, call) for row, call in wanted if call.key not in known]
    if not wanted:
        return None
    provider, api = wanted[0][1].provider, wanted[0][1].api
    wanted = [(row, call) for row, call in wanted if (call.provider, call.api) == (provider, api)]
    opened = Ledger(run, worker="batch", by_batch=True).open(wanted)
    calls = {}
    now = clock.now()
    batch = Batch.objects.create(run=run, provider=provider, endpoint=batch_client.ENDPOINTS[api], created_at=now)
    aside = []
    for (row, call), answer in zip(wanted, opened, strict=True):
        if isinstance(answer, Opened):
            calls[str(answer.attempt.pk)] = call
            aside.append(row.pk)
    if not calls:
        batch.delete()
        return None
    BatchLine.objects.bulk_create([BatchLine(batch=batch, attempt_id=int(name)) for name in calls])
    Prediction.objects.filter(pk__in=aside).update(state=PredictionState.BATCHED)
    Batch.objects.filter(pk=batch.pk).update(lines=len(calls))
    return batch, calls


def _known(run: Run, keys: list[str]) -> set[str]:
    """The questions that the project has an answer to, if this run may use it."""
    if not run.uses_cache:
        return set()
    found = Attempt.objects.filter(
        prediction__run__project=run.project_id, request_key__in=keys, outcome=AttemptOutcome.OK
    )
    return set(found.values_list("request_key", flat=True))


def collect_batches() -> int:
    """Look at every open batch and take in what is done; the number of batches collected."""
    collected = 0
    for batch in Batch.objects.filter(state__in=[BatchState.PREPARED, BatchState.SENT]).select_related("run__project"):
        try:
            collected += _collect(batch)
        except ModelFailure as failure:
            Batch.objects.filter(pk=batch.pk).update(said=failure.message[:500])
    return collected


def _collect(batch: Batch) -> bool:
    client = client_of(providers()[batch.provider])
    if batch.state == BatchState.PREPARED:
        if clock.now() - batch.created_at < FORGOTTEN:
            return False
        standing = batch_client.find(client, str(batch.public_id))
        if standing is None:
            _give_up(batch, "It was never sent.", kind="not_sent")
            return False
        Batch.objects.filter(pk=batch.pk).update(remote_id=standing.remote_id, state=BatchState.SENT)
    else:
        if batch.run.state == RunState.CANCELLED:
            batch_client.cancel(client, batch.remote_id)
        standing = batch_client.look(client, batch.remote_id)
    if not standing.is_over:
        Batch.objects.filter(pk=batch.pk).update(said=standing.said)
        return False
    api = next(name for name, endpoint in batch_client.ENDPOINTS.items() if endpoint == batch.endpoint)
    said = dict(batch_client.replies(client, standing.files, api))
    _take_in(batch, said, standing.said, api)
    return True


@transaction.atomic
def _take_in(batch: Batch, said: Mapping[str, Reply | ModelFailure], last_word: str, api: str) -> None:
    """Close the calls of a batch by what came of them, and let its items go on. Once only, whoever collects."""
    if not Batch.objects.filter(pk=batch.pk, state__in=[BatchState.PREPARED, BatchState.SENT]).update(
        state=BatchState.COLLECTED, said=last_word[:500], ended_at=clock.now()
    ):
        return
    attempts = list(Attempt.objects.filter(batch_line__batch=batch, outcome=AttemptOutcome.STARTED).order_by("pk"))
    missing = ModelFailure("server", "the batch has no line for it", retryable=True)
    ended: list[tuple[Attempt, Any, Reply | ModelFailure]] = []
    for attempt in attempts:
        priced = Call(attempt.stage, attempt.provider, api, attempt.model, ())
        ended.append((attempt, priced, said.get(str(attempt.pk), missing)))
    Ledger(batch.run, worker="batch", by_batch=True).close(ended)
    _let_go_on(batch)


@transaction.atomic
def _give_up(batch: Batch, reason: str, *, kind: str) -> None:
    """A batch that the provider never had: its calls cost nothing, and its items are free again."""
    if not Batch.objects.filter(pk=batch.pk, state=BatchState.PREPARED).update(
        state=BatchState.FAILED, said=reason[:500], ended_at=clock.now()
    ):
        return
    attempts = list(Attempt.objects.filter(batch_line__batch=batch, outcome=AttemptOutcome.STARTED))
    for attempt in attempts:
        attempt.outcome, attempt.error_kind, attempt.error = AttemptOutcome.ERROR, kind, reason[:500]
        attempt.cost_micro_usd, attempt.ended_at = 0, clock.now()
        attempt.save(update_fields=["outcome", "error_kind", "error", "cost_micro_usd", "ended_at"])
    settle(attempts, run_id=batch.run_id, project_id=batch.run.project_id)
    _let_go_on(batch)


def _let_go_on(batch: Batch) -> None:
    Prediction.objects.filter(
        attempts__batch_line__batch=batch,
        state=PredictionState.BATCHED,
        run__state__in=[RunState.RUNNING, RunState.PAUSED],
    ).update(state=PredictionState.PENDING)
    transaction.on_commit(lambda: call_workers(batch.run_id))


def _pause(run: Run, reason: str) -> None:
    try:
        pause_run(run=run, reason=reason, by=None, operator="worker")
    except NotAllowed:
        return  # somebody paused or cancelled it meanwhile


def is_by_batch(run: Run) -> bool:
    """Whether a run was started to go by the Batch API."""
    return bool(run.inputs.get("by_batch"))
