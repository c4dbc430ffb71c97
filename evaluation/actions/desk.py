"""One worker's desk: the items of a run it has in work, the calls it has under way, and what becomes of them.

Threads only wait for the provider. Rows, money and limits are the business of the worker's own thread: a call's row is
written before it goes, and its answer before its place is given to the next.
"""

import logging
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from evaluation.actions.attempts import Ledger, Opened, Short, Used, counts_for
from evaluation.enums import AttemptOutcome, PredictionState
from evaluation.limiter import Limiter
from evaluation.llm.calls import Call, Reply
from evaluation.llm.limits import Ask, Outcome, Rates
from evaluation.llm.openai_client import Client
from evaluation.llm.pipeline import Pipeline, Steps
from evaluation.llm.protocol import Answer, ItemText, ModelFailure
from evaluation.llm.providers import Provider
from evaluation.models import Attempt, Prediction, Run
from evaluation.queries.recipes import key_of, providers
from reviewapp.common import clock, tracing

logger = logging.getLogger(__name__)
ATTEMPTS = 6  # of one question, before it counts as failed
WAIT_FIRST, WAIT_MOST = 1.0, 30.0  # seconds: the spread of the wait before the second attempt, and of any later one
WAIT_HERE = 30.0  # seconds a call may wait at the desk for the limiter; a longer wait is noted on its row
BREAKER_ROW = 10  # provider failures one after the other that pause a run
BREAKER_SHARE, BREAKER_OF = 0.5, 50  # or this share of so many calls
OF_THE_PROVIDER = ("server", "timeout", "connection", "unreachable", "garbled")
KEPT_FAILURES = ("truncated", "refused", "invalid_output")  # answers of a kind: they are not bought again either
NO_LEASE: dict[str, Any] = {"lease_until": None, "lease_token": None}


@dataclass
class Job:
    """An item in work: where its pipeline stands."""

    prediction: Prediction
    item: ItemText
    steps: Steps
    began: float
    call: Call | None = None
    attempt: Attempt | None = None
    span: Any = None  # of the call under way, where traces are on
    failures: int = 0
    taken: float = 0.0
    before: Used | None = None  # what earlier calls of this item used, before this time
    made: list[Attempt] = field(default_factory=list)  # this time, in order


@dataclass
class Ending:
    """Why a desk stopped taking work; `pause` stops the whole run, `later` asks for a worker after some seconds."""

    pause: str = ""
    later: float | None = None


