"""What the right answers of a large evaluation cost: read once by a worker and kept for good."""

from typing import Any

from django.core.cache import cache

from evaluation import tasks
from evaluation.models import Analysis, Evaluation
from evaluation.queries.run_costs import KIND, costs_digest, measured
from labeling.tasks import nudge

PATIENCE = 300  # seconds after which a worker is asked again


def ask_costs(costs: dict[str, Any] | None) -> None:
    """Have a worker read what a page found missing."""
    if costs and costs.get("is_underway"):
        evaluation: Evaluation = costs["evaluation"]
        if cache.add(f"right-costs-asked:{evaluation.input_digest}", True, PATIENCE):
            nudge(tasks.keep_costs, evaluation.pk)


def keep_costs(*, evaluation_id: int) -> Analysis:
    """Doing it twice keeps one."""
    evaluation = Evaluation.objects.select_related(
        "run__project", "run__prompt_version", "release__golden_set", "release__taxonomy_version"
    ).get(pk=evaluation_id)
    digest = costs_digest(evaluation)
    if stored := Analysis.objects.filter(input_digest=digest).first():
        return stored
    report = measured(evaluation)
    kept, _ = Analysis.objects.get_or_create(
        input_digest=digest, defaults={"evaluation": evaluation, "kind": KIND, "report": report}
    )
    return kept
