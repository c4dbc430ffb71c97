"""What a month of a project came to: its figures, with nothing of the items behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count, Q, StdDev, Sum

from evaluation.enums import PromptStatus, RunOrigin
from evaluation.models import (
    Alert,
    DriftCheck,
    Evaluation,
    Incident,
    OpenAction,
    Prediction,
    Promotion,
    SpentDay,
    Triage,
)
from evaluation.queries.promotions import APART
from evaluation.stats.types import Estimate, undefined
from labeling.enums import Purpose, Split
from labeling.models import Annotation, Project, Round

LEAST = 30  # answers, below which a mean gets no interval from the normal distribution
Z = 1.959964


@dataclass(frozen=True)
class Month:
    """A calendar month by the clock of a zone."""

    first: date
    zone: str

    @property
    def start(self) -> datetime:
        return self._at(self.first)

    @property
    def end(self) -> datetime:
        return self._at(self.following)

    @property
    def following(self) -> date:
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def before(self) -> "Month":
        return Month((self.first - timedelta(days=1)).replace(day=1), self.zone)

    def _at(self, day: date) -> datetime:
        return datetime.combine(day, datetime.min.time(), ZoneInfo(self.zone)).astimezone(UTC)

    def within(self, name: str) -> Q:
        return Q(**{f"{name}__gte": self.start, f"{name}__lt": self.end})


def busiest_round(project: Project, month: Month) -> tuple[Round | None, int, int]:
    """The round that most answers of the month were given in, their number, and that of all rounds."""
    rows = Annotation.objects.filter(
        month.within("submitted_at"), task__round__project=project, is_counted=True, taken_back_at__isnull=True,
        task__round__purpose__in=[Purpose.GOLDEN, Purpose.IMPORTED],
    )  # fmt: skip
    counts = list(rows.values_list("task__round").annotate(number=Count("pk")).order_by("-number", "task__round"))
    if not counts:
        return None, 0, 0
    chosen = Round.objects.select_related("project", "taxonomy_version").get(pk=counts[0][0])
    return chosen, counts[0][1], sum(number for _, number in counts)


def scored_in(project: Project, month: Month, split: str, prompt: int | None = None) -> Evaluation | None:
    """The evaluation that stands for a month: of what is in production if that was scored, else the newest."""
    rows = Evaluation.objects.filter(
        month.within("created_at"), run__project=project, split=split, run__prompt_version__isnull=False,
        run__overrides={}, run__perturbation__isnull=True,
    ).exclude(run__origin__in=APART)  # fmt: skip
    if prompt is not None:
        rows = rows.filter(run__prompt_version__prompt=prompt)
    live = Promotion.objects.filter(prompt__project=project, is_current=True, status=PromptStatus.PRODUCTION)
    is_live = Q(run__prompt_version__in=live.values("version"))
    rows = rows.select_related(
        "run__project", "run__prompt_version__prompt", "run__taxonomy_version", "release__golden_set",
        "release__taxonomy_version",
    ).order_by("-created_at", "-pk")  # fmt: skip
    return rows.filter(is_live).first() or rows.first()


def cost_in(project: Project, month: Month) -> tuple[int, Estimate, int]:
    """Micro-dollars spent in the month (its days are those of UTC), those of an answer on average, and how many answers
    the simulator gave. Answers that cost nothing, of the built-in baseline or out of the cache, are no part of it."""
    spent = SpentDay.objects.filter(project=project, day__gte=month.first, day__lt=month.following)
    total = spent.aggregate(total=Sum("spent_micro_usd"))["total"] or 0
    paid = Prediction.objects.filter(month.within("finished_at"), run__project=project, cost_micro_usd__gt=0)
    found = paid.aggregate(
        mean=Avg("cost_micro_usd"), spread=StdDev("cost_micro_usd", sample=True), n=Count("pk"),
        simulated=Count("pk", filter=Q(run__is_simulated=True)),
    )  # fmt: skip
    n = int(found["n"])
    if not n:
        return total, undefined(0, "no answer was paid for"), 0
    mean = float(found["mean"])
    if n < LEAST or found["spread"] is None:
        return total, Estimate(mean, None, None, n, f"fewer than {LEAST} answers: no interval"), found["simulated"]
    half = Z * float(found["spread"]) / sqrt(n)
    return total, Estimate(mean, max(mean - half, 0.0), mean + half, n), found["simulated"]


def drift_in(project: Project, month: Month) -> tuple[int, list[DriftCheck]]:
    """How many windows were compared, and those in which something moved."""
    rows = DriftCheck.objects.filter(month.within("created_at"), project=project, fired__isnull=False)
    return rows.count(), list(rows.filter(fired__gt=0).select_related("monitor").order_by("-fired", "-pk")[:5])


def fired_in(project: Project, month: Month) -> int:
    return DriftCheck.objects.filter(month.within("created_at"), project=project, fired__gt=0).count()


def triage_in(project: Project, month: Month) -> Triage | None:
    rows = Triage.objects.filter(month.within("created_at"), run__project=project, items__isnull=False)
    return (
        rows.exclude(run__origin=RunOrigin.STRESS).select_related("run", "release__golden_set").order_by("-pk").first()
    )


def actions_in(project: Project, month: Month) -> tuple[int, int]:
    """How many were opened and how many were closed."""
    found = OpenAction.objects.filter(project=project).aggregate(
        opened=Count("pk", filter=month.within("created_at")), closed=Count("pk", filter=month.within("closed_at"))
    )
    return found["opened"], found["closed"]


def incidents_in(project: Project, month: Month) -> list[Incident]:
    """Opened in the month, or still open at its end; newest first."""
    rows = Incident.objects.filter(project=project, opened_at__lt=month.end)
    rows = rows.filter(Q(opened_at__gte=month.start) | Q(recovered_at__isnull=True) | Q(recovered_at__gte=month.start))
    return list(rows.order_by("-opened_at", "-pk")[:50])


def alerts_in(project: Project, month: Month) -> int:
    return Alert.objects.filter(month.within("raised_at"), rule__project=project).count()


def worst_labels(evaluation: Evaluation, most: int) -> list[dict[str, Any]]:
    """The labels of an evaluation on dev that most errors are made on."""
    assert evaluation.split == Split.DEV
    names = dict(evaluation.release.taxonomy_version.labels.values_list("code", "name"))
    rows: Sequence[tuple[str, Any]] = list(evaluation.report["labels"].items())
    wrong = sorted(rows, key=lambda row: (-(row[1]["fp"] + row[1]["fn"]), row[0]))
    return [
        {
            "name": names.get(code, code),
            "errors": one["fp"] + one["fn"],
            "missed": one["fn"],
            "made_up": one["fp"],
            "f1": one["f1"],
        }
        for code, one in wrong[:most]
        if one["fp"] + one["fn"]
    ]
