"""Ratings and trainings: whole, one's own, in time."""

from datetime import timedelta

import pytest

from evaluation.actions.panel_ratings import rate_anchor, submit_rating
from evaluation.actions.panel_standing import is_trained
from evaluation.actions.panels import close_panel
from evaluation.models import Rating, RubricTraining
from labeling.enums import Role
from labeling.models import Membership
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.panels import make_room

pytestmark = pytest.mark.django_db
SCORES = {"relevance": 3, "completeness": 2}


def first_seat(panel, user):
    return panel.raters.get(user=user).seats.select_related("rater").order_by("place")[0]


def test_a_newer_rating_counts_and_the_older_one_stays():
    room = make_room()
    seat = first_seat(room.panel(), room.raters[0])
    submit_rating(seat=seat, scores=SCORES, seconds=4.5, by=room.raters[0])

    again = submit_rating(seat=seat, scores={**SCORES, "relevance": 5}, comment=" why ", by=room.raters[0])

    assert (again.number, again.comment) == (2, "why")
    assert Rating.objects.count() == 2


@pytest.mark.parametrize("scores", [{}, {"relevance": 3}, {**SCORES, "x": 1}, {**SCORES, "relevance": 6}])
def test_scores_are_whole(scores):
    room = make_room()
    with pytest.raises(Refused):
        submit_rating(seat=first_seat(room.panel(), room.raters[0]), scores=scores, by=room.raters[0])
    assert not Rating.objects.exists()


def test_only_ones_own_while_blind_and_open():
    room = make_room()
    panel = room.panel()
    seat = first_seat(panel, room.raters[0])
    with pytest.raises(NotAllowed, match="somebody else"):
        submit_rating(seat=seat, scores=SCORES, by=room.raters[1])
    held = Membership.objects.create(project=room.project, user=room.raters[0], role=Role.ENGINEER)
    with pytest.raises(NotAllowed, match="blind"):
        submit_rating(seat=seat, scores=SCORES, by=room.raters[0])
    held.delete()
    close_panel(panel=panel, with_rest=True, by=room.manager)
    with pytest.raises(NotAllowed, match="closed"):
        submit_rating(seat=seat, scores=SCORES, by=room.raters[0])


def test_anchors_come_first_and_are_repeated_until_passed():
    room = make_room(anchors=2)
    panel, rater = room.panel(), room.raters[0]
    seat = first_seat(panel, rater)
    with pytest.raises(NotAllowed, match="training"):
        submit_rating(seat=seat, scores=SCORES, by=rater)
    anchors = list(room.version.anchors.all())  # agreed: relevance 4, completeness 2

    for anchor in anchors:
        rate_anchor(panel=panel, anchor=anchor, scores={"relevance": 1, "completeness": 2}, by=rater)
    assert not is_trained(rater, room.version)
    for anchor in anchors:
        made = rate_anchor(panel=panel, anchor=anchor, scores={"relevance": 5, "completeness": 1}, by=rater)
        assert made.attempt == 2

    assert RubricTraining.objects.get().within_one == 1.0
    assert submit_rating(seat=seat, scores=SCORES, by=rater)
    RubricTraining.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(NotAllowed, match="expired"):
        submit_rating(seat=seat, scores=SCORES, by=rater)
    with pytest.raises(NotAllowed, match="not yours"):
        rate_anchor(panel=panel, anchor=anchors[0], scores=SCORES, by=room.judge)
