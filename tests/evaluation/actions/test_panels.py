"""Panels are drawn once: from what all runs answered, never from what is held out, by people who cannot see runs."""

from itertools import pairwise

import pytest

from evaluation.actions.panels import close_panel
from evaluation.enums import OutputState
from evaluation.models import Panel, PanelOutput
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from labeling.models import Membership
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.panels import make_room, make_run
from tests.factories import make_items, make_member

pytestmark = pytest.mark.django_db


def test_every_rater_has_every_output_and_no_item_twice_in_a_row():
    room = make_room(items=4)

    panel = room.panel(by=["sector"])

    assert panel.outputs.count() == 8
    assert sorted(panel.runs.values_list("letter", flat=True)) == ["A", "B"]
    orders = []
    for rater in panel.raters.filter(role="rater"):
        rows = list(rater.seats.order_by("place").values_list("output__item", "output"))
        assert len({output for _, output in rows}) == 8
        assert all(one[0] != other[0] for one, other in pairwise(rows))
        orders.append(rows)
    assert orders[0] != orders[1]
    assert not panel.raters.get(role="reserve").seats.exists()
    keys = {key for labels in panel.outputs.values_list("labels", flat=True) for one in labels for key in one}
    assert keys == {"code", "evidence"}


def test_the_same_seed_draws_the_same():
    room = make_room(items=6)
    panels = []
    for _ in range(2):
        panel = room.panel(size=3)
        seats = [list(rater.seats.order_by("place").values_list("output__item", flat=True))
                 for rater in panel.raters.order_by("pk")]  # fmt: skip
        panels.append((list(panel.runs.order_by("run").values_list("letter", flat=True)), seats))
        Panel.objects.filter(pk=panel.pk).update(name=f"was {panel.pk}")

    assert panels[0] == panels[1]


def test_only_items_that_all_runs_answered_and_none_that_is_held_out():
    room = make_room(items=4)
    gold = {item.external_id: {"labels": ["crm"], "split": "test"} for item in room.items[:1]}
    import_golden(project=room.project, spec=FreezeSpec("gold", {"test": 1.0}), gold=gold, by=None)
    other = make_run(room.project, "other", [*room.items[:3], *make_items(room.project, 2)], [])

    panel = room.panel(runs=[*room.runs, other], size=2)

    assert set(panel.outputs.values_list("item", flat=True)) == {room.items[1].pk, room.items[2].pk}
    with pytest.raises(Refused, match="2 items"):
        room.panel(runs=[*room.runs, other], size=3, name="Q")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda room: {"raters": room.raters[:1]}, "two raters"),
        (lambda room: {"raters": [*room.raters, room.manager]}, "annotators"),
        (lambda room: {"reserves": room.raters[:1]}, "named once"),
        (lambda room: {"runs": room.runs[:1] * 2}, "different runs"),
        (lambda room: {"size": 1}, "side by side"),
        (lambda room: {"kind": "none"}, "between pairs"),
    ],
)
def test_what_cannot_be_a_panel_is_refused_whole(change, message):
    room = make_room()

    with pytest.raises(Refused, match=message):
        room.panel(**change(room))

    assert not Panel.objects.exists()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ENGINEER, Role.ANALYST])
def test_whoever_can_see_runs_cannot_rate(role):
    room = make_room()
    Membership.objects.create(project=room.project, user=room.raters[0], role=role)

    with pytest.raises(Refused, match="blind"):
        room.panel()


def test_only_a_manager_makes_and_closes():
    room = make_room()
    panel = room.panel()
    with pytest.raises(NotAllowed):
        close_panel(panel=panel, by=make_member(room.project, Role.ENGINEER))
    with pytest.raises(Refused, match="6 outputs"):
        close_panel(panel=panel, by=room.manager)

    closed = close_panel(panel=panel, with_rest=True, by=room.manager)

    assert closed.closed_at
    assert PanelOutput.objects.filter(state=OutputState.OPEN).count() == 6
    with pytest.raises(NotAllowed, match="already"):
        close_panel(panel=panel, with_rest=True, by=room.manager)
