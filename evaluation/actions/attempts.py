"""The record of provider calls and the money they may cost: reserved before a call, settled after it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, F, Max, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from evaluation.enums import AttemptOutcome, RunState
from evaluation.llm.calls import EMBEDDINGS, Call, Reply
from evaluation.llm.cost import Rate, cost_of, most_of
from evaluation.llm.protocol import ModelFailure
from evaluation.models import Attempt, Prediction, Run, Spending, SpentDay
from evaluation.queries.prices import rate_at
from reviewapp.common import clock

MAY_BE_BILLED = (
    "timeout",
    "connection",
    "garbled",
    "lost",
)  # the provider may have worked without our seeing the answer
RUN_SHORT = "The budget does not cover another call."
DAY_SHORT = "What the project may spend in one day does not cover another call."


@dataclass(frozen=True)
class Opened:
    """A call that may be made: its row, how often the same question failed before, and what the item used before."""

    attempt: Attempt
    failures: int
    before: "Used"


@dataclass(frozen=True)
class Used:
    """What the earlier calls of an item cost, and their tokens."""

    micro_usd: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True)
class Short:
    """A call that the money does not cover now; `waits` if calls under way may still give some back."""

    reason: str
    waits: bool


class Ledger:
    """Keeps the calls of one run's worker. Prices are looked up once a day of UTC and stay for its calls."""

    def __init__(self, run: Run, *, worker: str, by_batch: bool = False) -> None:
        self.run, self.worker, self.by_batch = run, worker, by_batch
        self.rates: dict[tuple[str, str, date], Rate | None] = {}

    def rate(self, call: Call, day: date) -> Rate | None:
        key = (call.provider, call.model, day)
        if key not in self.rates:
            rate = rate_at(self.run.project, call.provider, call.model, day)
            self.rates[key] = rate.in_batches if rate and self.by_batch else rate
        return self.rates[key]

    @transaction.atomic
    def open(self, wanted: Sequence[tuple[Prediction, Call]]) -> list[Opened | ModelFailure | Short]:
        """Reserve what each call can cost at most and write its row; a call that may not be made says why."""
        now = clock.now()
        run = Run.objects.select_for_update(of=("self",)).get(pk=self.run.pk)
        day = spent_day(self.run.project_id, now)
        before = _before([prediction.pk for prediction, _ in wanted])
        answers: list[Opened | ModelFailure | Short] = []
        total = 0
        for prediction, call in wanted:
            rate = self.rate(call, now.date())
            if rate is None:
                message = f"There is no price for “{call.model}”, so it is not asked."
                answers.append(ModelFailure("unpriced", message, pauses_run=True))
                continue
            most = most_of(rate, call.bytes_in, call.most_tokens_out)
            known = before[prediction.pk]
            if known["spent"] + most > run.item_budget_micro_usd:
                message = f"Another call could bring this item above {run.item_budget_micro_usd / 1e6:.2f} USD."
                answers.append(ModelFailure("item_budget", message))
                continue
            if run.budget_micro_usd is not None and (
                run.spent_micro_usd + run.reserved_micro_usd + total + most > run.budget_micro_usd
            ):
                answers.append(Short(RUN_SHORT, waits=run.reserved_micro_usd + total > 0))
                continue
            if day.limit_micro_usd is not None and (
                day.spent_micro_usd + day.reserved_micro_usd + total + most > day.limit_micro_usd
            ):
                answers.append(Short(DAY_SHORT, waits=day.reserved_micro_usd + total > 0))
                continue
            total += most
            used = Used(known["spent"], known["tokens_in"], known["tokens_out"])
            known["spent"] += most
            known["last"] += 1
            row = self._row(prediction, call, known["last"], now, most)
            answers.append(Opened(row, known["failures"][call.key], used))
        Attempt.objects.bulk_create([one.attempt for one in answers if isinstance(one, Opened)])
        if total:
            Run.objects.filter(pk=run.pk).update(reserved_micro_usd=F("reserved_micro_usd") + total)
            SpentDay.objects.filter(pk=day.pk).update(reserved_micro_usd=F("reserved_micro_usd") + total)
        return answers

    def _row(self, prediction: Prediction, call: Call, number: int, now: datetime, most: int) -> Attempt:
        return Attempt(
            prediction=prediction, number=number, stage=call.stage, sample_index=call.sample_index,
            provider=call.provider, model=call.model, request_key=call.key, prompt_digest=call.digest,
            nonce=call.nonce, started_at=now, worker=self.worker, reserved_micro_usd=most,
        )  # fmt: skip

    def cached(self, prediction: Prediction, call: Call, source: Attempt) -> Attempt:
        """A row that says that this question was answered before: it costs nothing."""
        now = clock.now()
        last = prediction.attempts.aggregate(last=Coalesce(Max("number"), 0))["last"]
        row = self._row(prediction, call, last + 1, now, 0)
        row.outcome, row.answered_by, row.ended_at, row.cost_micro_usd = AttemptOutcome.CACHED, source, now, 0
        row.model_returned, row.is_simulated = source.model_returned, source.is_simulated
        row.save()
        self._mark_simulated([row])
        return row

    @transaction.atomic
    def close(
        self, ended: Sequence[tuple[Attempt, Call, Reply | ModelFailure]], *, now: datetime | None = None
    ) -> None:
        """Write what came of each call, and turn its reservation into what it cost."""
        now = now or clock.now()
        closed = []
        for attempt, call, said in ended:
            for name, value in self._said(attempt, call, said, now).items():
                setattr(attempt, name, value)
            fields = {name: getattr(attempt, name) for name in CLOSED}
            if Attempt.objects.filter(pk=attempt.pk, outcome=AttemptOutcome.STARTED).update(**fields):
                closed.append(attempt)  # else it was given up as lost, and counted then
        settle(closed, run_id=self.run.pk, project_id=self.run.project_id)
        self._mark_simulated(closed)

    def _mark_simulated(self, attempts: Sequence[Attempt]) -> None:
        """A run with an answer of the simulator, asked now or out of the cache, says so."""
        if not self.run.is_simulated and any(attempt.is_simulated for attempt in attempts):
            self.run.is_simulated = True
            _going(self.run.pk).update(is_simulated=True)

    def _said(self, attempt: Attempt, call: Call, said: Reply | ModelFailure, now: datetime) -> dict[str, Any]:
        rate = self.rate(call, attempt.started_at.astimezone(UTC).date())
        fields = {
            "ended_at": now,
            "tokens_in": said.tokens_in,
            "tokens_out": said.tokens_out,
            "cached_tokens": said.cached_tokens,
            "response_id": said.response_id,
            "is_simulated": said.simulated,
            "raw": said.raw.replace("\x00", "")[: VECTORS_MAX if call.api == EMBEDDINGS else RAW_MAX],
            "cost_micro_usd": cost_of(rate, said.tokens_in, said.tokens_out, said.cached_tokens),
        }
        if isinstance(said, ModelFailure):
            return fields | {
                "outcome": AttemptOutcome.ERROR, "error_kind": said.kind[:30], "error": said.message[:500],
                "http_status": said.http_status, "retry_after": said.retry_after,
            }  # fmt: skip
        return fields | {
            "outcome": AttemptOutcome.OK, "latency_ms": said.latency_ms, "model_returned": said.model_returned,
            "finish": said.finish[:30], "token_logprobs": [list(one) for one in said.tokens] or None,
        }  # fmt: skip