class Desk:
    """Works on one run until there is nothing to do, or a reason to stop."""

    def __init__(self, run: Run, pipeline: Pipeline, *, token: UUID, worker: str) -> None:
        self.run, self.pipeline, self.token, self.worker = run, pipeline, token, worker
        self.ledger = Ledger(run, worker=worker)
        self.providers = providers()
        self.limiters: dict[tuple[str, str], Limiter] = {}
        self.ready: list[Job] = []
        self.flying: dict[Future[Reply], Job] = {}
        self.told: dict[tuple[str, str], list[Outcome]] = {}
        self.recent: deque[bool] = deque(maxlen=BREAKER_OF)
        self.ending: Ending | None = None
        self.now = clock.now()
        self.renewed = time.monotonic()
        self.hold = 0.0  # seconds until the limiter may let the next call go
        self.threads = ThreadPoolExecutor(max_workers=settings.RUN_IN_FLIGHT, thread_name_prefix="call")

    @property
    def room(self) -> int:
        """How many more items may be taken into work."""
        return int(settings.RUN_IN_FLIGHT) - len(self.ready) - len(self.flying)

    @property
    def is_empty(self) -> bool:
        return not self.ready and not self.flying

    def take(self, predictions: dict[int, Prediction], texts: dict[int, ItemText]) -> None:
        """Begin with claimed items."""
        self.now = clock.now()
        for item_id, prediction in predictions.items():
            item = texts[item_id]
            steps = self.pipeline.answer(item, nonces(prediction.pk))
            self._advance(Job(prediction, item, steps, time.monotonic()), None)

    def turn(self) -> None:
        """Let go what may go, and take in what has come back."""
        self._from_cache()
        if self.ending is None:
            self._let_go()
        if self.flying:
            self._take_in()
        elif self.ready and self.ending is None:
            time.sleep(min(self.hold, 0.5) or 0.01)

    def close(self) -> None:
        """Give back what has no answer; calls under way are waited for."""
        while self.flying:
            self.renew()
            self._take_in()
        self._report()
        self.threads.shutdown()
        for job in self.ready:
            job.steps.close()
        not_before = None
        if self.ending and self.ending.later:
            not_before = clock.now() + timedelta(seconds=self.ending.later)
        Prediction.objects.filter(lease_token=self.token).update(
            state=PredictionState.PENDING, not_before=not_before, **NO_LEASE
        )

    @property
    def pace(self) -> dict[str, Any]:
        """What the limiters say, for the run's page."""
        return {
            f"{provider} {model}": {
                "ceiling": round(one.state["ceiling"], 1),
                "in_flight": sum(number for number, _ in one.state["flying"].values()),
                "blocked_for": round(max(0.0, one.state["blocked_until"] - one.state["at"]), 1),
                "requests_per_minute": one.rates.requests_per_minute or one.state["told"].get("requests"),
                "tokens_per_minute": one.rates.tokens_per_minute or one.state["told"].get("tokens"),
                "log": one.state["log"][-10:],
            }
            for (provider, model), one in self.limiters.items()
        }

    def _advance(self, job: Job, said: Reply | ModelFailure | None) -> None:
        """Take one item's pipeline to its next call, or to its end."""
        try:
            if said is None:
                job.call = next(job.steps)
            elif isinstance(said, ModelFailure):
                job.call = job.steps.throw(said)
            else:
                job.call = job.steps.send(said)
        except StopIteration as end:
            self._finish(job, end.value)
        except ModelFailure as failure:
            self._finish(job, failure)
        else:
            job.attempt = None
            self.ready.append(job)

    def _finish(self, job: Job, said: Answer | ModelFailure) -> None:
        if isinstance(said, ModelFailure) and said.pauses_run:
            self._give_back(job, None)
            self._end(Ending(pause=said.message))
            return
        fields = answered(job, said)
        held = Prediction.objects.filter(pk=job.prediction.pk, lease_token=self.token)
        held.update(finished_at=self.now, **fields, **NO_LEASE)  # too late an answer is dropped: another one comes

    def _give_back(self, job: Job, wait_seconds: float | None) -> None:
        not_before = None if wait_seconds is None else clock.now() + timedelta(seconds=wait_seconds)
        Prediction.objects.filter(pk=job.prediction.pk, lease_token=self.token).update(
            state=PredictionState.PENDING, not_before=not_before, **NO_LEASE
        )
        job.steps.close()

    def _end(self, ending: Ending) -> None:
        self.ending = self.ending or ending

    def _from_cache(self) -> None:
        """Answer what was answered before: for this item always, for others of the project if the run allows."""
        while self.ready:
            keys = {job.call.key for job in self.ready if job.call}
            same = Q(prediction__in=[job.prediction.pk for job in self.ready])
            known = Q(prediction__run__project=self.run.project_id) if self.run.uses_cache else same
            failed = same & Q(outcome=AttemptOutcome.ERROR, error_kind__in=KEPT_FAILURES)
            good = known & Q(outcome=AttemptOutcome.OK)
            found = list(Attempt.objects.filter(good | failed, request_key__in=keys).order_by("pk"))
            answers = {(one.prediction_id, one.request_key): one for one in found if one.outcome != AttemptOutcome.OK}
            anybodys = {one.request_key: one for one in found if one.outcome == AttemptOutcome.OK}
            sources = {job.prediction.pk: _source(job, answers, anybodys) for job in self.ready}
            hits = [job for job in self.ready if sources[job.prediction.pk]]
            if not hits:
                return
            self.ready = [job for job in self.ready if job not in hits]
            for job in hits:
                assert job.call is not None
                source = sources[job.prediction.pk]
                assert source is not None
                if source.prediction_id != job.prediction.pk:
                    job.made.append(self.ledger.cached(job.prediction, job.call, source))
                self._advance(job, reply_of(source))

    def renew(self) -> None:
        """Say that this worker lives, if it has been a while."""
        if time.monotonic() - self.renewed > settings.RUN_LEASE / 4:
            self.renewed = time.monotonic()
            until = clock.now() + timedelta(seconds=settings.RUN_LEASE)
            Prediction.objects.filter(lease_token=self.token).update(lease_until=until)

    def _let_go(self) -> None:
        self.hold = 0.0
        for key in {(job.call.provider, job.call.model) for job in self.ready if job.call} | set(self.told):
            jobs = [job for job in self.ready if job.call and (job.call.provider, job.call.model) == key]
            asks = [_ask_of(job) for job in jobs]
            flying = sum(1 for job in self.flying.values() if job.call and (job.call.provider, job.call.model) == key)
            grant = self._limiter(key).exchange(in_flight=flying, finished=self.told.pop(key, []), asked=asks)
            self.hold = max(self.hold, grant.wait)
            if grant.wait > WAIT_HERE:
                self._end(Ending(later=grant.wait))
            allowed = jobs[: len(grant.taken)]
            for job, taken in zip(allowed, grant.taken, strict=True):
                job.taken = taken
            if allowed:
                self._start(allowed)

    def _start(self, jobs: list[Job]) -> None:
        opened = self.ledger.open([(job.prediction, job.call) for job in jobs if job.call])
        for job, answer in zip(jobs, opened, strict=True):
            assert job.call is not None
            if isinstance(answer, Short):
                self._unused(job)
                if not self.flying and not any(isinstance(one, Opened) for one in opened):
                    self._end(Ending(later=1.0) if answer.waits else Ending(pause=answer.reason))
                continue
            self.ready.remove(job)
            if isinstance(answer, ModelFailure):
                self._unused(job)
                self._advance(job, answer)
                continue
            job.attempt, job.failures = answer.attempt, answer.failures
            job.before = job.before or answer.before
            client = client_of(self.providers[job.call.provider])
            job.span = _traced(job.call, self.run, answer.attempt)
            self.flying[self.threads.submit(client.ask, job.call)] = job

    def _unused(self, job: Job) -> None:
        """Tell the limiter that a call it allowed was not made."""
        assert job.call is not None
        key = (job.call.provider, job.call.model)
        self.told.setdefault(key, []).append(Outcome(_ask_of(job), job.taken, "failed", 0, 0))

    def _take_in(self) -> None:
        done, _ = wait(self.flying, timeout=1.0, return_when=FIRST_COMPLETED)
        ended: list[tuple[Job, Attempt, Call, Reply | ModelFailure]] = []
        for future in done:
            job = self.flying.pop(future)
            assert job.attempt is not None
            assert job.call is not None
            said = _said(future)
            ended.append((job, job.attempt, job.call, said))
            self._note(job, said)
        if not ended:
            return
        with transaction.atomic():
            self.now = clock.now()
            self.ledger.close([(attempt, call, said) for _, attempt, call, said in ended], now=self.now)
            for job, attempt, _, said in ended:
                _tell_trace(job, attempt)
                job.made.append(attempt)
                self._go_on(job, said)

    def _go_on(self, job: Job, said: Reply | ModelFailure) -> None:
        if isinstance(said, ModelFailure) and said.retryable and not said.pauses_run:
            if job.failures + 1 < ATTEMPTS:
                self._give_back(job, backoff(job.failures + 1, said.retry_after))
                return
            said.retryable = False
            said.message = f"{said.message}, {ATTEMPTS} times"
        self._advance(job, said)

    def _note(self, job: Job, said: Reply | ModelFailure) -> None:
        """Tell the limiter, and see whether the provider is down."""
        assert job.call is not None
        failed = isinstance(said, ModelFailure)
        kind = "ok" if not failed else "limited" if said.kind == "rate_limited" else "failed"  # type: ignore[union-attr]
        after = said.retry_after if isinstance(said, ModelFailure) else None
        outcome = Outcome(_ask_of(job), job.taken, kind, said.tokens_in, said.tokens_out, after, said.headers)
        self.told.setdefault((job.call.provider, job.call.model), []).append(outcome)
        down = isinstance(said, ModelFailure) and said.kind in OF_THE_PROVIDER
        self.recent.append(down)
        in_a_row = list(self.recent)[-BREAKER_ROW:]
        many = len(self.recent) == BREAKER_OF and sum(self.recent) > BREAKER_SHARE * BREAKER_OF
        if isinstance(said, ModelFailure) and down and (many or (len(in_a_row) == BREAKER_ROW and all(in_a_row))):
            self._end(Ending(pause=f"The provider keeps failing: {said.message}. Resume the run later."))

    def _report(self) -> None:
        for key, outcomes in self.told.items():
            self._limiter(key).exchange(in_flight=0, finished=outcomes, asked=[])
        self.told = {}

    def _limiter(self, key: tuple[str, str]) -> Limiter:
        if key not in self.limiters:
            known = self.providers[key[0]]
            rates = Rates(known.requests_per_minute, known.tokens_per_minute, known.most_in_flight)
            self.limiters[key] = Limiter(provider=key[0], model=key[1], rates=rates, worker=self.worker)
        return self.limiters[key]


