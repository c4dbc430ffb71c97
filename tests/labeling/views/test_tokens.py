"""Making and revoking tokens in the browser."""

import re

import pytest
from django.urls import reverse

from labeling.actions.tokens import find_token
from labeling.enums import Role
from labeling.models import Token
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db
ASKS = "allauth.account.decorators.reauthentication.is_reauthentication_required"


@pytest.fixture(autouse=True)
def _just_signed_in(monkeypatch):
    monkeypatch.setattr(ASKS, lambda *_, **__: False)


def secret_on(page):
    return re.search(r'id="secret"[^>]*value="([^"]+)"', page).group(1)


def test_a_person_makes_one_sees_it_once_and_ends_it(client):
    project = make_project()
    ann = make_member(project, Role.ANNOTATOR)
    client.force_login(ann)
    where = reverse("labeling:tokens")
    assert "You have no tokens" in client.get(where).content.decode()
    wrong = client.post(where, {"name": "", "scopes": ["read"], "days": 90})
    assert wrong.status_code == 422
    page = client.post(where, {"name": "<b>", "scopes": ["read"], "days": 90, "project": project.slug}).content.decode()
    token = find_token(secret_on(page))
    assert (token.user, token.project, token.scopes) == (ann, project, ["read"])
    assert "<b>" not in page.split("<main")[1].replace("<bdi>", "")
    assert secret_on(page) not in client.get(where).content.decode()

    client.post(reverse("labeling:revoke-own-token", args=[token.public_id]))
    assert find_token(secret_on(page)) is None
    client.force_login(make_member(project, Role.ANNOTATOR))
    assert client.post(reverse("labeling:revoke-own-token", args=[token.public_id])).status_code == 404


def test_a_manager_lets_a_service_in(client):
    project = make_project()
    client.force_login(make_member(project, Role.MANAGER))
    where = reverse("labeling:services", args=[project.slug])
    sent = {"service": "Airflow", "role": "engineer", "name": "nightly", "scopes": ["read", "predict"], "days": 30}
    secrets = [secret_on(client.post(where, sent).content.decode()) for _ in range(2)]
    assert {find_token(secret).user.name for secret in secrets} == {"Airflow"}
    assert find_token(secrets[0]).user == find_token(secrets[1]).user
    assert "Airflow" not in client.get(reverse("labeling:members", args=[project.slug])).content.decode()
    client.post(reverse("labeling:revoke-token", args=[project.slug, Token.objects.first().public_id]))
    assert sum(find_token(secret) is None for secret in secrets) == 1


def test_somebody_who_signed_in_long_ago_says_their_password_first(client, monkeypatch):
    monkeypatch.setattr(ASKS, lambda *_, **__: True)
    client.force_login(make_member(make_project(), Role.MANAGER))
    answer = client.get(reverse("labeling:tokens"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/")
