from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from labeling.actions import people
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.seats import claim_seat
from labeling.enums import Role, SeatState
from labeling.models import Annotation, Invitation, Membership, User
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project, make_round, make_taxonomy, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def manager(project):
    return make_member(project, Role.MANAGER)


def test_a_link_lets_one_person_in_once(project, manager):
    issued = people.invite(project=project, email="New@Example.org", role=Role.ANALYST, group="legal", by=manager)
    assert issued.secret not in str(vars(issued.invitation))
    found = people.find_invitation(issued.secret)
    user = make_user("new@example.org")
    people.accept(invitation=found, user=user)
    member = Membership.objects.get(user=user)
    assert (member.role, member.group) == (Role.ANALYST, "legal")
    assert people.find_invitation(issued.secret) is None
    with pytest.raises(NotAllowed):
        people.accept(invitation=found, user=user)


def test_links_that_do_not_work(project, manager):
    issued = people.invite(project=project, email="a@example.org", role=Role.ANALYST, group="", by=manager)
    assert people.find_invitation("guess") is None
    with pytest.raises(NotAllowed):
        people.accept(invitation=issued.invitation, user=make_user("other@example.org"))
    old = Invitation.objects.get(pk=issued.invitation.pk)
    Invitation.objects.update(expires_at=old.created_at - timedelta(days=1))
    assert people.find_invitation(issued.secret) is None
    Invitation.objects.update(expires_at=old.expires_at)
    people.revoke(invitation=old, by=manager)
    assert people.find_invitation(issued.secret) is None


def test_deactivating_frees_leases_and_keeps_work(project, manager):
    make_taxonomy(project)
    made = make_round(project)
    rater = make_member(project, Role.ANNOTATOR)
    first = claim_seat(in_round=made, by=rater)
    submit_annotation(seat=first, receipt=hand_out(first, rater), answer=Answer(labels=[]), by=rater)
    held = claim_seat(in_round=made, by=rater)
    people.deactivate(project=project, user=rater, by=manager)
    held.refresh_from_db()
    assert (held.state, held.came_back) == (SeatState.OPEN, True)
    assert Annotation.objects.filter(rater=rater).exists()
    assert not User.objects.get(pk=rater.pk).is_active


def test_the_last_manager_stays(project, manager):
    with pytest.raises(NotAllowed, match="last manager"):
        people.remove_role(project=project, user=manager, role=Role.MANAGER, by=manager)
    second = make_member(project, Role.MANAGER)
    people.remove_role(project=project, user=second, role=Role.MANAGER, by=manager)


def test_who_works_elsewhere_too_is_not_locked_out(project, manager):
    person = make_member(project, Role.ANNOTATOR)
    make_member(make_project(), Role.ANNOTATOR, user=person)
    with pytest.raises(NotAllowed, match="other projects"):
        people.deactivate(project=project, user=person, by=manager)


def test_addresses_are_one_person_whatever_their_case(project):
    people.create_user(email="Ann@Example.org", by=None)
    with pytest.raises(Refused):
        people.create_user(email="ann@example.ORG", by=None)
    with pytest.raises(ValidationError):
        people.create_user(email="not an address", by=None)
    with pytest.raises(ValidationError):
        people.create_user(email="weak@example.org", password="password", by=None)


def test_raters_of_a_file_become_inactive_accounts(project):
    found = people.rater_accounts(project=project, names=["coder 1", "c2"], by=None)
    assert not any(user.is_active for user in found.values())
    assert found["c2"].email == f"c2@raters.{project.slug}.invalid"
    again = people.rater_accounts(project=project, names=["coder 1", "c2"], by=None)
    assert {user.pk for user in again.values()} == {user.pk for user in found.values()}


def test_only_managers_change_roles(project):
    rater, other = make_member(project, Role.ANNOTATOR), make_user()
    for act in (
        lambda: people.add_role(project=project, user=other, role=Role.ANNOTATOR, by=rater),
        lambda: people.remove_role(project=project, user=rater, role=Role.ANNOTATOR, by=rater),
        lambda: people.invite(project=project, email="x@example.org", role=Role.ANALYST, group="", by=rater),
        lambda: people.deactivate(project=project, user=other, by=rater),
    ):
        with pytest.raises(NotAllowed):
            act()
