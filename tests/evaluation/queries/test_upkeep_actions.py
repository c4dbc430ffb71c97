"""The golden set's plan is on the list of open actions, for who sees the plan."""

from datetime import timedelta

import pytest
from django.urls import reverse

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


def test_a_manager_gives_one_another_owner_and_day_from_the_list(client):
    project, today = make_project(), clock.now().date()
    manager, analyst = make_member(project, Role.MANAGER), make_member(project, Role.ANALYST)
    duty = add_duty(project=project, title="Late", kind="other", owner=manager, due_on=today, by=None)
    where = reverse("evaluation:plan-open-action", args=[project.slug])
    sent = {"source": "upkeep", "key": str(duty.public_id), "owner": analyst.public_id, "due_on": "2026-12-24"}
    client.force_login(analyst)
    assert client.post(where, sent).status_code == 403
    client.force_login(manager)
    assert client.post(where, sent).status_code == 303
    assert client.post(where, sent | {"owner": ""}).status_code == 422
    duty.refresh_from_db()
    assert (duty.owner, str(duty.due_on)) == (analyst, "2026-12-24")
