"""After a panel its outputs become anchors of a new rubric version, and old trainings do not hold for it."""

import pytest

from evaluation.actions.panel_anchors import recalibrate
from evaluation.actions.panel_standing import is_trained
from evaluation.actions.panels import close_panel
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.actions.test_panel_settling import rate_all
from tests.evaluation.panels import make_room

pytestmark = pytest.mark.django_db


def test_settled_outputs_become_anchors_of_a_new_version():
    room = make_room(items=2)
    panel = room.panel()
    rate_all(panel, room.raters[0], 3)
    rate_all(panel, room.raters[1], 4)
    output = panel.outputs.first()
    with pytest.raises(NotAllowed):
        recalibrate(panel=panel, chosen={output.public_id: "So"}, note="First anchors", by=room.manager)
    panel = close_panel(panel=panel, by=room.manager)
    twice = {one.public_id: "" for one in panel.outputs.filter(item=output.item)}
    for chosen in ({}, twice):
        with pytest.raises(Refused):
            recalibrate(panel=panel, chosen=chosen, note="First anchors", by=room.manager)
    assert is_trained(room.raters[0], room.version)

    version = recalibrate(panel=panel, chosen={output.public_id: "So"}, note="First anchors", by=room.judge)

    anchor = version.anchors.get()
    assert (version.number, anchor.scores, anchor.why) == (2, {"relevance": 3, "completeness": 3}, "So")
    assert not is_trained(room.raters[0], version)