RAW_MAX, VECTORS_MAX = 200_000, 8_000_000
CLOSED = [
    "outcome", "ended_at", "latency_ms", "http_status", "error_kind", "error", "retry_after", "cost_micro_usd",
    "tokens_in", "tokens_out", "cached_tokens", "model_returned", "response_id", "finish", "is_simulated", "raw",
    "token_logprobs",
]  # fmt: skip


def _before(predictions: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Of each prediction: its last attempt's number, what it spent or reserved, and its failures by question."""
    known: dict[int, dict[str, Any]] = {
        pk: {"last": 0, "spent": 0, "tokens_in": 0, "tokens_out": 0, "failures": defaultdict(int)} for pk in predictions
    }
    bad = Q(outcome=AttemptOutcome.ERROR)
    rows = (
        Attempt.objects.filter(prediction__in=predictions)
        .values("prediction", "request_key")
        .annotate(
            last=Max("number"), failures=Count("pk", filter=bad), spent=Sum(counted()),
            used_in=Sum("tokens_in"), used_out=Sum("tokens_out"),
        )
    )  # fmt: skip
    for row in rows:
        one = known[row["prediction"]]
        one["last"] = max(one["last"], row["last"])
        one["spent"] += row["spent"] or 0
        one["tokens_in"] += row["used_in"] or 0
        one["tokens_out"] += row["used_out"] or 0
        one["failures"][row["request_key"]] += row["failures"]
    return known


def counted() -> Case:
    """What an attempt counts for, in SQL; the same as `counts_for`."""
    unseen = Q(outcome__in=[AttemptOutcome.OK, AttemptOutcome.STARTED]) | Q(error_kind__in=MAY_BE_BILLED)
    return Case(
        When(cost_micro_usd__isnull=False, then=F("cost_micro_usd")),
        When(unseen, then=F("reserved_micro_usd")),
        default=Value(0),
    )


def counts_for(attempt: Attempt) -> int:
    """What an attempt counts for: its cost, or all that was reserved where it may have been billed unseen."""
    if attempt.cost_micro_usd is not None:
        return attempt.cost_micro_usd
    unseen = attempt.outcome == AttemptOutcome.OK or attempt.error_kind in MAY_BE_BILLED
    return attempt.reserved_micro_usd if unseen else 0


def spent_day(project_id: int, now: datetime) -> SpentDay:
    """The locked row of a project's day."""
    day = now.astimezone(UTC).date()
    mine = SpentDay.objects.select_for_update(of=("self",)).filter(project=project_id, day=day)
    if found := mine.first():
        return found
    limit = Spending.objects.filter(project=project_id).values_list("day_micro_usd", flat=True).first()
    SpentDay.objects.get_or_create(project_id=project_id, day=day, defaults={"limit_micro_usd": limit})
    return mine.get()


def settle(attempts: Sequence[Attempt], *, run_id: int, project_id: int) -> None:
    """Turn reservations into what was spent: the known cost, all of it where the call may have been billed unseen."""
    days: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for attempt in attempts:
        spent = min(counts_for(attempt), attempt.reserved_micro_usd)
        day = attempt.started_at.astimezone(UTC).date()
        days[day] = (days[day][0] + attempt.reserved_micro_usd, days[day][1] + spent)
    reserved, spent = (sum(one[place] for one in days.values()) for place in (0, 1))
    _going(run_id).update(  # a cancelled run has counted its reservations as spent already
        reserved_micro_usd=F("reserved_micro_usd") - reserved, spent_micro_usd=F("spent_micro_usd") + spent
    )
    for day, (was_reserved, was_spent) in days.items():
        SpentDay.objects.filter(project=project_id, day=day).update(
            reserved_micro_usd=F("reserved_micro_usd") - was_reserved, spent_micro_usd=F("spent_micro_usd") + was_spent
        )


def _going(run_id: int) -> Any:
    return Run.objects.filter(pk=run_id).exclude(state__in=[RunState.DONE, RunState.CANCELLED])


def close_lost_attempts(predictions: Sequence[int]) -> None:
    """End the calls of workers that died, and count what they had reserved as spent."""
    open_ones = Attempt.objects.filter(prediction__in=predictions, outcome=AttemptOutcome.STARTED)
    lost: dict[tuple[int, int], list[Attempt]] = defaultdict(list)
    for attempt in open_ones.select_related("prediction__run"):
        attempt.outcome, attempt.error_kind, attempt.ended_at = AttemptOutcome.ERROR, "lost", clock.now()
        attempt.error = "The worker died during the call; it may have been billed."
        attempt.save(update_fields=["outcome", "error_kind", "error", "ended_at"])
        run = attempt.prediction.run
        lost[run.pk, run.project_id].append(attempt)
    for (run_id, project_id), attempts in lost.items():
        settle(attempts, run_id=run_id, project_id=project_id)
