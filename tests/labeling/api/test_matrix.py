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
    """With all scopes but the one needed nothing is done, so with any of those neither."""
    world = make_world()
    everything = frozenset(Scope.values)
    sets = [one for scope in Scope for one in (frozenset({scope}), everything - {scope})]
    tokens = {(role, scopes): bearer(world.people[role], *scopes) for role in Role for scopes in sets}
    other = make_project()
    outsiders = [bearer(make_member(other, *Role)), bearer(world.people[Role.MANAGER], project=other)]

    wrong = []
    for route, verb, needed in [(one, *declared) for one in api_routes() for declared in one.view.cls.access.items()]:
        with undone():
            things = {name: world.value_of(route.name, name) for name in parameters(route)}
            url = reverse(route.name, kwargs=things)
            just, without = frozenset({needed.scope}), everything - {needed.scope}
            reached, forbidden = set(), []
            for role in Role:
                if role not in needed.roles:
                    forbidden.append(role)
                    found = {ask(client, verb, url, tokens[role, just])[0]}
                    wrong += [(route.name, verb, role, found)] if found != {404} else []
                    continue
                with undone():
                    status, lacks = ask(client, verb, url, tokens[role, just])
                reached.add(status)
                if lacks or status not in DONE | SAID_NO | {404}:
                    wrong.append((route.name, verb, role, status))
                if (refused := ask(client, verb, url, tokens[role, without])) not in ((403, True), (404, False)):
                    wrong.append((route.name, verb, role, "without its scope", refused))
            for role in forbidden[:1]:  # who may not know of a thing does not learn that a scope is lacking
                if ask(client, verb, url, tokens[role, without])[0] != 404:
                    wrong.append((route.name, verb, role, "learns of it"))
            wanted = DONE if verb == "GET" and route.name not in AFTER_A_STEP else DONE | SAID_NO
            if not reached & wanted and route.name not in IN_TRAININGS:
                wrong.append((route.name, verb, "reached by nobody", reached))
            outside = [ask(client, verb, url, {})[0]]
            if route.policy.kind == "token in project":
                outside += [ask(client, verb, url, headers)[0] for headers in outsiders]
            if outside not in ([401], [401, 404, 404]):
                wrong.append((route.name, verb, "from outside", outside))
    assert not wrong


# nobody has opened the task, closed the panel or the round that its anchor's item is in, or written the file
AFTER_A_STEP = {"api:dispute", "api:panel-figures", "api:next-in-panel", "api:export-file"}
IN_TRAININGS = {"api:feedback", "api:ruling"}  # of other rounds there is none; nor of what raters did not leave open
