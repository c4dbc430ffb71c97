"""What a dry run says of the whole: cost and time with intervals, and whether the budget suffices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Coalesce

from evaluation.enums import AttemptOutcome, PredictionState, RunOrigin, RunState
from evaluation.models import Attempt, Run
from evaluation.queries.recipes import providers
from evaluation.stats.projection import Limits, Projection, Sampled, project
from labeling.models import GoldEntry, Item

SAMPLE_MOST = 1000  # items of a dry run that are read


@dataclass(frozen=True)
class Forecast:
    """A dry run's projection onto the whole."""

    projection: Projection
    items: int
    budget_left: int | None  # of the dry run's budget, for the whole

    @property
    def budget_usd(self) -> float | None:
        return None if self.budget_left is None else round(self.budget_left / 1e6, 4)

    @property
    def suffices(self) -> float | None:
        chance = self.projection.budget_suffices
        return None if chance is None else chance.value


def forecast(run: Run) -> Forecast | None:
    """The projection of a finished dry run; None for any other run."""
    if run.origin != RunOrigin.TRIAL or run.state not in (RunState.DONE, RunState.CANCELLED, RunState.PAUSED):
        return None
    items = max(_whole(run), run.total)
    known = providers().get(run.provider)
    flying = settings.RUN_IN_FLIGHT * settings.RUN_WORKERS
    limits = Limits(
        concurrency=max(min(flying, known.most_in_flight) if known else flying, 1),
        requests_per_minute=known.requests_per_minute if known else None,
        tokens_per_minute=known.tokens_per_minute if known else None,
    )
    left = None if run.budget_micro_usd is None else max(run.budget_micro_usd - run.spent_micro_usd, 0)
    found = project(_sampled(run), items=items, limits=limits, budget_micro_usd=run.budget_micro_usd)
    return Forecast(found, items, left)


def _whole(run: Run) -> int:
    if run.release_id is None:
        return Item.objects.filter(project=run.project_id).count()
    return GoldEntry.objects.filter(release=run.release_id, split=run.split).count()


def _sampled(run: Run) -> list[Sampled]:
    """The items of a dry run that ended. One answered out of the cache counts what it cost when it was bought."""
    ended = run.predictions.filter(state__in=[PredictionState.DONE, PredictionState.FAILED]).order_by("pk")
    rows = list(
        ended.values_list("pk", "state", "cost_micro_usd", "latency_ms", "tokens_in", "tokens_out")[:SAMPLE_MOST]
    )
    saved = {
        row["prediction"]: row
        for row in Attempt.objects.filter(outcome=AttemptOutcome.CACHED, prediction__in=[row[0] for row in rows])
        .values("prediction")
        .annotate(
            cost=Sum("answered_by__cost_micro_usd"),
            took=Sum("answered_by__latency_ms"),
            inward=Sum(Coalesce("answered_by__tokens_in", 0)),
            outward=Sum(Coalesce("answered_by__tokens_out", 0)),
        )
        .order_by()
    }
    return [_one(row, saved.get(row[0])) for row in rows]


def _one(
    row: tuple[int, str, int | None, int | None, int | None, int | None], saved: Mapping[str, Any] | None
) -> Sampled:
    _, state, cost, latency, inward, outward = row
    if saved:
        cost = None if cost is None or saved["cost"] is None else cost + saved["cost"]
        latency = None if latency is None else latency + (saved["took"] or 0)
        inward, outward = (inward or 0) + saved["inward"], (outward or 0) + saved["outward"]
    return Sampled(cost, latency, inward, outward, is_failed=state == PredictionState.FAILED)
