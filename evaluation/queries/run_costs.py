"""What a run's right answers cost, by its newest evaluation on dev."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Sum

from evaluation.enums import AttemptOutcome, Strategy
from evaluation.models import Analysis, Attempt, Evaluation, Prediction, Run
from evaluation.queries.pairing import pair
from evaluation.stats.spending import Bought, frontier, spending
from labeling.digest import digest_of
from labeling.enums import Split
from labeling.models import Release
from reviewapp.common.charts import Spot

LARGE = 5_000  # items from which on it takes longer than anybody waits for a page
KIND, FORMAT = "costs", 1
KEPT = 3600  # seconds: a finished run and a release never change, so this only bounds the cache


def right_costs(run: Run) -> dict[str, Any] | None:
    """Cost of an item, a right label and a wholly right item with intervals; None without an evaluation on dev."""
    evaluation = (
        Evaluation.objects.filter(run=run, split=Split.DEV)
        .select_related("run", "release__golden_set", "release__taxonomy_version")
        .order_by("-created_at", "-pk")
        .first()
    )
    if evaluation is None:
        return None
    if evaluation.report["items"] >= LARGE:  # a worker reads them, see actions/right_costs.py
        stored = Analysis.objects.filter(input_digest=costs_digest(evaluation)).values_list("report", flat=True).first()
        return {**(stored or {"is_underway": True}), "evaluation": evaluation}
    key = f"right-costs:{evaluation.input_digest}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = measured(evaluation)
        cache.set(key, found, KEPT)
    return found | {"evaluation": evaluation}


def costs_digest(evaluation: Evaluation) -> str:
    return digest_of([KIND, evaluation.input_digest, FORMAT])


def measured(evaluation: Evaluation) -> dict[str, Any]:
    """Read from all answers of the evaluation."""
    paired = pair(evaluation.run, evaluation.release, evaluation.split)
    costs = dict(Prediction.objects.filter(run=evaluation.run).values_list("item", "cost_micro_usd"))
    return spending(
        [
            Bought(costs.get(gold.item_id), gold.labels, said)
            for gold, said in zip(paired.gold, paired.predicted, strict=True)
        ]
    ).as_dict()


@dataclass(frozen=True)
class CostPoint:
    """A run as the picture of cost against accuracy shows it."""

    run: Run
    evaluation: Evaluation
    micro_usd: float | None  # an item, as if nothing had come from the cache
    f1: Mapping[str, Any]
    strategy: str
    on_frontier: bool
    unanswered: int | None  # of so many items, which count against it
    items: int


def cost_points(release: Release, *, most: int = 60) -> list[CostPoint]:
    """The newest scored runs on the release's dev split, the cheapest first; three queries, however many runs."""
    newest: dict[int, Evaluation] = {}
    scored = Evaluation.objects.filter(release=release, split=Split.DEV).select_related("run__prompt_version__prompt")
    for one in scored.defer("report").order_by("-created_at", "-pk")[: 4 * most]:
        newest.setdefault(one.run_id, one)
    kept = dict(list(newest.items())[:most])
    columns = ("report__micro__f1", "report__unanswered", "report__items")
    scores = Evaluation.objects.filter(pk__in=[one.pk for one in kept.values()])
    reports = {pk: rest for pk, *rest in scores.values_list("pk", *columns)}
    costs = item_costs([one.run for one in kept.values()])
    points = [(pk, costs.get(pk), (reports[one.pk][0] or {}).get("value")) for pk, one in kept.items()]
    best = set(frontier(points))
    found = [
        CostPoint(
            one.run, one, costs.get(pk), reports[one.pk][0] or {}, _strategy(one.run), pk in best, *reports[one.pk][1:]
        )
        for pk, one in kept.items()
    ]
    return sorted(found, key=lambda one: (one.micro_usd is None, one.micro_usd or 0.0, one.run.pk))


def item_costs(runs: Iterable[Run]) -> dict[int, float]:
    """Micro-dollars an item by run: answers out of the cache count what they cost when they were bought."""
    runs = list(runs)
    predictions = Prediction.objects.filter(run__in=runs).values("run").order_by()
    paid = {
        row["run"]: row
        for row in predictions.annotate(Count("pk"), known=Count("cost_micro_usd"), cost=Sum("cost_micro_usd"))
    }
    cached = Attempt.objects.filter(prediction__run__in=runs, outcome=AttemptOutcome.CACHED).order_by()
    saved = dict(cached.values_list("prediction__run").annotate(Sum(F("answered_by__cost_micro_usd"))))
    found: dict[int, float] = {}
    for run in runs:
        row = paid.get(run.pk)
        if run.prompt_version and run.prompt_version.strategy != Strategy.CHAT:
            found[run.pk] = 0.0
        elif row and row["known"]:
            found[run.pk] = ((row["cost"] or 0) + (saved.get(run.pk) or 0)) / row["known"]
    return found


def _strategy(run: Run) -> str:
    if run.prompt_version is None:
        return "imported"
    asked = {**run.prompt_version.parameters, **run.overrides}
    few = run.prompt_version.strategy == Strategy.BASELINE_FEW or asked.get("few_shot", 0)
    return ("few-shot" if few else "zero-shot") + ("" if run.prompt_version.strategy == Strategy.CHAT else ", built in")


def spots(points: Iterable[CostPoint], hrefs: Mapping[int, str]) -> list[Spot]:
    """The points for the chart, cost in dollars for 1,000 items."""
    return [
        Spot(
            name=one.run.name,
            across=None if one.micro_usd is None else one.micro_usd / 1000,
            up=one.f1.get("value"),
            up_low=one.f1.get("low"),
            up_high=one.f1.get("high"),
            on_frontier=one.on_frontier,
            note=one.strategy
            + (", simulated" if one.run.is_simulated else "")
            + (f", {one.unanswered} of {one.items} items without an answer" if one.unanswered else ""),
            href=hrefs[one.run.pk],
        )
        for one in points
    ]
