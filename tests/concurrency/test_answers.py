"""Answers that come in while somebody else changes what they are about, on real PostgreSQL."""

from threading import Event, Thread

import pytest
from django.db import close_old_connections, connection, transaction

from labeling.actions.adjudication import open_for_adjudication
from labeling.actions.annotations import take_back
from labeling.actions.returns import return_to_rater
from labeling.actions.rounds import close_round
from labeling.actions.seats import claim_seat
from labeling.actions.versions import adopt_taxonomy
from labeling.enums import Role
from labeling.models import Annotation, Seat
from reviewapp.common.errors import NotAllowed, Refused
from tests.concurrency.test_queue import together
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy
from tests.known import answer
from tests.labeling.disputes import make_room

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def answer_while(change, seat, rater):
    """Answer a seat while `change` is done but not committed yet; what the answer said."""
    is_done, said = Event(), []

    def slowly():
        close_old_connections()
        try:
            with transaction.atomic():
                change()
                is_done.set()
                Event().wait(0.5)  # the answer comes now
        finally:
            connection.close()

    changing = Thread(target=slowly)
    changing.start()
    assert is_done.wait(10)
    try:
        said.append(answer(seat, rater, "crm"))
    except Refused as refusal:
        said.append(refusal)
    changing.join()
    return said[0]


def test_no_answer_slips_in_under_the_old_taxonomy():
    project = make_project()
    made = make_round(project, make_items(project, 1))
    rater = make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=made, by=rater)
    seat.round = made  # what the page was made from
    newer = make_taxonomy(project)

    said = answer_while(lambda: adopt_taxonomy(in_round=made, version=newer, by=None), seat, rater)

    assert isinstance(said, Refused)
    assert not Annotation.objects.exists()


def test_no_answer_slips_into_a_round_that_is_being_closed():
    project = make_project()
    made = make_round(project, make_items(project, 1))
    rater = make_member(project, Role.ANNOTATOR)
    seat = claim_seat(in_round=made, by=rater)

    said = answer_while(lambda: close_round(in_round=made, by=None), seat, rater)

    assert said.is_counted is False


@pytest.mark.parametrize("what", ["taken back", "returned"])
def test_an_answer_sent_twice_and_undone_at_once_ends_one_way(what):
    room = make_room(items=25, undo_seconds=0 if what == "returned" else 600)
    rater = room.raters[0]

    for seat in list(Seat.objects.filter(rater=rater).select_related("round")):
        if what == "returned":
            open_for_adjudication(task=seat.task, by=room.judge)

        def work(act, seat=seat):
            try:
                if act == "send":
                    return answer(seat, rater, "crm")
                if what == "returned":
                    return return_to_rater(task=seat.task, who="A", reason="unreadable", by=room.judge)
                return take_back(annotation=Annotation.objects.get(task=seat.task, rater=rater), by=rater)
            except NotAllowed:
                return None

        together(work, ["send", "undo", "send"])

    assert Annotation.objects.filter(rater=rater).count() == 25
