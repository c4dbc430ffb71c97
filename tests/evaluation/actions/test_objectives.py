"""Objectives: managers only, one default, sane numbers, everything on the record."""

import pytest
from django.db import IntegrityError, transaction

from evaluation.actions.objectives import Wanted, archive_objective, make_default_objective, set_objective
from evaluation.models import Objective
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_member, make_project, make_taxonomy

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    made = make_project()
    make_taxonomy(made)
    return made


def test_the_first_is_the_default_and_another_takes_its_place(project):
    sales = set_objective(project=project, name="Sales", wanted=Wanted(), by=None)
    search = set_objective(project=project, name="Search", wanted=Wanted(min_recall=0.8), by=None)
    assert (sales.is_default, search.is_default) == (True, False)
    make_default_objective(objective=search, by=None)
    assert Objective.objects.get(is_default=True) == search
    archive_objective(objective=search, archived=True, by=None)
    with pytest.raises(Refused):
        make_default_objective(objective=search, by=None)


def test_a_change_is_numbered_and_on_the_record_with_what_was_before(project):
    set_objective(project=project, name="Sales", wanted=Wanted(), by=None)
    same = set_objective(project=project, name="Sales", wanted=Wanted(), by=None)
    changed = set_objective(project=project, name="Sales", wanted=Wanted(min_precision=0.9), by=None)
    assert (same.number, changed.number) == (1, 2)
    event = AuditEvent.objects.get(kind="objective.changed")
    assert (event.before, event.after) == ({"min_precision": 0.95}, {"min_precision": 0.9, "number": 2})


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(target_f1=1.2),
        Wanted(min_recall=float("nan")),
        Wanted(max_cost=-1),
        Wanted(recall_of={"crm": 2}),
        Wanted(recall_of={"unknown": 0.5}),
        Wanted(purpose="beauty"),
        Wanted(min_precision=None),
    ],
)
def test_numbers_that_make_no_sense_are_refused(project, wanted):
    with pytest.raises(Refused):
        set_objective(project=project, name="Sales", wanted=wanted, by=None)
    assert not Objective.objects.exists()


def test_only_managers(project):
    with pytest.raises(NotAllowed):
        set_objective(project=project, name="S", wanted=Wanted(), by=make_member(project, Role.ENGINEER))
    assert set_objective(project=project, name="S", wanted=Wanted(), by=make_member(project, Role.MANAGER))


def test_the_database_refuses_too(project):
    for fields in ({"min_precision": 1.5}, {"max_cost": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Objective.objects.create(project=project, name="bad", **fields)
    Objective.objects.create(project=project, name="one", is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Objective.objects.create(project=project, name="two", is_default=True)