def answered(job: Job, said: Answer | ModelFailure) -> dict[str, Any]:
    """The fields of a prediction that has its answer, or that has failed for good."""
    before, calls = job.before or Used(), bool(job.made or job.before)
    fields: dict[str, Any] = {
        "cost_micro_usd": before.micro_usd + sum(counts_for(attempt) for attempt in job.made),
        "tokens_in": before.tokens_in + sum(attempt.tokens_in or 0 for attempt in job.made) if calls else None,
        "tokens_out": before.tokens_out + sum(attempt.tokens_out or 0 for attempt in job.made) if calls else None,
        "latency_ms": round((time.monotonic() - job.began) * 1000),
        "routes": list(said.routes),
    }
    if isinstance(said, ModelFailure):
        return fields | {
            "state": PredictionState.FAILED,
            "error_kind": said.kind[:30],
            "error": said.message[:500],
            "review": f"{said.kind}: {said.message}"[:300],
            "stages": said.stages or None,
        }
    return fields | {
        "state": PredictionState.DONE,
        "labels": [{name: value for name, value in asdict(one).items() if value != {}} for one in said.labels],
        "problems": [asdict(problem) for problem in said.problems],
        "stages": said.stages or None,
        "review": said.review[:300],
        "model_returned": said.model_returned,
    }


