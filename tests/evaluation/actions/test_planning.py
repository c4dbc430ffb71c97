"""Every row of the list of open actions takes an owner, wherever that is kept."""

from datetime import date

import pytest

from evaluation.actions.incidents import Plan, open_incident
from evaluation.actions.open_actions import Work, open_action
from evaluation.actions.planning import plan_row
from evaluation.models import ActionPlan
from evaluation.queries.open_actions import rows_of
from labeling.actions.requests import raise_request
from labeling.actions.upkeep import add_duty
from labeling.enums import Role
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def test_each_kind_of_row_takes_its_owner_where_it_keeps_one():
    project = make_project()
    manager, judge = make_member(project, Role.MANAGER), make_member(project, Role.ADJUDICATOR)
    day = date(2031, 5, 1)
    open_action(project=project, work=Work("a", "Look at it"), by=None)
    open_incident(project=project, plan=Plan("It fell"), by=None)
    add_duty(project=project, title="Refresh", kind="refresh", owner=manager, due_on=date(2030, 1, 1), by=None)
    raise_request(project=project, task=None, label_code="", text="What of add-ons?", by=judge)
    other = make_member(project, Role.MANAGER)
    rows = rows_of(project, [str(Role.MANAGER)])
    for row in rows:
        plan_row(project=project, row=row, owner=other, due_on=day, by=manager)
    assert {row.source: row.owner for row in rows_of(project, [str(Role.MANAGER)])} == {
        row.source: other for row in rows
    }
    assert len({row.source for row in rows}) == len(rows) >= 3
    assert ActionPlan.objects.get().source == "guidelines"
