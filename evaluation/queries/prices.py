"""Which price holds: a project's own before everybody's, the newest that is valid, else the operator's setting."""

from datetime import date

from django.conf import settings
from django.db.models import Q

from evaluation.llm.cost import FREE, MILLION, Rate
from evaluation.models import Price
from evaluation.queries.recipes import providers
from labeling.models import Project


def rate_at(project: Project, provider: str, model: str, day: date) -> Rate | None:
    """The price of a provider's model on a day; None if nobody gave one."""
    found = Price.objects.filter(
        Q(project=project) | Q(project__isnull=True), Q(provider=provider) | Q(provider=""),
        model=model, valid_from__lte=day,
    )  # fmt: skip
    best = max(found, key=lambda one: (one.project_id is not None, one.provider != "", one.valid_from), default=None)
    if best is not None:
        return Rate(best.micro_usd_in, best.micro_usd_out, best.micro_usd_cached, best.batch_share)
    if model in settings.LLM_PRICES:
        price_in, price_out = settings.LLM_PRICES[model]
        return Rate(round(price_in * MILLION), round(price_out * MILLION))
    known = providers().get(provider)
    return FREE if known is not None and known.free else None
