"""Orders of outputs: everything once, nothing of one item side by side."""

from itertools import pairwise

import pytest

from evaluation.actions.panel_seats import ask_reserve, order_for
from tests.evaluation.panels import make_room
from tests.factories import make_member


@pytest.mark.parametrize(("items", "runs"), [(2, 2), (2, 5), (3, 2), (7, 3), (40, 2)])
def test_no_item_is_side_by_side_whatever_the_seed(items, runs):
    outputs = {number: number // runs for number in range(items * runs)}
    for seed in range(50):
        order = order_for(outputs, seed=str(seed))
        assert sorted(order) == sorted(outputs)
        assert all(outputs[one] != outputs[other] for one, other in pairwise(order))
    assert len({tuple(order_for(outputs, seed=str(seed))) for seed in range(50)}) > 3


@pytest.mark.django_db
def test_the_reserve_with_the_fewest_seats_is_asked_and_nobody_twice():
    room = make_room(items=2)
    panel = room.panel(reserves=[room.reserve, make_member(room.project, "annotator")])
    first, second = panel.outputs.order_by("pk")[:2]

    seats = [ask_reserve(first), ask_reserve(second), ask_reserve(first)]

    assert seats[0].rater != seats[1].rater
    assert seats[0].rater != seats[2].rater
    assert ask_reserve(first) is None
