"""Pairs are drawn balanced, shown on drawn sides, and chosen between by their rater alone until the panel is closed."""

from collections import Counter

import pytest

from evaluation.actions.panel_pairs import pairs_for, sides_for, submit_choice
from evaluation.actions.panels import close_panel
from evaluation.enums import PanelKind
from evaluation.models import Choice, PanelPair, PanelSeat
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.panels import make_room, make_run

pytestmark = pytest.mark.django_db


def test_many_runs_meet_in_rings_that_show_all_pairs_about_as_often():
    drawn = pairs_for("ABCDEF", items=20, seed="s")

    shown = Counter(pair for item in drawn for pair in item)
    assert all(Counter(run for pair in item for run in pair) == dict.fromkeys("ABCDEF", 2) for item in drawn)
    assert len(shown) == 15
    assert max(shown.values()) - min(shown.values()) <= 2  # 8 of each on average
    assert drawn == pairs_for("ABCDEF", items=20, seed="s") != pairs_for("ABCDEF", items=20, seed="t")


def test_each_of_two_runs_is_as_often_on_the_left():
    flipped = sides_for(dict.fromkeys(range(10), ("A", "B")) | dict.fromkeys(range(10, 15), ("A", "C")), seed="s")

    assert len([pair for pair in flipped if pair < 10]) == 5
    assert len([pair for pair in flipped if pair >= 10]) in (2, 3)


def test_pairs_of_the_same_labels_are_left_out_and_counted():
    room = make_room(items=4)
    twin = make_run(room.project, "twin", room.items, [{"code": "erp", "evidence": "other words"}])

    panel = room.panel(kind=PanelKind.PAIRS, runs=[*room.runs, twin])

    of = dict(panel.runs.values_list("run__name", "letter"))
    alike = " ".join(sorted((of["twin"], of["zebra-model-run"])))
    assert panel.sampling["pairs"] == {"shown": 8, "alike": 4, "alike_by_runs": {alike: 4}}
    assert all(pair.a.panel_run.letter < pair.b.panel_run.letter for pair in PanelPair.objects.all())
    orders = [
        list(rater.seats.order_by("place").values_list("pair", flat=True))
        for rater in panel.raters.filter(role="rater")
    ]
    assert len(set(orders[0])) == 8
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_runs_that_say_the_same_have_no_pairs():
    room = make_room(items=2)
    twin = make_run(room.project, "twin", room.items, [{"code": "erp"}])

    with pytest.raises(Refused, match="same labels"):
        room.panel(kind=PanelKind.PAIRS, runs=[room.runs[0], twin])


@pytest.mark.parametrize(
    ("b_first", "better", "stored"),
    [(False, "left", "a"), (False, "right", "b"), (True, "left", "b"), (True, "right", "a"), (True, "tie", "t")],
)
def test_a_choice_is_of_an_output_whatever_its_side_and_can_be_changed(b_first, better, stored):
    seat = _seat(make_room(items=2), b_first)
    submit_choice(seat=seat, better="tie", by=seat.rater.user)

    submit_choice(seat=seat, better=better, comment=" why ", seconds=3.5, by=seat.rater.user)

    rows = list(Choice.objects.order_by("number").values_list("number", "better", "comment", "seconds"))
    assert rows == [(1, "t", "", None), (2, stored, "why", 3.5)]
    seat.refresh_from_db()
    assert seat.is_done


def test_nobody_else_chooses_and_nobody_after_the_end():
    room = make_room(items=2)
    seat = _seat(room, False)
    panel, other = seat.rater.panel, room.raters[1] if seat.rater.user == room.raters[0] else room.raters[0]
    with pytest.raises(NotAllowed, match="somebody else"):
        submit_choice(seat=seat, better="left", by=other)
    with pytest.raises(Refused, match="left or the right"):
        submit_choice(seat=seat, better="a", by=seat.rater.user)
    with pytest.raises(Refused, match="4 choices are missing"):
        close_panel(panel=panel, by=room.manager)
    close_panel(panel=panel, with_rest=True, by=room.manager)

    with pytest.raises(NotAllowed, match="closed"):
        submit_choice(seat=seat, better="left", by=seat.rater.user)


def _seat(room, b_first):
    panel = room.panel(kind=PanelKind.PAIRS)
    seat = PanelSeat.objects.filter(rater__panel=panel).select_related("rater__panel", "rater__user").first()
    seat.shows_b_first = b_first
    seat.save()
    return seat
