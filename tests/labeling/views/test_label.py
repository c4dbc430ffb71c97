"""The labelling room against somebody who sends what no page of ours would send, or watches what comes back."""

import json
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
from labeling.queries.queue import quick_labels
from reviewapp.common import clock
from tests.factories import make_items, make_member, make_project, make_round, make_taxonomy

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


def test_an_answer_with_everything_in_it_is_stored_whole_and_brings_the_next_item(client):
    in_round, ana = make_room()
    seat = claim_seat(in_round=in_round, by=ana)
    ahead = claim_seat(in_round=in_round, by=ana, beside={seat.public_id})
    text = seat.task.item.documents.get().text

    answer = post(
        client, "submit", seat, ana, labels=["crm", "erp"], certainty="unsure", comment="two", is_flagged="on",
        evidence=json.dumps({"crm": [{"document": 0, "start": 0, "end": 7, "text": "forged"}]}),
        beside=str(ahead.public_id), taxonomy="1",
    )  # fmt: skip

    revision = Annotation.objects.get().revisions.get()
    assert (revision.certainty, revision.comment, revision.is_flagged) == ("unsure", "two", True)
    assert revision.taxonomy_version == in_round.taxonomy_version
    assert revision.chosen.get(label__code="crm").evidence == [{"document": 0, "start": 0, "end": 7, "text": text[:7]}]
    told = answer.json()
    assert str(seat.public_id) not in told["ahead"]
    assert str(ahead.public_id) not in told["ahead"]
    assert told["undo"].endswith("/take-back/")


def test_a_quote_that_is_not_in_the_text_stores_nothing(client):
    in_round, ana = make_room()
    seat = claim_seat(in_round=in_round, by=ana)

    answer = post(
        client, "submit", seat, ana, labels="crm", evidence='{"crm": [{"document": 0, "start": 0, "end": 9999}]}'
    )

    assert answer.status_code == 422
    assert "not in the text" in answer.json()["error"]
    assert not Annotation.objects.exists()


def test_a_round_that_asks_for_a_summary_does_not_take_an_answer_without(client):
    in_round, ana = make_room(asks_summary=True)
    seat = claim_seat(in_round=in_round, by=ana)

    refused = post(client, "submit", seat, ana, labels="crm")
    taken = post(client, "submit", seat, ana, labels="crm", summary="It sells a CRM.")

    assert (refused.status_code, taken.status_code) == (422, 200)
    assert Annotation.objects.get().revisions.get().summary == "It sells a CRM."


def test_somebody_signed_out_is_told_so_in_json_and_nothing_is_stored(client):
    in_round, ana = make_room()
    seat = claim_seat(in_round=in_round, by=ana)
    sent = {"labels": "crm", "receipt": hand_out(seat, ana)}

    answer = client.post(at("submit", in_round, seat.public_id), sent, headers=JSON)

    assert answer.status_code == 401
    assert answer.json()["kind"] == "signed_out"
    assert not Annotation.objects.exists()


def test_labels_of_an_older_taxonomy_are_shown_the_difference(client):
    in_round, ana = make_room()
    seat = claim_seat(in_round=in_round, by=ana)
    newer = make_taxonomy(in_round.project, ["crm", "chatbots"])
    type(in_round).objects.filter(pk=in_round.pk).update(taxonomy_version=newer)

    answer = post(client, "submit", seat, ana, labels="erp", taxonomy="1")

    assert answer.status_code == 409
    assert answer.json()["changed"]["added"] == ["chatbots: Chatbots"]
    assert [one.split(":")[0] for one in answer.json()["changed"]["removed"]] == ["erp", "payroll"]
    assert not Annotation.objects.exists()


def test_the_item_ahead_is_kept_for_two_minutes_and_the_one_on_the_page_longer(client):
    in_round, ana = make_room(lease_seconds=1800)
    seat = claim_seat(in_round=in_round, by=ana)

    ahead = claim_seat(in_round=in_round, by=ana, beside={seat.public_id})

    soon = clock.now() + timedelta(seconds=121)
    assert ahead.leased_until < soon < seat.leased_until
    assert claim_seat(in_round=in_round, by=ana) == seat  # a page opened anew goes on where it was


def test_nobody_holds_more_than_twelve_items(client):
    in_round, ana = make_room(20)
    held = []
    while (seat := claim_seat(in_round=in_round, by=ana, beside={one.public_id for one in held})) is not None:
        held.append(seat)

    assert len(held) == 12


def test_the_quick_row_is_the_managers_or_the_raters_own(client):
    in_round, ana = make_room()
    ben = make_member(in_round.project, Role.ANNOTATOR)
    for rater, code in ((ana, "crm"), (ben, "erp")):
        seat = claim_seat(in_round=in_round, by=rater)
        post(client, "submit", seat, rater, labels=code)

    assert quick_labels(ana, in_round) == ["crm"]
    in_round.quick_labels = ["payroll"]
    assert quick_labels(ana, in_round) == ["payroll"]


def test_one_reads_ones_own_answers_only(client):
    in_round, ana = make_room()
    ben = make_member(in_round.project, Role.ANNOTATOR)
    seat = claim_seat(in_round=in_round, by=ana)
    post(client, "submit", seat, ana, labels="crm")
    mine = at("my-answer", in_round, Annotation.objects.get().public_id)

    assert client.get(mine).status_code == 200
    client.force_login(ben)
    assert client.get(mine).status_code == 404


def test_keys_are_chosen_in_the_profile_and_refused_with_a_reason(client):
    ana = make_member(make_project(), Role.ANNOTATOR)
    client.force_login(ana)
    url = reverse("labeling:profile")

    refused = client.post(url, {"keys": "on", "none": "a", "flag": "f8"})
    client.post(url, {"keys": "on", "none": "ctrl+d", "flag": "f8"})

    assert refused.status_code == 422
    assert "Letters find labels" in refused.content.decode()
    ana.refresh_from_db()
    assert ana.keymap == {"none": "ctrl+d", "flag": "f8"}


def test_one_key_for_two_commands_is_refused(client):
    ana = make_member(make_project(), Role.ANNOTATOR)
    client.force_login(ana)

    answer = client.post(reverse("labeling:profile"), {"keys": "on", "none": "f8", "flag": "f8"})

    assert answer.status_code == 422
    ana.refresh_from_db()
    assert ana.keymap == {}
