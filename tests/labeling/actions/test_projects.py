import pytest
from django.core.exceptions import ValidationError

from labeling import rules
from labeling.actions.projects import archive_project, create_project, set_up_project, unarchive_project
from labeling.enums import Role
from labeling.models import AuditEvent, Membership
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def test_whoever_makes_a_project_manages_it():
    manager = make_member(make_project(), Role.MANAGER)
    project = create_project(slug="acme", name="Acme", by=manager)
    assert Membership.objects.get(project=project).user == manager


def test_only_managers_and_the_operator_make_projects():
    with pytest.raises(NotAllowed):
        create_project(slug="acme", name="Acme", by=make_user())


@pytest.mark.parametrize("slug", ["new", "", "no spaces", "x" * 61])
def test_short_names_that_cannot_be(slug):
    with pytest.raises((Refused, ValidationError)):
        create_project(slug=slug, name="Acme", by=None)


def test_an_archived_project_does_not_change():
    project = make_project()
    archive_project(project=project, by=None)
    with pytest.raises(NotAllowed):
        rules.check_not_archived(project)
    unarchive_project(project=project, by=None)
    rules.check_not_archived(project)
    kinds = list(AuditEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["project.archived", "project.unarchived"]


def test_a_change_of_settings_is_on_record():
    project = make_project()
    set_up_project(project=project, name="New", description="", raters=3, objective=0.7, slices=["a"], by=None)
    event = AuditEvent.objects.get()
    assert event.before["raters"] == 2
    assert event.after["raters"] == 3
