"""Who saw what a model says of an item gets no seat at it."""

import pytest

from labeling.actions.seats import claim_seat
from labeling.actions.sights import note_sights
from labeling.enums import Role
from labeling.models import Sight
from tests.factories import make_items, make_member, make_project, make_round

pytestmark = pytest.mark.django_db


def test_an_item_seen_with_the_models_answer_is_passed_over():
    project = make_project()
    items = make_items(project, 3)
    made = make_round(project, items)
    ann, ben = (make_member(project, Role.ANNOTATOR) for _ in range(2))
    first = claim_seat(in_round=made, by=ben).task.item
    for _ in range(2):
        note_sights(user=ann, items=[first.pk])

    assert Sight.objects.get().item == first
    assert claim_seat(in_round=made, by=ann).task.item != first

    note_sights(user=ann, items=[item.pk for item in items])
    other = make_member(project, Role.ANNOTATOR)
    note_sights(user=other, items=[item.pk for item in items])
    assert claim_seat(in_round=made, by=other) is None
