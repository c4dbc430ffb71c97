"""The list of open actions: what is on it for whom, its filters, and how it is planned and closed."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from evaluation.actions.incidents import Plan as IncidentPlan
from evaluation.actions.incidents import open_incident
from evaluation.actions.open_actions import Work, open_action
from evaluation.models import ActionPlan, OpenAction, TuningTask
from evaluation.queries.open_actions import Asked, board
from labeling.actions.requests import raise_request
from labeling.enums import Role
from reviewapp.common import clock
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db
QUERIES = 14
TODAY = date(2026, 3, 10)


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def manager(project, client):
    client.force_login(make_member(project, Role.MANAGER))
    return client


def url(project, name, *rest):
    return reverse(f"evaluation:{name}", args=[project.slug, *rest])


def full(project, owner=None, number=1):
    for place in range(number):
        open_action(
            project=project, work=Work(f"a{place}", "Late", owner=owner, due_on=TODAY - timedelta(days=1)), by=None
        )
        TuningTask.objects.create(project=project, title="Mend it", due_on=TODAY + timedelta(days=1))
        asker = make_member(project, Role.ADJUDICATOR)
        raise_request(project=project, task=None, label_code="", text="What of resellers?", by=asker)


def test_every_source_is_on_one_list_overdue_first(project):
    full(project)
    found = board(project, {Role.MANAGER}, today=TODAY)
    assert [(one.source.code, one.is_overdue) for one in found.rows] == [
        ("hand", True), ("tuning", False), ("guidelines", False),
    ]  # fmt: skip
    assert (found.total, found.overdue) == (3, 1)
    assert [one.row.title for one in board(project, {Role.ENGINEER}, today=TODAY).rows] == ["Late", "Mend it"]


def test_filters_take_what_they_say(project):
    owner = make_member(project, Role.ANALYST)
    full(project, owner)

    def titles(**asked):
        return [one.row.title for one in board(project, {Role.MANAGER}, today=TODAY, asked=Asked(**asked)).rows]

    assert titles(owner=str(owner.public_id)) == ["Late"] == titles(overdue=True) == titles(source="hand")
    assert titles(owner="nobody") == ["Mend it", "What of resellers?"]


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(manager, project, item_count, django_assert_num_queries):
    full(project, make_member(project, Role.ANALYST), item_count)
    with django_assert_num_queries(QUERIES):
        manager.get(url(project, "open-actions"))


def test_a_row_of_any_source_gets_an_owner_and_a_day(manager, project):
    full(project)
    owner = make_member(project, Role.ENGINEER)
    for one in board(project, {Role.MANAGER}, today=TODAY).rows:
        sent = {"source": one.row.source, "key": one.row.key, "owner": owner.public_id, "due_on": "2026-04-01"}
        assert manager.post(url(project, "plan-open-action"), sent).status_code == 303
    rows = board(project, {Role.MANAGER}, today=TODAY).rows
    assert {(one.row.owner, one.row.due_on) for one in rows} == {(owner, date(2026, 4, 1))}
    assert (TuningTask.objects.get().owner, ActionPlan.objects.count()) == (owner, 1)


def test_an_engineer_neither_sees_nor_plans_what_raters_asked(project, client):
    full(project)
    client.force_login(make_member(project, Role.ENGINEER))
    assert b"resellers" not in client.get(url(project, "open-actions")).content
    asked = next(one.row for one in board(project, {Role.MANAGER}, today=TODAY).rows if one.source.code == "guidelines")
    sent = {"source": "guidelines", "key": asked.key, "owner": "", "due_on": "2026-04-01"}
    assert client.post(url(project, "plan-open-action"), sent).status_code == 404


def test_it_is_opened_by_hand_once_and_closed_with_a_note(manager, project):
    sent = {
        "title": "<b>Call</b> the client",
        "url": "http://testserver/projects/x/?a=1",
        "idempotency_key": "11111111-1111-4111-8111-111111111111",
    }
    assert [manager.post(url(project, "new-open-action"), sent).status_code for _ in range(2)] == [303, 303]
    made = OpenAction.objects.get()
    assert made.url == "/projects/x/?a=1"
    for wrong in ("//evil.example/x", "javascript:alert(1)"):
        again = sent | {"url": wrong, "idempotency_key": ""}
        answer = manager.post(url(project, "new-open-action"), again)
        assert answer.status_code == 422 or OpenAction.objects.latest("pk").url.startswith("/")
    page = manager.get(url(project, "open-actions")).content.decode()
    assert "&lt;b&gt;Call&lt;/b&gt;" in page
    where = url(project, "open-action", made.public_id)
    assert manager.post(where, {"note": "", "state": "done"}).status_code == 422
    assert manager.post(where, {"note": "Called.", "state": "done"}).status_code == 303
    assert b"Called." in manager.get(where).content
    assert manager.post(where, {"note": "Again.", "state": "done"}).status_code == 422


def test_the_count_in_the_navigation_says_how_many_are_late(manager, project):
    open_action(project=project, work=Work("a", "Late", due_on=clock.now().date() - timedelta(days=3)), by=None)
    page = manager.get(url(project, "open-actions")).content.decode()
    assert f'hx-get="{url(project, "open-action-count")}"' in page
    assert "1 overdue" in manager.get(url(project, "open-action-count")).content.decode()


def test_an_incident_is_due_when_its_48_hours_are_over_and_keeps_its_own_owner(manager, project):
    made = open_incident(project=project, plan=IncidentPlan("Recall fell"), by=None)
    row = board(project, {Role.ANALYST}, today=TODAY).rows[0].row
    assert (row.title, row.due_on) == ("Recall fell", (made.opened_at + timedelta(hours=48)).date())
    owner = make_member(project, Role.ENGINEER)
    sent = {"source": "incidents", "key": str(made.public_id), "owner": owner.public_id, "due_on": ""}
    assert manager.post(url(project, "plan-open-action"), sent).status_code == 303
    made.refresh_from_db()
    assert made.owner == owner
