"""Spending: the limits of a project, and the prices of models. Managers only, all on the record."""

from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from django.db import transaction

from evaluation.actions.runs import MICRO
from evaluation.models import Price, Spending, SpentDay
from evaluation.queries.recipes import providers
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import Project, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MOST_USD = 1_000_000.0
LIMITS = ("day_micro_usd", "item_micro_usd", "item_aim_micro_usd")


@dataclass(frozen=True)
class Limits:
    """What a project may spend, in dollars; a day without a limit is None."""

    day: float | None
    item: float = 0.5
    item_aim: float = 0.4


@dataclass(frozen=True)
class Tariff:
    """What a model costs, in dollars for a million tokens; `cached` None: as `inward`."""

    model: str
    inward: float
    outward: float
    cached: float | None = None
    batch_share: float = 0.5
    provider: str = ""  # empty: whoever offers the model
    valid_from: date | None = None  # today if left out
    note: str = ""


@transaction.atomic
def set_spending(*, project: Project, limits: Limits, by: User | None, operator: str = "") -> Spending:
    """Set a project's limits. A new day limit holds today already; today's never falls below what is gone or promised.

    Runs that were started keep the limit of an item they were started with.
    """
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    day = None if limits.day is None else _micro(limits.day, "The limit of a day")
    item, aim = _micro(limits.item, "The limit of an item"), _micro(limits.item_aim, "The aim of an item")
    if aim > item:
        raise Refused("The aim of an item is not above its limit.")
    found, _ = Spending.objects.select_for_update().get_or_create(project=project)
    before = {name: getattr(found, name) for name in LIMITS}
    found.day_micro_usd, found.item_micro_usd, found.item_aim_micro_usd = day, item, aim
    found.save()
    _limit_today(project, day)
    after = {name: getattr(found, name) for name in LIMITS}
    if after != before:
        record_event(
            kind="spending.set", project=project, by=by, operator=operator, target=f"project:{project.slug}",
            before=before, after=after,
        )  # fmt: skip
    return found


def _limit_today(project: Project, limit: int | None) -> None:
    """Give today's row the limit, or what is gone and promised where that is more: nothing more is spent then."""
    today = clock.now().astimezone(UTC).date()
    row = SpentDay.objects.select_for_update(of=("self",)).filter(project=project, day=today).first()
    if row is not None:
        gone = row.spent_micro_usd + row.reserved_micro_usd
        row.limit_micro_usd = None if limit is None else max(limit, gone)
        row.save(update_fields=["limit_micro_usd"])


@transaction.atomic
def set_price(*, project: Project | None, tariff: Tariff, by: User | None, operator: str = "") -> Price:
    """Add a price that holds from a day on. Prices are never changed: what was paid stays explained.

    Only the operator sets prices for all projects (`project` None). The same again is the price there is.
    """
    if project is not None:
        if by:
            rules.check_role(by, project, Role.MANAGER)
        rules.check_not_archived(project)
    elif by is not None:
        raise Refused("Prices for all projects are set by the operator of the server.")
    model, today = tariff.model.strip(), clock.now().astimezone(UTC).date()
    if not model or len(model) > 160:
        raise Refused("A price is for a model: give its id, as the provider writes it.")
    if tariff.provider and tariff.provider not in providers():
        raise Refused(f"There is no provider called “{tariff.provider}”. Set up are: {', '.join(sorted(providers()))}.")
    if not 0 <= tariff.batch_share <= 1:
        raise Refused("The share of the price in the Batch API is from 0 to 1.")
    valid_from = tariff.valid_from or today
    if valid_from < today:
        raise Refused("A price holds from today or a later day; what was spent before stays as it was counted.")
    fields: dict[str, Any] = {
        "micro_usd_in": _micro(tariff.inward, "The price of input"),
        "micro_usd_out": _micro(tariff.outward, "The price of output"),
        "micro_usd_cached": None if tariff.cached is None else _micro(tariff.cached, "The price of kept input"),
        "batch_share": tariff.batch_share,
    }
    key = {"project": project, "provider": tariff.provider, "model": model, "valid_from": valid_from}
    if (found := Price.objects.filter(**_where(key)).first()) is not None:
        if all(getattr(found, name) == value for name, value in fields.items()):
            return found
        raise Refused(
            f"“{model}” has a price from {valid_from} already, and a price is never changed. Set one from a later day."
        )
    price = Price.objects.create(**key, **fields, note=tariff.note.strip()[:300], created_by=by)
    record_event(
        kind="price.set", project=project, by=by, operator=operator, target=f"price:{model}",
        after={"provider": tariff.provider, "model": model, "from": valid_from.isoformat(), **fields},
    )  # fmt: skip
    return price


def _where(key: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in key.items() if name != "project"}
    return rest | ({"project__isnull": True} if key["project"] is None else {"project": key["project"]})


def _micro(usd: float, what: str) -> int:
    if not 0 <= usd <= MOST_USD:
        raise Refused(f"{what} is an amount of dollars from 0 to {MOST_USD:,.0f}.")
    return round(usd * MICRO)
