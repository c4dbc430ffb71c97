"""The golden set's plan is on the list of open actions, for who sees the plan."""

from datetime import timedelta

import pytest

from evaluation.queries.open_actions import rows_of
from labeling.actions.upkeep import add_duty
from labeling.enums import Role
from reviewapp.common import clock
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def test_duties_of_the_coming_month_are_listed_for_managers_and_analysts():
    project, today = make_project(), clock.now().date()
    owner = make_member(project, Role.MANAGER)
    for title, days in (("Late", -2), ("Far", 90)):
        add_duty(
            project=project, title=title, kind="other", owner=owner, due_on=today + timedelta(days=days), by=None
        )  # fmt: skip

    [row] = rows_of(project, [Role.ANALYST])

    assert (row.title, row.owner, row.is_overdue(today)) == ("Late", owner, True)
    assert rows_of(project, [Role.ENGINEER]) == []