def _traced(call: Call, run: Run, attempt: Attempt) -> Any:
    """A span for a call that goes out now: what is asked for and where, never what is said."""
    return tracing.begin(
        f"{call.api} {call.model}", gen_ai__system=call.provider, gen_ai__operation__name=call.api,
        gen_ai__request__model=call.model, assay__stage=call.stage, assay__run=str(run.public_id),
        assay__attempt=attempt.pk,
    )  # fmt: skip


def _tell_trace(job: Job, attempt: Attempt) -> None:
    """What came of the call: figures and a kind of failure, out of the row."""
    tracing.finish(
        job.span, error=attempt.error_kind, http__response__status_code=attempt.http_status,
        gen_ai__response__model=attempt.model_returned, gen_ai__usage__input_tokens=attempt.tokens_in,
        gen_ai__usage__output_tokens=attempt.tokens_out, assay__cost_micro_usd=attempt.cost_micro_usd,
        assay__outcome=attempt.outcome,
    )  # fmt: skip
    job.span = None


def _source(job: Job, own: Mapping[tuple[int, str], Attempt], anybodys: Mapping[str, Attempt]) -> Attempt | None:
    """The attempt that answers a job's call already: a good one, or this item's own that failed for good."""
    assert job.call is not None
    return anybodys.get(job.call.key) or own.get((job.prediction.pk, job.call.key))


def reply_of(attempt: Attempt) -> Reply | ModelFailure:
    """What an attempt kept, to be read again: its reply, or its failure."""
    if attempt.outcome == AttemptOutcome.ERROR:
        return ModelFailure(attempt.error_kind, attempt.error, raw=attempt.raw)
    return Reply(
        raw=attempt.raw,
        tokens=tuple((str(token), float(chance)) for token, chance in attempt.token_logprobs or ()),
        model_returned=attempt.model_returned,
        response_id=attempt.response_id,
        finish=attempt.finish,
        simulated=attempt.is_simulated,
    )


def backoff(failures: int, retry_after: float | None, *, draw: Callable[[], float] = random.random) -> float:
    """Seconds to wait before the next attempt: what the provider asks for, else spread over a growing time."""
    if retry_after is not None:
        return min(retry_after, 600.0)
    longest: float = min(WAIT_MOST, WAIT_FIRST * 2 ** (failures - 1))
    return draw() * longest


def _ask_of(job: Job) -> Ask:
    assert job.call is not None
    return Ask(job.call.bytes_in, job.call.most_tokens_out)


def _said(future: "Future[Reply]") -> Reply | ModelFailure:
    try:
        return future.result()
    except ModelFailure as failure:
        return failure


def nonces(prediction_id: int) -> Iterator[str]:
    """A fence for each call of an item, that no text can know; a call made again has the same, so it is the same."""
    for number in count():
        yield salted_hmac("evaluation.fence", f"{prediction_id}:{number}", algorithm="sha256").hexdigest()[:16]


@lru_cache(maxsize=32)
def _client(base_url: str, api_key: str) -> Client:
    return Client(base_url=base_url, api_key=api_key)


def client_of(provider: Provider) -> Client:
    """The client of a provider; one for all threads of a process."""
    return _client(provider.base_url, key_of(provider))
