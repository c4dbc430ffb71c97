"""What runs came to by day (UTC): from their tallies, and counted afresh for those that have none."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from evaluation.enums import AttemptOutcome, PredictionState, RunOrigin
from evaluation.models import Attempt, Prediction, Prompt, Run
from labeling.models import Project
from reviewapp.common.days import UtcDay

# Of the predictions that ended: how many, failed, with a cost, the sum of the costs and of their squares (dollars);
# of calls of providers that were answered: how many, and how many of them failed.
ENDED, FAILED, PAID, USD, SQUARES, CALLS, ERRORS = FIGURES = tuple(range(7))
Days = dict[str, list[float]]
MICRO = 1e6


def runs_since(project: Project, since: datetime) -> QuerySet[Run]:
    """Runs that may have ended predictions since then: those that go on, and those that ended since."""
    return Run.objects.filter(Q(finished_at__isnull=True) | Q(finished_at__gte=since), project=project)


def by_day(
    project: Project, since: datetime, *, prompt: Prompt | None = None, without: Collection[RunOrigin] = ()
) -> dict[date, list[float]]:
    """Sums over the runs of a project from the day of `since` on; one query where all of them have tallies."""
    runs = runs_since(project, since).exclude(origin__in=without)
    if prompt:
        runs = runs.filter(prompt_version__prompt=prompt)
    rows = list(runs.values_list("pk", "tally__days"))
    fresh = count_days([pk for pk, days in rows if days is None])
    return _summed([*(days for _, days in rows if days), *fresh.values()], since.astimezone(UTC).date())


def _summed(found: Iterable[Mapping[str, list[float]]], first: date) -> dict[date, list[float]]:
    sums: dict[date, list[float]] = {}
    for days in found:
        for written, figures in days.items():
            if (day := date.fromisoformat(written)) >= first:
                old = sums.setdefault(day, [0.0] * len(FIGURES))
                sums[day] = [one + more for one, more in zip(old, figures, strict=True)]
    return dict(sorted(sums.items()))


def count_days(runs: Collection[int]) -> dict[int, Days]:
    """Count the predictions and calls of runs, by run and day; two queries, or none for no run."""
    found: dict[int, Days] = {pk: {} for pk in runs}
    if not runs:
        return found
    usd = F("cost_micro_usd") / MICRO
    ended = Prediction.objects.filter(
        run__in=runs, finished_at__isnull=False, state__in=[PredictionState.DONE, PredictionState.FAILED]
    )
    _add(
        found, ended, "run", "finished_at",
        {
            ENDED: Count("pk"), FAILED: Count("pk", filter=Q(state=PredictionState.FAILED)),
            PAID: Count("cost_micro_usd"), USD: Sum(usd), SQUARES: Sum(usd * usd),
        },
    )  # fmt: skip
    calls = Attempt.objects.filter(prediction__run__in=runs, outcome__in=[AttemptOutcome.OK, AttemptOutcome.ERROR])
    failed = Count("pk", filter=Q(outcome=AttemptOutcome.ERROR))
    _add(found, calls, "prediction__run", "started_at", {CALLS: Count("pk"), ERRORS: failed})
    return found


def _add(found: dict[int, Days], rows: QuerySet[Any], run: str, moment: str, figures: Mapping[int, Any]) -> None:
    named = {f"figure_{place}": figure for place, figure in figures.items()}
    days = rows.order_by().annotate(day=UtcDay(moment)).values_list(run, "day").annotate(**named)
    for pk, day, *values in days.values_list(run, "day", *named):
        kept = found[pk].setdefault(day.isoformat(), [0.0] * len(FIGURES))
        for place, value in zip(figures, values, strict=True):
            kept[place] = float(value or 0)
