"""Which answers agreement is measured on when some were returned to their raters."""

import pytest

from evaluation.queries.ratings import ratings_of
from labeling.actions.annotations import Answer, hand_out, submit_annotation
from labeling.actions.returns import return_to_rater
from labeling.actions.seats import claim_seat, free_leases_of
from labeling.enums import ReturnReason, Role
from tests.factories import make_member
from tests.labeling.disputes import answer, make_room

pytestmark = pytest.mark.django_db


def said(in_round):
    return sorted(sorted(labels) for _, _, labels in ratings_of(in_round))


def test_a_returned_answer_goes_on_counting_as_it_was():
    room = make_room()
    back = return_to_rater(task=room.opened(), who="A", reason=ReturnReason.UNREADABLE, by=room.judge)
    rater = back.annotation.rater
    before = said(room.round)

    seat = claim_seat(in_round=room.round, by=rater)
    submit_annotation(seat=seat, receipt=hand_out(seat, rater), answer=Answer(labels=[]), by=rater)

    assert before == said(room.round) == [["crm"], ["erp"]]


def test_also_when_it_never_comes_back_and_another_takes_the_seat():
    room = make_room()
    back = return_to_rater(task=room.opened(), who="A", reason=ReturnReason.UNREADABLE, by=room.judge)
    free_leases_of(rater=back.annotation.rater)

    answer(room.round, make_member(room.project, Role.ANNOTATOR), ["payroll"])

    assert said(room.round) == [["crm"], ["erp"], ["payroll"]]
