"""Rubric versions are written whole; what does not hold together is refused."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction

from evaluation.actions.rubrics import (
    NewAnchor,
    NewCriterion,
    anchors_of,
    criteria_of,
    ready_made,
    write_rubric,
)
from evaluation.models import Rubric, RubricVersion
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.common.errors import Conflict, NotAllowed, Refused
from tests.evaluation.panels import POINTS, make_room
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db


def test_the_ready_made_criteria_are_five_with_five_points():
    version = write_rubric(project=make_project(), name="Default", criteria=ready_made(), by=None)

    codes = list(version.criteria.values_list("code", flat=True))
    assert codes == ["relevance", "specificity", "completeness", "correctness", "consistency"]
    assert all(len(points) == 5 for points in version.criteria.values_list("points", flat=True))


def test_a_new_version_needs_a_change_and_a_note_and_the_old_one_stays():
    room = make_room(anchors=1)
    old = room.version
    same = {"project": room.project, "name": "Quality", "anchors": anchors_of(old), "by": None}
    with pytest.raises(Refused, match="Nothing changed"):
        write_rubric(criteria=criteria_of(old), **same)
    with pytest.raises(Refused, match="what changed"):
        write_rubric(criteria=[replace(one, question="Now?") for one in criteria_of(old)], **same)

    new = write_rubric(
        criteria=[replace(one, question="Now?") for one in criteria_of(old)], note="Asked anew", after=1, **same
    )

    assert (new.number, new.anchors.count()) == (2, 1)
    assert [one.question for one in old.criteria.all()] == ["Fits?", ""]
    with pytest.raises(Conflict):
        write_rubric(criteria=criteria_of(old), note="late", after=1, **same)
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        RubricVersion.objects.filter(pk=old.pk).update(note="x")


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ([], "1 to 12"),
        ([NewCriterion("R", POINTS[:4])], "5 points"),
        ([NewCriterion("R", POINTS), NewCriterion("r", POINTS)], "Two criteria"),
        ([NewCriterion("!", POINTS)], "letter"),
    ],
)
def test_criteria_that_do_not_hold_are_refused(criteria, message):
    with pytest.raises(Refused, match=message):
        write_rubric(project=make_project(), name="Q", criteria=criteria, by=None)
    assert not Rubric.objects.exists()


def test_anchors_are_complete_known_and_never_held_out():
    room = make_room()
    held = room.items[0].external_id
    gold = {held: {"labels": ["crm"]}}
    import_golden(project=room.project, spec=FreezeSpec("gold", {"test": 1.0}), gold=gold, by=None)
    criteria, scores = [NewCriterion("Fit", POINTS)], {"fit": 3}

    for anchor, message in (
        (NewAnchor("nothing", [], scores), "no item"),
        (NewAnchor(held, [], scores), "held out"),
        (NewAnchor(room.items[1].external_id, [{"code": "nope"}], scores), "label"),
        (NewAnchor(room.items[1].external_id, [], {}), "each criterion"),
        (NewAnchor(room.items[1].external_id, [], {"fit": 6}), "1 to 5"),
        (NewAnchor(room.items[1].external_id, [], {"fit": True}), "1 to 5"),
    ):
        with pytest.raises(Refused, match=message):
            write_rubric(project=room.project, name="Q", criteria=criteria, anchors=[anchor], by=None)


def test_managers_and_adjudicators_write():
    project = make_project()
    for role in (Role.ANNOTATOR, Role.ENGINEER, Role.ANALYST):
        with pytest.raises(NotAllowed):
            write_rubric(project=project, name="Q", criteria=ready_made(), by=make_member(project, role))
    assert write_rubric(project=project, name="Q", criteria=ready_made(), by=make_member(project, Role.ADJUDICATOR))
