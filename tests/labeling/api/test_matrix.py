"""Every route of the API as each role with each scope: found, allowed and done exactly where the view declares it.

Routes join by being routes; what their addresses name comes from tests/world.py::value_of.
"""

from contextlib import contextmanager

import pytest
from django.db import transaction
from django.urls import reverse

from labeling.enums import Role, Scope
from tests.api import api_routes, bearer, parameters
from tests.factories import make_member, make_project
from tests.world import make_world

pytestmark = pytest.mark.django_db
DONE = {200, 201, 202, 204}
SAID_NO = {403, 409, 422}  # what the action itself refuses: nothing sent, not opened, ended


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _unthrottled(monkeypatch):
    monkeypatch.setattr("labeling.api.authentication.TokenThrottle.allow_request", lambda self, request, view: True)


def ask(client, verb, url, headers):
    answer = client.generic(verb, url, b"" if verb in ("GET", "DELETE") else b"{}", "application/json", headers=headers)
    return answer.status_code, b"lacks the scope" in getattr(answer, "content", b"")


def test_each_route_as_each_role_with_each_scope(client):
    world = make_world()
    one = {(role, scope): bearer(world.people[role], scope) for role in Role for scope in Scope}
    all_but = {(role, scope): bearer(world.people[role], *(set(Scope) - {scope})) for role in Role for scope in Scope}
    other = make_project()
    outsiders = [bearer(make_member(other, *Role)), bearer(world.people[Role.MANAGER], project=other)]
    for route in api_routes():
        in_project = route.policy.kind == "token in project"
        for verb, needed in route.view.cls.access.items():
            reached = set()
            with undone():
                things = {name: world.value_of(route.name, name) for name in parameters(route)}
                url = reverse(route.name, kwargs=things)
                case = (route.name, verb)
                for role in Role:
                    may = role in needed.roles
                    for scope in Scope:
                        if may and scope == needed.scope:
                            continue
                        status, lacks = ask(client, verb, url, one[role, scope])
                        assert status == 404 or (may and status == 403 and lacks), (*case, role, scope, status)
                    status, lacks = ask(client, verb, url, all_but[role, needed.scope])
                    assert status == 404 or (may and status == 403 and lacks), (*case, role, status)
                    with undone():
                        status, lacks = ask(client, verb, url, one[role, needed.scope])
                    if may:
                        reached.add(status)
                        assert not lacks, (*case, role, status)
                        assert status in DONE | SAID_NO | {404}, (*case, role, status)
                    else:
                        assert status == 404, (*case, role, status)
                assert reached & (DONE | SAID_NO), (*case, reached)
                assert verb != "GET" or reached & DONE or route.name in AFTER_A_STEP, (*case, reached)
                assert ask(client, verb, url, {})[0] == 401, case
                for headers in outsiders if in_project else ():
                    assert ask(client, verb, url, headers)[0] == 404, case


AFTER_A_STEP = {"api:dispute", "api:panel-figures"}  # which nobody opened, or closed, yet
