"""Language models that were asked for categories: what it would cost, how far each is, and what it said."""

from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db.models import Count

from evaluation.enums import PredictionState, RunState
from evaluation.models import Prediction, PromptVersion, Triage, TriageAsking
from evaluation.queries.forecasts import forecast, price_of
from evaluation.queries.lessons import frozen_texts
from evaluation.queries.recipes import read_recipe
from evaluation.queries.triage import categories, visible
from evaluation.queries.triage_tasks import category_pipeline

GOING = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True)
class AskingCost:
    """What asking would cost, before anything is asked."""

    errors: int
    items: int
    likely_usd: float
    most_usd: float


@dataclass(frozen=True)
class AskingStanding:
    """How far a model is that was asked."""

    asking: TriageAsking
    version: str
    model: str
    state: str
    reason: str
    items: int
    answered: int  # of the items
    proposals: int
    failed: dict[str, int]  # questions by kind
    flagged: int  # texts that seem to instruct the model
    spent_usd: float
    budget_usd: float | None
    is_simulated: bool

    @property
    def is_going(self) -> bool:
        return self.state in GOING

    @property
    def more_usd(self) -> float:
        """A budget to go on with where this one was too small."""
        return round(2 * (self.budget_usd or 0), 2)

    def as_dict(self) -> dict[str, Any]:
        return {
            "prompt": self.version, "model": self.model, "state": self.state, "reason": self.reason,
            "errors": self.asking.errors, "proposals": self.proposals, "failed": self.failed, "flagged": self.flagged,
            "spent_usd": self.spent_usd, "is_simulated": self.is_simulated,
        }  # fmt: skip


def offered(triage: Triage) -> list[dict[str, str]]:
    """The project's categories as a model is told about them."""
    found = categories(triage.run.project)
    return [{"code": one.code, "name": one.name, "definition": one.definition} for one in found]


def asking_cost(triage: Triage, version: PromptVersion) -> AskingCost:
    """By the size of every question, at today's price: a likely sum, and the most that would be reserved."""
    recipe = read_recipe(version)
    rate = price_of(triage.run.project, recipe)
    pipeline = category_pipeline(triage, offered(triage), recipe)
    items = set(visible(triage).values_list("item_id", flat=True))
    calls = [
        call
        for item in frozen_texts(triage.release_id, items).values()
        for call in pipeline.calls_for(item, (f"{number:016x}" for number in count()))
    ]
    found = forecast(calls, rate)
    return AskingCost(found.calls, len(items), found.likely_usd, found.most_usd)


def askings_of(triage: Triage) -> list[AskingStanding]:
    """Each model that was asked, the newest first; three queries, however many."""
    rows = list(
        triage.askings.select_related("run__prompt_version__prompt")
        .annotate(made=Count("proposals"))
        .order_by("-pk")[:20]
    )
    answers = Prediction.objects.filter(run__in=[one.run_id for one in rows])
    states: dict[int, Counter[str]] = {one.run_id: Counter() for one in rows}
    failed: dict[int, Counter[str]] = {one.run_id: Counter() for one in rows}
    flagged: Counter[int] = Counter()
    for run, state, kind, stages, review in answers.values_list("run", "state", "error_kind", "stages", "review"):
        states[run][state] += 1
        flagged[run] += bool(review)
        failed[run].update({kind: 1} if state == PredictionState.FAILED else (stages or {}).get("failed", {}))
    return [_standing(one, one.made, states[one.run_id], failed[one.run_id], flagged[one.run_id]) for one in rows]


def standing_of(asking: TriageAsking) -> AskingStanding:
    """One of them."""
    return next(one for one in askings_of(asking.triage) if one.asking.pk == asking.pk)


def _standing(
    asking: TriageAsking, made: int, states: Counter[str], failed: Counter[str], flagged: int
) -> AskingStanding:
    run = asking.run
    budget = run.budget_micro_usd
    return AskingStanding(
        asking=asking, version=str(run.prompt_version), model=run.prompt_version.model if run.prompt_version else "",
        state=run.state, reason=run.state_reason, items=run.total,
        answered=states[PredictionState.DONE] + states[PredictionState.FAILED], proposals=made,
        failed=dict(sorted(failed.items())), flagged=flagged, spent_usd=run.spent_micro_usd / 1e6,
        budget_usd=None if budget is None else budget / 1e6, is_simulated=run.is_simulated,
    )  # fmt: skip
