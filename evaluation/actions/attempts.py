"""The record of provider calls and the money they may cost: reserved before a call, settled after it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import F

from evaluation.enums import AttemptOutcome, RunState
from evaluation.llm.cost import cost_micro_usd, most_micro_usd
from evaluation.llm.protocol import Answer, ModelFailure
from evaluation.models import Attempt, Prediction, Run
from reviewapp.common import clock

MAY_BE_BILLED = ("timeout", "connection", "lost")  # the provider may have worked without our seeing the answer


@dataclass
class AttemptLedger:
    """Writes one Attempt row a call, and moves its money from reserved to spent."""

    run: Run
    prediction: Prediction
    attempt: Attempt | None = field(default=None, init=False)

    @transaction.atomic
    def started(self, *, tokens_at_most: int) -> None:
        """Reserve what the call can cost at most; raises ModelFailure("budget") if that would break the budget."""
        run = Run.objects.select_for_update().get(pk=self.run.pk)
        version = self.run.prompt_version
        assert version is not None
        reserve = 0
        if run.budget_micro_usd is not None:
            most = int(version.parameters.get("max_tokens", 2000))
            reserve = most_micro_usd(settings.LLM_PRICES, version.model, tokens_at_most, most)
            if run.spent_micro_usd + run.reserved_micro_usd + reserve > run.budget_micro_usd:
                raise ModelFailure("budget", "The budget does not cover another call.", pauses_run=True)
            Run.objects.filter(pk=run.pk).update(reserved_micro_usd=F("reserved_micro_usd") + reserve)
        number = Attempt.objects.filter(prediction=self.prediction).count() + 1
        self.attempt = Attempt.objects.create(
            prediction=self.prediction, number=number, started_at=clock.now(), reserved_micro_usd=reserve
        )

    @transaction.atomic
    def ended(self, *, answer: Answer | None, failure: ModelFailure | None) -> None:
        attempt, version = self.attempt, self.run.prompt_version
        assert attempt is not None
        assert version is not None
        said = answer or failure
        assert said is not None
        attempt.ended_at = clock.now()
        attempt.outcome = AttemptOutcome.OK if answer else AttemptOutcome.ERROR
        attempt.tokens_in, attempt.tokens_out, attempt.raw = said.tokens_in, said.tokens_out, said.raw
        attempt.cost_micro_usd = cost_micro_usd(settings.LLM_PRICES, version.model, said.tokens_in, said.tokens_out)
        if failure:
            attempt.error_kind, attempt.http_status = failure.kind[:30], failure.http_status
        attempt.save()
        _settle(attempt, self.run.pk)


def _settle(attempt: Attempt, run_id: int) -> None:
    """Turn a reservation into what was spent: the known cost, all of it where the call may have been billed unseen."""
    spent = attempt.cost_micro_usd
    if spent is None:
        spent = attempt.reserved_micro_usd if attempt.error_kind in MAY_BE_BILLED else 0
    if attempt.reserved_micro_usd:
        spent = min(spent, attempt.reserved_micro_usd)
    going = Run.objects.filter(pk=run_id).exclude(state__in=[RunState.DONE, RunState.CANCELLED])
    going.update(  # a cancelled run has counted its reservations as spent already
        reserved_micro_usd=F("reserved_micro_usd") - attempt.reserved_micro_usd,
        spent_micro_usd=F("spent_micro_usd") + spent,
    )


def close_lost_attempts(predictions: Sequence[int]) -> None:
    """End the calls of workers that died, and count what they had reserved as spent."""
    open_ones = Attempt.objects.filter(prediction__in=predictions, outcome=AttemptOutcome.STARTED)
    for attempt in open_ones.select_related("prediction"):
        attempt.outcome, attempt.error_kind, attempt.ended_at = AttemptOutcome.ERROR, "lost", clock.now()
        attempt.save(update_fields=["outcome", "error_kind", "ended_at"])
        _settle(attempt, attempt.prediction.run_id)
