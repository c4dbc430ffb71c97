"""Works on runs: claims predictions in small batches, asks the model, writes what it said. Safe to kill at any time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from evaluation import tasks
from evaluation.actions.attempts import AttemptLedger, close_lost_attempts
from evaluation.actions.runs import NO_LEASE, pause_run
from evaluation.enums import PredictionState, RunState, Strategy
from evaluation.llm.baseline import Baseline
from evaluation.llm.cost import cost_micro_usd
from evaluation.llm.hosts import check_base_url
from evaluation.llm.openai_client import ChatModel, Endpoint
from evaluation.llm.protocol import Answer, ItemText, Ledger, Model, ModelFailure
from evaluation.models import Prediction, Run
from evaluation.queries.lessons import examples, label_specs, texts_for
from labeling.models import Guideline
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

LEASE = timedelta(minutes=10)
SLICE = timedelta(seconds=20)  # after which a worker passes the run on, so that other work gets its turn
BATCH = {Strategy.CHAT: 8}
BATCH_DEFAULT = 200  # of the baseline, which is fast


@dataclass(frozen=True)
class Claim:
    """Predictions this worker may answer, by item."""

    token: UUID
    predictions: dict[int, Prediction]


def work_on(*, run_id: int) -> None:
    """Answer a run's pending items for a while; then hand on, finish, or leave it to those who hold the rest."""
    now = clock.now()
    Run.objects.filter(pk=run_id, state=RunState.QUEUED).update(state=RunState.RUNNING, started_at=now)
    run = Run.objects.select_related("prompt_version", "taxonomy_version", "project").filter(pk=run_id).first()
    if run is None or run.state != RunState.RUNNING or run.prompt_version is None:
        return
    try:
        model = _model(run)
    except Refused as refusal:
        _pause(run, str(refusal))
        return
    while claim := _claim(run):
        if not _answer(run, model, claim):
            return
        if clock.now() - now > SLICE:
            nudge(tasks.work_on_run, run.pk)
            return
    _finish_if_done(run)


def resume_stalled() -> int:
    """Free what dead workers held, finish what is complete, and nudge the rest; the number of runs nudged."""
    _free_expired()
    nudged = 0
    for run in Run.objects.filter(state__in=[RunState.QUEUED, RunState.RUNNING], prompt_version__isnull=False):
        if run.predictions.filter(state=PredictionState.PENDING).exists():
            nudge(tasks.work_on_run, run.pk)
            nudged += 1
        else:
            _finish_if_done(run)
    return nudged


def _model(run: Run) -> Model:
    version = run.prompt_version
    assert version is not None
    labels, taught = label_specs(run.taxonomy_version), examples(run.fewshot_release)
    if version.strategy in (Strategy.BASELINE_ZERO, Strategy.BASELINE_FEW):
        return Baseline(labels, examples=taught, parameters=version.parameters)
    check_base_url(settings.LLM_BASE_URL, settings.LLM_ALLOWED_HOSTS)
    parameters = version.parameters
    known = ("temperature", "max_tokens", "timeout", "seed")
    endpoint = Endpoint(
        base_url=settings.LLM_BASE_URL,
        model=version.model,
        api_key=settings.LLM_API_KEY,
        **{name: parameters[name] for name in known if name in parameters},
    )
    return ChatModel(
        endpoint,
        template=version.template,
        labels=labels,
        guidelines=_guidelines(run),
        examples=taught[: int(parameters.get("few_shot", 0))],
    )


def _guidelines(run: Run) -> str:
    """The guidelines the gold was made by, or else the project's newest."""
    if run.release and run.release.guideline:
        return run.release.guideline.text
    newest = Guideline.objects.filter(project=run.project).order_by("-number").first()
    return newest.text if newest else ""


@transaction.atomic
def _claim(run: Run) -> Claim | None:
    """Lease some pending predictions, passing over those that other workers hold; None if there is none to take."""
    if not Run.objects.filter(pk=run.pk, state=RunState.RUNNING).exists():
        return None
    now = clock.now()
    assert run.prompt_version is not None
    size = BATCH.get(Strategy(run.prompt_version.strategy), BATCH_DEFAULT)
    pending = run.predictions.filter(Q(not_before__isnull=True) | Q(not_before__lte=now), state=PredictionState.PENDING)
    skip = connection.features.has_select_for_update_skip_locked
    taken = list(pending.select_for_update(skip_locked=skip).order_by("pk")[:size])
    if not taken:
        return None
    token = uuid4()
    Prediction.objects.filter(pk__in=[one.pk for one in taken]).update(
        state=PredictionState.LEASED, lease_until=now + LEASE, lease_token=token
    )
    return Claim(token=token, predictions={one.item_id: one for one in taken})


