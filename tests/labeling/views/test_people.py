import pytest
from django.urls import reverse

from labeling.actions.people import invite
from labeling.enums import Role
from labeling.models import Membership, User
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued():
    project = make_project()
    manager = make_member(project, Role.MANAGER)
    return invite(project=project, email="new@example.org", role=Role.ANALYST, group="", by=manager)


def test_a_new_person_joins_and_is_signed_in(client, issued):
    url = reverse("labeling:invitation", args=[issued.secret])
    assert client.get(url).status_code == 200
    answer = client.post(url, {"name": "New", "password": "a-very-good-password-77"})
    assert answer.status_code == 303
    assert client.get(answer["Location"]).status_code == 200
    assert client.get(url).status_code == 404


def test_a_weak_password_is_refused_and_the_link_stays_good(client, issued):
    url = reverse("labeling:invitation", args=[issued.secret])
    assert client.post(url, {"name": "New", "password": "12345"}).status_code == 422
    assert not User.objects.filter(email="new@example.org").exists()
    assert client.get(url).status_code == 200


def test_somebody_else_who_is_signed_in_cannot_take_it(client, issued):
    client.force_login(make_member(issued.invitation.project, Role.ANNOTATOR))
    url = reverse("labeling:invitation", args=[issued.secret])
    assert client.post(url).status_code == 403
    assert not Membership.objects.filter(role=Role.ANALYST).exists()


def test_the_link_is_shown_once(client, issued):
    manager = Membership.objects.get(role=Role.MANAGER).user
    client.force_login(manager)
    url = reverse("labeling:members", args=[issued.invitation.project.slug])
    page = client.post(url, {"email": "other@example.org", "role": "analyst", "group": ""})
    assert b"/invitations/" in page.content
    assert b'id="link"' not in client.get(url).content
