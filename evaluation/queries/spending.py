"""What a project may spend, what models cost, and what was spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from django.conf import settings
from django.db.models import F, Q

from evaluation.actions.spending import Limits
from evaluation.enums import Strategy
from evaluation.llm.cost import MILLION
from evaluation.models import Price, PromptVersion, Run, Spending, SpentDay
from labeling.models import Project
from reviewapp.common import clock

DAYS = 30
RUNS = 50


@dataclass(frozen=True)
class PriceRow:
    """A price as the page shows it."""

    model: str
    provider: str
    scope: str  # this project, all projects, or the operator's setting
    valid_from: date | None
    micro_usd_in: int
    micro_usd_cached: int | None
    micro_usd_out: int
    batch_share: float
    note: str
    by: str
    is_ahead: bool  # it holds from a later day


@dataclass(frozen=True)
class SpendingPage:
    """Limits, today, the last days, prices and the costliest runs."""

    limits: Spending
    today: SpentDay | None
    days: list[tuple[date, int]]
    prices: list[PriceRow]
    unpriced: list[str]
    runs: Sequence[Run]

    @property
    def spent_in_days(self) -> int:
        return sum(spent for _, spent in self.days)


def spending_of(project: Project) -> Spending:
    """The project's limits; those of everybody where none were set."""
    return Spending.objects.filter(project=project).first() or Spending(project=project)


def limits_of(project: Project) -> Limits:
    found = spending_of(project)
    day = None if found.day_micro_usd is None else found.day_micro_usd / MILLION
    return Limits(day, found.item_micro_usd / MILLION, found.item_aim_micro_usd / MILLION)


def spending_page(project: Project) -> SpendingPage:
    """Five queries, however many runs and prices."""
    today = clock.now().astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    rows = {row.day: row for row in SpentDay.objects.filter(project=project, day__gte=first)}
    days = [first + timedelta(days=number) for number in range(DAYS)]
    prices = _prices(project, today)
    runs = Run.objects.filter(project=project).filter(Q(spent_micro_usd__gt=0) | Q(reserved_micro_usd__gt=0))
    return SpendingPage(
        limits=spending_of(project),
        today=rows.get(today),
        days=[(day, rows[day].spent_micro_usd if day in rows else 0) for day in days],
        prices=prices,
        unpriced=_unpriced(project, {row.model for row in prices if not row.is_ahead}),
        runs=list(runs.select_related("prompt_version__prompt").order_by("-spent_micro_usd", "-pk")[:RUNS]),
    )


def _prices(project: Project, today: date) -> list[PriceRow]:
    found = Price.objects.filter(Q(project=project) | Q(project__isnull=True)).select_related("created_by")
    rows = [
        PriceRow(
            model=one.model,
            provider=one.provider,
            scope="all projects" if one.project_id is None else "this project",
            valid_from=one.valid_from,
            micro_usd_in=one.micro_usd_in,
            micro_usd_cached=one.micro_usd_cached,
            micro_usd_out=one.micro_usd_out,
            batch_share=one.batch_share,
            note=one.note,
            by=str(one.created_by) if one.created_by and one.project_id else "the operator",
            is_ahead=one.valid_from > today,
        )
        for one in found.order_by("model", F("project").desc(nulls_last=True), "-valid_from", "pk")
    ]
    rows += [
        PriceRow(
            model=model, provider="", scope="the server's setting (LLM_PRICES)", valid_from=None,
            micro_usd_in=round(inward * MILLION), micro_usd_cached=None, micro_usd_out=round(outward * MILLION),
            batch_share=0.5, note="holds where no price above does", by="the operator", is_ahead=False,
        )
        for model, (inward, outward) in sorted(settings.LLM_PRICES.items())
    ]  # fmt: skip
    return rows


def _unpriced(project: Project, priced: set[str]) -> list[str]:
    """The models that prompts of the project name and that have no price at all."""
    asked = PromptVersion.objects.filter(prompt__project=project, strategy=Strategy.CHAT)
    return sorted(set(asked.order_by().values_list("model", flat=True).distinct()) - priced)