def _answer(run: Run, model: Model, claim: Claim) -> bool:
    """Ask for each claimed item and write the answers; False if the run must not go on."""
    texts = texts_for(run, claim.predictions)
    prediction_of = {text.external_id: claim.predictions[item] for item, text in texts.items()}

    def ledger_for(item: ItemText) -> Ledger:
        return AttemptLedger(run=run, prediction=prediction_of[item.external_id])

    done: list[Prediction] = []
    one_by_one = isinstance(model, ChatModel)
    for item, answer in model.answers(list(texts.values()), ledger_for):
        prediction = prediction_of[item.external_id]
        if isinstance(answer, ModelFailure) and answer.pauses_run:
            _write(claim, done)
            _give_back(claim)
            _pause(run, str(answer.message))
            return False
        _fill(run, prediction, answer)
        done.append(prediction)
        if one_by_one:  # each call costs money and time: what it said is written at once
            _write(claim, done)
            done = []
            if not Run.objects.filter(pk=run.pk, state=RunState.RUNNING).exists():
                _give_back(claim)
                return False
    _write(claim, done)
    return True


def _fill(run: Run, prediction: Prediction, answer: Answer | ModelFailure) -> None:
    prediction.finished_at = clock.now()
    prediction.tokens_in, prediction.tokens_out = answer.tokens_in, answer.tokens_out
    if isinstance(answer, ModelFailure):
        prediction.state = PredictionState.FAILED
        prediction.error_kind, prediction.error = answer.kind[:30], answer.message[:500]
        return
    prediction.state = PredictionState.DONE
    prediction.labels = [asdict(label) for label in answer.labels]
    prediction.problems = [asdict(problem) for problem in answer.problems]
    prediction.model_returned, prediction.latency_ms = answer.model_returned, answer.latency_ms
    assert run.prompt_version is not None
    if run.prompt_version.strategy == Strategy.CHAT:
        prediction.cost_micro_usd = cost_micro_usd(
            settings.LLM_PRICES, run.prompt_version.model, answer.tokens_in, answer.tokens_out
        )


FIELDS = (
    "state", "labels", "problems", "error_kind", "error", "model_returned", "tokens_in", "tokens_out",
    "cost_micro_usd", "latency_ms", "finished_at", "lease_until", "lease_token",
)  # fmt: skip


@transaction.atomic
def _write(claim: Claim, answered: Sequence[Prediction]) -> None:
    """Store answers whose lease we still hold; an answer that came too late is dropped, as another one will come."""
    held = set(
        Prediction.objects.select_for_update()
        .filter(pk__in=[one.pk for one in answered], lease_token=claim.token)
        .values_list("pk", flat=True)
    )
    mine = [one for one in answered if one.pk in held]
    for one in mine:
        one.lease_until = one.lease_token = None
    Prediction.objects.bulk_update(mine, FIELDS, batch_size=100)


def _give_back(claim: Claim) -> None:
    """Put what was claimed and not answered back into the queue."""
    Prediction.objects.filter(lease_token=claim.token).update(state=PredictionState.PENDING, **NO_LEASE)


def _pause(run: Run, reason: str) -> None:
    try:
        pause_run(run=run, reason=reason, by=None, operator="worker")
    except NotAllowed:
        return  # somebody paused or cancelled it meanwhile, which stops it just as well


@transaction.atomic
def _finish_if_done(run: Run) -> None:
    waiting = run.predictions.filter(state__in=[PredictionState.PENDING, PredictionState.LEASED])
    if not waiting.exists():
        running = Run.objects.filter(pk=run.pk, state__in=[RunState.QUEUED, RunState.RUNNING])
        running.update(state=RunState.DONE, finished_at=clock.now())


@transaction.atomic
def _free_expired() -> None:
    expired = Prediction.objects.filter(state=PredictionState.LEASED, lease_until__lt=clock.now())
    skip = connection.features.has_select_for_update_skip_locked
    lost = list(expired.select_for_update(skip_locked=skip).values_list("pk", flat=True))
    close_lost_attempts(lost)
    Prediction.objects.filter(pk__in=lost).update(state=PredictionState.PENDING, **NO_LEASE)
