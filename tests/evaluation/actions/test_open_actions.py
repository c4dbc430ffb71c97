"""Open actions: opened once, planned by those who see them, closed once with a note."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from evaluation.actions.open_actions import Work, close_action, open_action, plan_action, plan_elsewhere
from evaluation.models import ActionPlan, OpenAction
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common.errors import Conflict, NotAllowed, Refused
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def opened(project, key="a"):
    return open_action(project=project, work=Work(key, "Look at it"), by=None)


def test_the_same_is_open_once_and_may_come_back_when_closed(project):
    first = opened(project)
    assert opened(project) == first
    close_action(action=first, note="Looked.", by=None)
    again = opened(project)
    assert again != first
    assert OpenAction.objects.filter(state="open").get() == again


def test_it_is_closed_once_with_a_note(project):
    analyst, made = make_member(project, Role.ANALYST), opened(project)
    for note, state in (("  ", "done"), ("Done.", "open")):
        with pytest.raises(Refused):
            close_action(action=made, note=note, state=state, by=analyst)
    closed = close_action(action=made, note="Not worth it.", state="dropped", by=analyst)
    assert (closed.state, closed.closed_by, closed.note) == ("dropped", analyst, "Not worth it.")
    with pytest.raises(Conflict):
        close_action(action=made, note="Again.", by=analyst)
    with pytest.raises(IntegrityError), transaction.atomic():
        OpenAction.objects.update(note="other")


def test_only_those_who_see_the_list_own_or_change_it(project):
    made, rater = opened(project), make_member(project, Role.ANNOTATOR)
    stranger = make_member(make_project(), Role.MANAGER)
    for who in (rater, stranger):
        with pytest.raises(Refused):
            plan_action(action=made, owner=who, due_on=None, by=None)
        with pytest.raises(NotAllowed):
            close_action(action=made, note="Done.", by=who)
        with pytest.raises(NotAllowed):
            open_action(project=project, work=Work("b", "Mine"), by=who)
    made.refresh_from_db()
    assert (made.owner, made.state) == (None, "open")


def test_a_plan_is_on_the_record(project):
    engineer, made = make_member(project, Role.ENGINEER), opened(project)
    plan_action(action=made, owner=engineer, due_on=date(2026, 4, 1), by=engineer)
    plan_action(action=made, owner=engineer, due_on=date(2026, 4, 1), by=engineer)
    plan_elsewhere(project=project, source="guidelines", key="x", owner=engineer, due_on=None, by=engineer)
    plan_elsewhere(project=project, source="guidelines", key="x", owner=None, due_on=date(2026, 4, 2), by=engineer)
    plan = ActionPlan.objects.get()
    assert (plan.owner, plan.due_on) == (None, date(2026, 4, 2))
    kinds = list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["action.opened", "action.planned", "action.planned", "action.planned"]
