"""The API's frame: who gets in, scopes and roles, problems, ETags, pages, and that a session is no way in."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse
from drf_spectacular.drainage import GENERATOR_STATS

from labeling.actions.tokens import issue_token
from labeling.api.problems import flat
from labeling.enums import Role, Scope
from reviewapp.common import policy
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def bearer(user, *scopes, project=None):
    chosen = [str(scope) for scope in scopes or tuple(Scope)]
    issued = issue_token(user=user, name="t", scopes=chosen, days=1, project=project, by=user)
    return {"Authorization": f"Bearer {issued.secret}"}


def test_who_the_token_speaks_for(client):
    project, other = make_project(), make_project()
    ann = make_member(project, Role.ANNOTATOR)
    make_member(other, Role.MANAGER, user=ann)
    me = client.get(reverse("api:me"), headers=bearer(ann, Scope.READ)).json()
    assert me["email"] == ann.email
    assert me["token"]["scopes"] == ["read"]
    assert {one["slug"]: one["roles"] for one in me["projects"]} == {
        project.slug: ["annotator"], other.slug: ["manager"],
    }  # fmt: skip
    bound = bearer(ann, project=project)
    assert [one["slug"] for one in client.get(reverse("api:me"), headers=bound).json()["projects"]] == [project.slug]
    assert client.get(reverse("api:project", args=[other.slug]), headers=bound).status_code == 404


def test_what_is_refused_is_a_problem_with_a_sentence(client):
    project = make_project()
    ann = make_member(project, Role.ANNOTATOR)
    where = reverse("api:project", args=[project.slug])
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer assay_wrong"}, 401),
        ({"Authorization": "Basic x"}, 401),
        (bearer(ann, Scope.PREDICT), 403),
        (bearer(make_member(make_project(), Role.MANAGER)), 404),
    ):
        answer = client.get(where, headers=headers)
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["status"], problem["type"]) == (status, "about:blank")
        assert problem["detail"].endswith(".")
        assert problem["request_id"]
        assert ("WWW-Authenticate" in answer) == (status == 401)
    assert client.delete(where, headers=bearer(ann)).status_code == 405
    client.force_login(ann)
    assert client.get(where).status_code == 401


def test_what_has_not_changed_is_not_sent_again(client):
    project = make_project()
    headers = bearer(make_member(project, Role.ANALYST))
    where = reverse("api:project", args=[project.slug])
    first = client.get(where, headers=headers)
    again = client.get(where, headers={**headers, "If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    project.name = "Another"
    project.save()
    assert client.get(where, headers={**headers, "If-None-Match": first["ETag"]}).status_code == 200


def test_pages_go_on_and_end(client):
    projects = [make_project() for _ in range(3)]
    ann = make_member(projects[0], Role.ANNOTATOR)
    for one in projects[1:]:
        make_member(one, Role.ANALYST, user=ann)
    headers, where, seen = bearer(ann), f"{reverse('api:projects')}?limit=2", []
    while where:
        page = client.get(where, headers=headers).json()
        seen += [one["slug"] for one in page["results"]]
        where = page["next"]
    assert seen == [one.slug for one in reversed(projects)]


def test_a_token_that_asks_too_much_waits(client, monkeypatch):
    cache.clear()
    monkeypatch.setattr("labeling.api.authentication.TokenThrottle.get_rate", lambda self: "2/min")
    headers = bearer(make_member(make_project(), Role.ANALYST))
    statuses = [client.get(reverse("api:me"), headers=headers) for _ in range(3)]
    assert [one.status_code for one in statuses] == [200, 200, 429]
    assert int(statuses[-1]["Retry-After"]) > 0
    cache.clear()


def test_each_verb_of_each_route_asks_for_a_token():
    api = [route for route in policy.routes() if route.name.startswith("api:") and route.policy.kind != "public"]
    assert len(api) >= 3
    for route in api:
        assert route.policy.kind in ("token", "token in project"), route.name
        assert set(route.view.cls.access) <= {"GET", "POST", "PUT", "PATCH", "DELETE"}
        for verb in ("get", "post", "put", "patch", "delete"):
            assert hasattr(route.view.cls, verb) <= (verb.upper() in route.view.cls.access), (route.name, verb)


def test_the_schema_is_3_1_and_names_the_problem_of_every_operation(client):
    GENERATOR_STATS.reset()
    schema = client.get(reverse("api:schema")).json()
    assert not GENERATOR_STATS  # it warns of enums of one name, which it then tells apart by a hash
    made_up = [name for name in schema["components"]["schemas"] if re.search(r"[A-Z0-9][0-9a-f]{2}Enum$", name)]
    assert made_up == []
    assert schema["openapi"].startswith("3.1")
    operations = [one for path in schema["paths"].values() for one in path.values()]
    assert all("default" in one["responses"] for one in operations)
    assert all(one["security"] == [{"token": []}] for one in operations)
    page = client.get(reverse("api:docs"))
    assert b"swagger-ui" in page.content
    assert "script-src 'self';" in page["Content-Security-Policy"] + ";"


def test_nested_messages_are_flat():
    assert flat({"a": ["no"], "b": {"c": ["x"]}, "d": [{}, {"e": ["y"]}]}) == {
        "a": ["no"], "b.c": ["x"], "d.1.e": ["y"],
    }  # fmt: skip
    assert flat(["bad"]) == {"request": ["bad"]}
