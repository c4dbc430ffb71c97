"""What the page of one run says: progress, pace, money and what went wrong; all counted by the database."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.functions import Coalesce

from evaluation.enums import AttemptOutcome, PredictionState, RunState, Strategy
from evaluation.models import Attempt, Prediction, Run, Spending, SpentDay
from evaluation.queries.kept import kept
from evaluation.queries.runs import RunProgress
from evaluation.queries.spending import spending_of
from reviewapp.common import clock

WINDOW = timedelta(minutes=5)  # over which throughput is told
FEWEST = 5  # answers within it, below which there is no telling when a run ends
NEARLY = 0.8  # of a budget, from which the page says so
ENDED = (PredictionState.DONE, PredictionState.FAILED)


@dataclass(frozen=True)
class Live:
    """What changes while a run is going."""

    progress: RunProgress
    per_minute: float | None
    seconds_left: float | None
    took: timedelta | None
    limits: Spending
    today: SpentDay | None
    item_micro_usd: float | None  # the mean of the items answered
    pace: list[dict[str, Any]]

    @property
    def run(self) -> Run:
        return self.progress.run

    @property
    def promised(self) -> int:
        return self.run.spent_micro_usd + self.run.reserved_micro_usd

    @property
    def budget_share(self) -> float | None:
        budget = self.run.budget_micro_usd
        return self.promised / budget if budget else None

    @property
    def is_nearly_spent(self) -> bool:
        return self.budget_share is not None and self.budget_share >= NEARLY

    @property
    def day_share(self) -> float | None:
        if self.today is None or not self.today.limit_micro_usd:
            return None
        return (self.today.spent_micro_usd + self.today.reserved_micro_usd) / self.today.limit_micro_usd

    @property
    def is_above_aim(self) -> bool:
        return self.item_micro_usd is not None and self.item_micro_usd > self.limits.item_aim_micro_usd


@dataclass(frozen=True)
class Group:
    """So many of one kind."""

    kind: str
    count: int
    example: str = ""


@dataclass(frozen=True)
class Calls:
    """What the calls of a run came to."""

    made: int
    cached: int
    failed: list[Group]
    models: list[dict[str, Any]]  # asked of whom, and which model answered

    @property
    def hits(self) -> int:
        return self.cached

    @property
    def asked(self) -> int:
        return self.made + self.cached


def live(run: Run) -> Live:
    """Five queries, however long the run."""
    now = clock.now()
    going = run.state in (RunState.QUEUED, RunState.RUNNING)
    counted = kept(run, "live", lambda: _counted(run, now))
    progress = RunProgress(run, counted["done"], counted["failed"])
    rate = per_minute(counted["lately"], run.started_at, now) if going else None
    left = progress.waiting / rate * 60 if rate and counted["lately"] >= FEWEST else None
    end = run.finished_at or counted["last"] if not going else now
    asks = run.prompt_version is not None and run.prompt_version.strategy == Strategy.CHAT
    return Live(
        progress=progress,
        per_minute=rate,
        seconds_left=left,
        took=end - run.started_at if end and run.started_at else None,
        limits=spending_of(run.project),
        today=SpentDay.objects.filter(project=run.project, day=now.astimezone(UTC).date()).first() if asks else None,
        item_micro_usd=counted["cost"] / counted["priced"] if counted["priced"] else None,
        pace=_pace(run.pace),
    )


def _counted(run: Run, now: datetime) -> dict[str, Any]:
    return run.predictions.aggregate(
        done=Count("pk", filter=Q(state=PredictionState.DONE)),
        failed=Count("pk", filter=Q(state=PredictionState.FAILED)),
        lately=Count("pk", filter=Q(state__in=ENDED, finished_at__gte=now - WINDOW)),
        last=Max("finished_at"),
        cost=Sum("cost_micro_usd"),
        priced=Count("cost_micro_usd"),
    )


def per_minute(lately: int, started_at: datetime | None, now: datetime) -> float | None:
    """Answers a minute over the last minutes, or since the start where that is not so long ago."""
    if started_at is None:
        return None
    seconds = min((now - started_at).total_seconds(), WINDOW.total_seconds())
    return lately / seconds * 60 if seconds >= 1 else None


def _pace(pace: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the limiters last said, one a model, the newest change of their ceiling first."""
    found = []
    for name, one in sorted(pace.items()):
        if isinstance(one, Mapping):
            log = [(datetime.fromtimestamp(float(at), UTC), str(what)) for at, what in reversed(one.get("log", []))]
            found.append({**one, "name": name, "log": log})
    return found


def failures(run: Run) -> list[Group]:
    """The kinds of failure, with the words of one of each."""
    return kept(run, "failures", lambda: _failures(run))


def _failures(run: Run) -> list[Group]:
    rows = run.predictions.filter(state=PredictionState.FAILED).values("error_kind")
    found = rows.annotate(number=Count("pk"), example=Min("error")).order_by("-number", "error_kind")
    return [Group(row["error_kind"], row["number"], row["example"]) for row in found]


def reviews(run: Run, *, most: int = 12) -> tuple[int, list[Group]]:
    """How many answers a person should look at, and the commonest reasons."""
    return kept(run, f"reviews-{most}", lambda: _reviews(run, most))


def _reviews(run: Run, most: int) -> tuple[int, list[Group]]:
    asked = run.predictions.exclude(review="").filter(state=PredictionState.DONE)
    rows = asked.values_list("review").annotate(number=Count("pk")).order_by("-number", "review")
    found = [Group(text, number) for text, number in rows[:most]]
    return asked.count(), found


def calls(run: Run) -> Calls:
    """One query over all calls of the run."""
    return kept(run, "calls", lambda: _calls(run))


def _calls(run: Run) -> Calls:
    rows = (
        Attempt.objects.filter(prediction__run=run)
        .values("provider", "model", "model_returned", "outcome", "error_kind")
        .annotate(number=Count("pk"), cost=Sum(Coalesce("cost_micro_usd", F("reserved_micro_usd"))))
        .order_by()
    )
    failed: Counter[str] = Counter()
    models: dict[tuple[str, str], Counter[str]] = {}
    made = cached = 0
    for row in rows:
        cached += row["number"] if row["outcome"] == AttemptOutcome.CACHED else 0
        made += 0 if row["outcome"] == AttemptOutcome.CACHED else row["number"]
        if row["outcome"] == AttemptOutcome.ERROR:
            failed[row["error_kind"]] += row["number"]
        answered = models.setdefault((row["provider"], row["model"]), Counter())
        answered[row["model_returned"]] += row["number"]
    return Calls(
        made=made,
        cached=cached,
        failed=[Group(kind, number) for kind, number in failed.most_common()],
        models=[
            {"provider": provider, "asked": model, "returned": [(name, n) for name, n in said.most_common() if name]}
            for (provider, model), said in sorted(models.items())
        ],
    )


def spread(run: Run, column: str) -> dict[int, int]:
    """How often each number came: tokens_in or tokens_out. Items out of the cache took none and are left out."""
    known = Prediction.objects.filter(run=run, state=PredictionState.DONE, **{f"{column}__gt": 0})
    rows = known.values_list(column).annotate(Count("pk")).order_by(column)
    return kept(run, column, lambda: dict(rows))


def call_latency(run: Run) -> dict[int, int]:
    """How often each latency of a call that was answered came, in milliseconds."""
    known = Attempt.objects.filter(prediction__run=run, outcome=AttemptOutcome.OK, latency_ms__isnull=False)
    rows = known.values_list("latency_ms").annotate(Count("pk")).order_by("latency_ms")
    return kept(run, "latency", lambda: dict(rows))
