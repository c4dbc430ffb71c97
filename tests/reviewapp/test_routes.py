"""Every route, every role, every verb: allowed exactly where the declared policy says, and never a server error."""

import re
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.test import Client
from django.urls import reverse

from labeling.enums import Role
from reviewapp.common import policy
from tests.factories import make_member, make_project, make_user
from tests.world import make_world

pytestmark = pytest.mark.django_db

VERBS = ("get", "post", "put", "delete", "head", "options")
OWN = [route for route in policy.routes() if route.policy and not route.name.startswith("account_")]
PROJECT_ROUTES = [route for route in OWN if route.policy.kind == "project"]
CHUNKS = [PROJECT_ROUTES[start::8] for start in range(8)]  # one world for each, which every route finds as it was


@pytest.fixture
def world():
    return make_world()


def address(route, world):
    name = route.name
    found = [part.split(":")[1].rstrip(">") for part in route.pattern.split("<")[1:] for part in [part.split(">")[0]]]
    return reverse(name, kwargs={parameter: world.value_of(name, parameter) for parameter in found})


@contextmanager
def undone():
    """What is written inside is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client, verb, url):
    return getattr(client, verb)(url)


def test_no_route_is_without_a_policy():
    assert not policy.check_routes()
    assert len(PROJECT_ROUTES) > 40


def test_a_route_without_a_policy_stops_the_app(settings):
    settings.ROOT_URLCONF = "tests.reviewapp.undeclared"
    with pytest.raises(ImproperlyConfigured, match="open/"):
        policy.refuse_undeclared_routes()


@pytest.mark.parametrize("routes", CHUNKS, ids=range(len(CHUNKS)))
def test_each_route_as_each_role_and_from_outside(routes, world, client):
    outsiders = tuple(map(signed_in, (make_member(make_project(), *Role), make_user())))
    members = {role: signed_in(world.people[role]) for role in Role}
    for route in routes:
        with undone():
            _walk_as_members(route, world, members)
        with undone():
            _walk_from_outside(route, world, client, outsiders)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def _walk_as_members(route, world, members):
    """Members reach what their role allows and nothing else, and read of raters' names and answers what they may."""
    url = address(route, world)
    inside, outside = (next((role for role in Role if (role in route.policy.roles) == is_in), None) for is_in in (1, 0))
    for role in Role:
        with undone():
            verbs = VERBS if role in (inside, outside) else ("get", "post")
            statuses = _asked_as(role, verbs, route, url, world, members[role])
        if role in route.policy.roles:
            assert statuses & {200, 204, 302, 303, 403, 409, 422} or route.name.endswith(MAY_BE_MISSING), (
                route.name,
                role,
                statuses,
            )


def _asked_as(role, verbs, route, url, world, client):
    """What GET and POST answer to one of the route's roles; the others get nothing."""
    statuses = set()
    for verb in verbs:
        answer = ask(client, verb, url)
        assert answer.status_code < 500, (route.name, role, verb)
        if role not in route.policy.roles:
            assert answer.status_code in (404, 405), (route.name, role, verb, answer.status_code)
        elif verb in ("get", "post"):
            statuses.add(answer.status_code)
            leaks = [word for word in unknown_to(role, world) if word in answer.getvalue()]
            assert not leaks, (route.name, role, verb, leaks)
    return statuses


def unknown_to(role, world):
    """What no page may say to somebody with the role: who labelled, and what they wrote beside it."""
    if role in (Role.MANAGER, Role.ANALYST):
        return []
    raters = world.raters[1:] if role == Role.ANNOTATOR else world.raters
    words = [rater.email for rater in raters]
    if role != Role.ADJUDICATOR:  # who reads the words of A and B once a task is opened
        words += [f"secret of {rater.pk}" for rater in raters]
    return [word.encode() for word in words]


# a post without its form is "not found" where the form names the thing to change; and adjudicators find agreement only
# once the round has ended
MAY_BE_MISSING = (
    ":export", ":export-file",  # of whoever asked for it alone
    "download-acquisition-replay", "steer-alert-rule", "steer-destination", "plan-open-action",
    "rate", "rate-output", "panel-anchor", "panel-ruling", "recalibrate",
    "red-team-round", "red-team-attempt", "new-attack", "bank-attack",  # for who is handed blind work
    "step-canary", "download-canary", "steer-suite",
    "change-role", "steer-run", "choose-objective", "score", "submit", "skip", "draft", "undo", "end-draft", "feedback",
    "choose", "choose-pair", "ask-again",
    "my-answer", "renew", "stored-agreement", "agreement-items", "agreement-download",
)  # fmt: skip


def _walk_from_outside(route, world, client, outsiders):
    """Strangers, members of other projects and the deactivated find nothing."""
    url = address(route, world)
    answer = Client().get(url)
    assert answer.status_code == 405 or (answer.status_code == 302 and "sign-in" in answer["Location"]), route.name
    for stranger, verbs in zip(outsiders, (("get", "post", "put", "delete"), ("get", "post")), strict=True):
        for verb in verbs:
            assert ask(stranger, verb, url).status_code in (404, 405), (route.name, verb)
    person = world.people[Role.MANAGER]
    client.force_login(person)
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    assert client.get(url).status_code in (302, 404, 405), route.name


def test_unknown_and_forbidden_look_the_same(world, client):
    client.force_login(world.people[Role.ANNOTATOR])
    forbidden = client.get(reverse("evaluation:run", args=[world.project.slug, world.run.public_id]))
    unknown = client.get(reverse("evaluation:run", args=[world.project.slug, uuid4()]))
    elsewhere = client.get(reverse("evaluation:run", args=["nowhere", uuid4()]))
    assert forbidden.status_code == unknown.status_code == elsewhere.status_code == 404
    bodies = {
        re.sub(rb'csrf[^>]*content="[^"]*"|value="[^"]*"', b"", answer.content) for answer in (forbidden, unknown)
    }
    assert len(bodies) == 1


def test_every_page_is_private_and_strict(world, client):
    client.force_login(world.people[Role.MANAGER])
    for name in ("project", "labeling:rounds", "evaluation:releases", "labeling:audit"):
        answer = client.get(reverse(name, args=[world.project.slug]))
        assert answer["Cache-Control"] == "no-store, private"
        rules = answer["Content-Security-Policy"]
        assert "default-src 'none'" in rules
        assert "unsafe" not in rules
        assert b"<script>" not in answer.content
        assert b" style=" not in answer.content
        assert b" onclick=" not in answer.content


def test_a_csrf_token_is_needed(world):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.people[Role.MANAGER])
    answer = strict.post(reverse("labeling:archive-project", args=[world.project.slug]))
    assert answer.status_code == 403
    world.project.refresh_from_db()
    assert world.project.archived_at is None
