"""Every route of the API as each role with each scope: found, allowed and done exactly where the view declares it.

Routes join by being routes; what their addresses name comes from tests/world.py::value_of.
"""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from labeling.actions.tokens import issue_token, make_service, revoke_token
from labeling.enums import Role, Scope
from labeling.models import Membership, Token, User
from reviewapp.common import clock
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

    declared = [(route, *said) for route in api_routes() for said in route.view.cls.access.items()]
    wrong = _one_of_each_scope(client, world, declared)
    for turn, (route, verb, needed) in enumerate(declared):
        with undone():
            things = {name: world.value_of(route.name, name) for name in parameters(route)}
            url = reverse(route.name, kwargs=things)
            just, without = frozenset({needed.scope}), everything - {needed.scope}
            reached, forbidden = set(), []
            allowed = sorted(needed.roles)
            one_of_them = allowed[turn % len(allowed)]  # the scope is asked after the role, in one place for all views
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
                if role != one_of_them:
                    continue
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
                outside.append(ask(client, verb, url, outsiders[turn % 2])[0])
            if outside not in ([401], [401, 404]):
                wrong.append((route.name, verb, "from outside", outside))
    assert not wrong


def _one_of_each_scope(client, world, declared):
    """Each role with each single scope at one operation a scope, that of the most roles: allowed for one pair alone."""
    wrong = []
    for scope in Scope:
        mine = [one for one in declared if one[2].scope == scope and set(parameters(one[0])) <= {"project", "round_id"}]
        route, verb, needed = max(mine, key=lambda one: len(one[2].roles))
        url = reverse(route.name, kwargs={name: world.value_of(route.name, name) for name in parameters(route)})
        for role in Role:
            for held in Scope:
                with undone():
                    status, lacks = ask(client, verb, url, bearer(world.people[role], held))
                wanted = (403, True) if held != scope else (status, False)
                if (status, lacks) != (wanted if role in needed.roles else (404, False)):
                    wrong.append((route.name, verb, role, f"with {held}", status, lacks))
    return wrong


def test_a_token_is_worth_what_its_user_is_now(client):
    """Taken out of the project, given another role, deactivated, of another project, ended, or meant for less."""
    project, other = make_project(), make_project()
    person = make_member(project, Role.MANAGER)
    make_member(other, Role.MANAGER, user=person)
    runs, members, settings = (reverse(f"api:{name}", args=[project.slug]) for name in ("runs", "members", "project"))
    headers = bearer(person)
    token = Token.objects.get()

    def found(**of):
        return [ask(client, "GET", url, of or headers)[0] for url in (runs, members, settings)]

    assert found() == [200, 200, 200]
    before = clock.now() - timedelta(days=9)
    for change, wanted in (
        (lambda: Membership.objects.filter(project=project).delete(), [404, 404, 404]),
        (lambda: Membership.objects.filter(project=project).update(role=Role.ANNOTATOR), [404, 404, 200]),
        (lambda: Membership.objects.filter(project=project).update(role=Role.ENGINEER), [200, 404, 200]),
        (lambda: User.objects.update(is_active=False), [401, 401, 401]),
        (lambda: Token.objects.update(project=other), [404, 404, 404]),
        (lambda: Token.objects.update(created_at=before, expires_at=before + timedelta(days=8)), [401, 401, 401]),
        (lambda: revoke_token(token=token, by=person), [401, 401, 401]),
        (lambda: Token.objects.update(scopes=["admin"]), [403, 403, 403]),
    ):
        with undone():
            change()
            assert found() == wanted, wanted
    assert found() == [200, 200, 200]

    bot = make_service(project=other, name="bot", role=Role.ENGINEER, by=person).user
    issued = issue_token(user=bot, name="t", scopes=list(Scope), days=1, by=person)
    Membership.objects.create(project=project, user=bot, role=Role.MANAGER)  # which no action would
    service = {"Authorization": f"Bearer {issued.secret}"}
    assert found(**service) == [404, 404, 404]
    seen = [client.get(reverse(f"api:{name}"), headers=service).content for name in ("me", "projects")]
    assert all(other.slug.encode() in one and project.slug.encode() not in one for one in seen)


# nobody has opened the task, closed the panel or the round that its anchor's item is in, written the file, or named the
# analysis
AFTER_A_STEP = {
    "api:dispute", "api:panel-figures", "api:panel-answers", "api:next-in-panel", "api:export-file", "api:analysis",
}  # fmt: skip
IN_TRAININGS = {"api:feedback", "api:ruling"}  # of other rounds there is none; nor of what raters did not leave open
