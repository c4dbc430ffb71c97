"""The labelling room against somebody who sends what no page of ours would send, or watches what comes back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labeling.actions.annotations import hand_out
from labeling.actions.seats import claim_seat
from labeling.enums import Role
from labeling.models import Annotation, Draft
from reviewapp.common import clock
from tests.factories import make_items, make_member, make_project, make_round

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


def make_room(how_many=3, **fields):
    project = make_project()
    in_round = make_round(project, make_items(project, how_many), **{"undo_seconds": 600, **fields})
    return in_round, make_member(project, Role.ANNOTATOR)


def at(name, in_round, *more):
    return reverse(f"labeling:{name}", args=[in_round.project.slug, in_round.public_id, *more])


def post(client, name, seat, by, *, headers=JSON, **sent):
    client.force_login(by)
    sent = {"receipt": hand_out(seat, by), "idempotency_key": str(uuid4()), **sent}
    return client.post(at(name, seat.round, seat.public_id), sent, headers=headers)


HOSTILE = {
    "a number that is no digit": {"taxonomy": "²"},
    "a number too long to read": {"taxonomy": "9" * 5000},
    "a number too large to store": {"taxonomy": "9" * 30},
    "evidence nested too deep": {"evidence": "[" * 100_000},
    "evidence with a number too long to read": {"evidence": '{"crm": ' + "1" * 5000 + "}"},
    "evidence that is not a number": {"evidence": '{"crm": [{"document": 0, "start": NaN, "end": 1}]}'},
    "evidence with half a character": {"evidence": '{"crm": [{"text": "\\ud800"}], "\\ud800": []}'},
    "evidence with a zero character": {"evidence": '{"crm": [{"text": "\\u0000"}], "\\u0000": []}'},
    "a label with a zero character": {"labels": "a\x00b"},
}


@pytest.mark.parametrize("route", ["submit", "draft"])
@pytest.mark.parametrize("what", HOSTILE)
def test_what_no_page_sends_is_no_accident(client, route, what):
    in_round, ana = make_room()
    seat = claim_seat(in_round=in_round, by=ana)

    answer = post(client, route, seat, ana, **{"labels": "crm", **HOSTILE[what]})

    assert answer.status_code in (200, 422)
    kept = str(list(Draft.objects.values_list("content", flat=True)))
    assert "\\x00" not in kept
    assert "\\ud800" not in kept
    assert "nan" not in kept


def late(other_took_it):
    """Somebody whose lease ran out before they submit; meanwhile perhaps another rater took the seat."""
    in_round, ana = make_room(1, raters=1)
    seat = claim_seat(in_round=in_round, by=ana)
    in_round.seats.update(state="open", rater=None, leased_until=None, came_back=True)
    if other_took_it:
        claim_seat(in_round=in_round, by=make_member(in_round.project, Role.ANNOTATOR))
    return in_round, ana, seat


@pytest.mark.parametrize("headers", [JSON, {}], ids=["script", "plain form"])
def test_a_late_answer_is_taken_back_like_any_other(client, headers):
    seen = []
    for other_took_it in (False, True):
        in_round, ana, seat = late(other_took_it)
        post(client, "submit", seat, ana, labels="crm")
        answer = Annotation.objects.get(rater=ana)
        look = client.get(at("my-answer", in_round, answer.public_id)).content
        back = client.post(at("undo", in_round, answer.public_id), headers=headers)
        receipt_holder = in_round.seats.get()
        held = post(client, "renew", receipt_holder, ana).json()
        again = post(client, "submit", receipt_holder, ana, labels="erp")
        seen.append((b"Take back" in look, back.status_code, back.content.count(b"data-seat"), held, again.status_code))

    assert seen[0] == seen[1]
    assert seen[0][0]
    assert [one.revision for one in Annotation.objects.order_by("pk")] == [2, 2]
    assert [one.is_counted for one in Annotation.objects.order_by("pk")] == [True, False]


def test_a_late_answer_moves_ones_own_count_like_any_other(client):
    seen = []
    for other_took_it in (False, True):
        in_round, ana, seat = late(other_took_it)
        post(client, "submit", seat, ana, labels="crm")
        seen.append(b"You have answered 1 of 1 items" in client.get(at("label", in_round)).content)

    assert seen == [True, True]


@pytest.mark.parametrize("route", ["submit", "ahead", "renew", "draft"])
def test_a_click_costs_the_same_in_a_round_of_any_size(client, route):
    counts = []
    for how_many in (3, 30):
        in_round, ana = make_room(how_many)
        seat = claim_seat(in_round=in_round, by=ana)
        client.force_login(ana)
        client.get(at("my-answers", in_round))  # the session is there
        with CaptureQueriesContext(connection) as seen:
            if route == "ahead":
                answer = client.post(at("ahead", in_round), {"beside": str(seat.public_id)}, headers=JSON)
            else:
                sent = {"receipt": hand_out(seat, ana), "labels": "crm", "beside": str(seat.public_id)}
                answer = client.post(at(route, in_round, seat.public_id), sent, headers=JSON)
        assert answer.status_code == 200
        counts.append(len(seen))
        assert not [one["sql"] for one in seen if "count(" in one["sql"].lower()]

    assert counts[0] == counts[1]


def test_nobody_reads_a_seat_that_was_never_theirs(client):
    in_round, ana = make_room()
    ben = make_member(in_round.project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=ana)
    stolen = hand_out(seat, ana)
    client.force_login(ben)

    for route in ("submit", "skip", "draft", "renew"):
        sent = {"receipt": stolen, "labels": "crm", "reason": "other"}
        assert client.post(at(route, in_round, seat.public_id), sent, headers=JSON).status_code == 404

    assert not Annotation.objects.exists()
    assert not Draft.objects.exists()
    seat.refresh_from_db()
    assert seat.rater == ana
    assert seat.leased_until > clock.now() + timedelta(minutes=20)
