"""Limits and prices of a project."""

from datetime import UTC, timedelta

import pytest

from evaluation.actions.spending import Limits, Tariff, set_price, set_spending
from evaluation.models import Price, SpentDay
from evaluation.queries.prices import rate_at
from evaluation.queries.spending import limits_of
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def today():
    return clock.now().astimezone(UTC).date()


@pytest.mark.parametrize(("wanted", "holds"), [(2.0, 2_000_000), (0.1, 700_000), (None, None)])
def test_a_new_limit_holds_today_but_never_below_what_is_gone_and_promised(wanted, holds):
    project = make_project()
    row = SpentDay.objects.create(project=project, day=today(), spent_micro_usd=500_000, reserved_micro_usd=200_000)

    set_spending(project=project, limits=Limits(wanted), by=make_member(project, Role.MANAGER))

    row.refresh_from_db()
    assert row.limit_micro_usd == holds
    assert limits_of(project) == Limits(wanted, 0.5, 0.4)


def test_engineers_set_neither_limits_nor_prices():
    project = make_project()
    engineer = make_member(project, Role.ENGINEER)

    with pytest.raises(NotAllowed):
        set_spending(project=project, limits=Limits(1.0), by=engineer)
    with pytest.raises(NotAllowed):
        set_price(project=project, tariff=Tariff("m", 1.0, 2.0), by=engineer)
    with pytest.raises(Refused, match="operator"):
        set_price(project=None, tariff=Tariff("m", 1.0, 2.0), by=make_member(project, Role.MANAGER))

    assert not Price.objects.exists()
    assert not AuditEvent.objects.filter(kind__in=["price.set", "spending.set"]).exists()


@pytest.mark.parametrize("limits", [Limits(-1.0), Limits(float("nan")), Limits(1.0, item=0.1, item_aim=0.2)])
def test_limits_that_make_no_sense_are_refused(limits):
    with pytest.raises(Refused):
        set_spending(project=make_project(), limits=limits, by=None)


def test_a_price_is_added_and_never_changed():
    project = make_project()
    first = set_price(project=project, tariff=Tariff("m", 1.0, 2.0), by=None)

    assert set_price(project=project, tariff=Tariff("m", 1.0, 2.0), by=None) == first
    with pytest.raises(Refused, match="never changed"):
        set_price(project=project, tariff=Tariff("m", 1.0, 3.0), by=None)
    with pytest.raises(Refused, match="later day"):
        set_price(project=project, tariff=Tariff("m", 1.0, 3.0, valid_from=today() - timedelta(days=1)), by=None)
    set_price(project=project, tariff=Tariff("m", 1.0, 3.0, valid_from=today() + timedelta(days=1)), by=None)

    assert rate_at(project, "default", "m", today()).micro_out == 2_000_000
    assert rate_at(project, "default", "m", today() + timedelta(days=1)).micro_out == 3_000_000
    assert AuditEvent.objects.filter(kind="price.set").count() == 2
