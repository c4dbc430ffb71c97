"""Who may rule in a panel."""

import pytest

from evaluation.actions.panel_standing import can_rule
from tests.evaluation.panels import make_room


@pytest.mark.django_db
def test_adjudicators_without_a_part_may_rule():
    room = make_room(items=2)
    panel = room.panel()

    assert can_rule(room.judge, panel)
    assert not can_rule(room.raters[0], panel)
    assert not can_rule(room.manager, panel)
