"""What an adjudicator goes back to."""

import pytest

from labeling.actions.adjudication import decide
from labeling.actions.rounds import close_round
from labeling.queries.adjudication import last_decided
from tests.labeling.disputes import make_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room():
    room = make_room(items=3)
    for task in room.tasks:
        room.opened(task=task)
        decide(task=task, labels=room.labels("crm"), rationale="", by=room.judge)
    return room


def test_one_goes_back_through_ones_decisions_one_by_one(room):
    first, second, third = room.tasks

    assert last_decided(room.judge, room.project) == third
    assert last_decided(room.judge, room.project, before=third) == second
    assert last_decided(room.judge, room.project, before=second) == first
    assert last_decided(room.judge, room.project, before=first) is None


def test_somebody_elses_decisions_are_not_ones_own(room):
    assert last_decided(room.raters[0], room.project) is None


def test_nothing_is_gone_back_to_once_the_round_is_closed(room):
    close_round(in_round=room.round, by=None)

    assert last_decided(room.judge, room.project) is None
