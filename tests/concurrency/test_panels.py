"""The last two ratings of an output sent at once settle it once, on real PostgreSQL."""

import pytest

from evaluation.actions.panel_ratings import submit_rating
from evaluation.enums import OutputState
from evaluation.models import PanelSeat, Rating, SettledScore
from tests.concurrency.test_queue import together
from tests.evaluation.panels import make_room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ITEMS, CRITERIA = 6, 2


@pytest.mark.parametrize("second", [4, 1], ids=["they agree", "a reserve is asked"])
def test_the_last_two_ratings_of_an_output_settle_it_once(second):
    room = make_room(items=ITEMS)
    panel = room.panel(runs=room.runs[:1])
    seats = PanelSeat.objects.filter(rater__panel=panel, rater__role="rater").select_related("rater__user")

    def rate(seat):
        score = 4 if seat.rater.user_id == room.raters[0].pk else second
        submit_rating(seat=seat, scores={"relevance": score, "completeness": score}, by=seat.rater.user)

    for output in panel.outputs.all():
        together(rate, list(seats.filter(output=output)))

    assert Rating.objects.count() == ITEMS * 2
    asked = PanelSeat.objects.filter(rater__role="reserve").count()
    settled, states = SettledScore.objects.count(), set(panel.outputs.values_list("state", flat=True))
    if second == 4:
        assert (settled, asked, states) == (ITEMS * CRITERIA, 0, {OutputState.SETTLED})
    else:
        assert (settled, asked, states) == (0, ITEMS, {OutputState.OPEN})
