"""Rating blind: nothing on the screen tells which run wrote what, or what others said."""

import re

import pytest
from django.urls import reverse

from evaluation.actions.panel_ratings import submit_rating
from evaluation.models import PanelSeat, Rating
from labeling.actions.seats import claim_seat
from labeling.enums import Role
from labeling.models import Round, Sight
from reviewapp.common import clock
from reviewapp.common.errors import Refused
from tests.evaluation.actions.test_panel_settling import rate_all
from tests.evaluation.panels import SECRET_RUNS, make_room
from tests.factories import make_member, make_round

pytestmark = pytest.mark.django_db


def url(room, name, *rest):
    return reverse(f"evaluation:{name}", args=[room.project.slug, *rest])


def seats_of(panel, user):
    return list(PanelSeat.objects.filter(rater__panel=panel, rater__user=user).select_related("output__panel_run"))


def scores(**more):
    return {"score-relevance": "4", "score-completeness": "2", "comment": "", **more}


def bare(page):
    """A page without what differs on every load and what the output itself says."""
    page = re.sub(r'value="[^"]{30,}"|content="[^"]{30,}"|[0-9a-f-]{36}', "", page)
    page = re.sub(r'<div class="reading.*?<div class="criteria', "", page, flags=re.S)
    return re.sub(r"\s+", " ", page)


def test_two_outputs_of_an_item_differ_in_nothing_but_what_they_say(client):
    room = make_room(items=2)
    panel = room.panel()
    client.force_login(room.raters[0])
    pages = {}
    for seat in seats_of(panel, room.raters[0]):
        page = client.get(url(room, "rate-output", panel.public_id, seat.public_id)).content.decode()
        pages.setdefault(seat.output.panel_run.letter, []).append(page)
        for secret in (*SECRET_RUNS, "0.41", "0.97", "0.3<", "confidence", str(seat.output.public_id)):
            assert secret not in page
        for hidden in (str(run.public_id) for run in room.runs):
            assert hidden not in page
        assert not re.search(rf"\b{seat.place}\s+of\b", page)
    assert len({bare(page) for found in pages.values() for page in found}) == 1
    assert "<mark" in pages[panel.runs.get(run=room.runs[0]).letter][0]  # its quote is marked in the text


def test_ids_of_seats_do_not_sort_by_run():
    room = make_room(items=20)
    panel = room.panel()
    seats = sorted(seats_of(panel, room.raters[0]), key=lambda seat: seat.public_id)
    letters = "".join(seat.output.panel_run.letter for seat in seats)

    assert "A" * 15 not in letters
    assert "AB" * 10 not in letters
    assert all(seat.public_id.version == 4 for seat in seats)


def test_a_rater_rates_goes_on_and_back_and_double_sending_is_harmless(client):
    room = make_room(items=2)
    panel = room.panel()
    client.force_login(room.raters[0])
    where = client.get(url(room, "rate", panel.public_id))["Location"]
    assert client.post(where, {"score-relevance": "4"}).status_code == 422
    key = "6f1c1c9e-0000-4000-8000-000000000002"
    for _ in range(2):
        assert client.post(where, scores(idempotency_key=key, seconds="7.5")).status_code == 303
    assert Rating.objects.get().seconds == 7.5
    after = client.get(url(room, "rate", panel.public_id))["Location"]
    assert after != where
    assert where in client.get(after).content.decode()

    assert "checked" in client.get(where).content.decode()
    client.post(where, scores(**{"score-relevance": "1"}))

    assert Rating.objects.order_by("-number").first().scores["relevance"] == 1
    for _ in range(3):
        client.post(client.get(url(room, "rate", panel.public_id))["Location"], scores())
    assert "You have rated 4 outputs" in client.get(url(room, "rate", panel.public_id)).content.decode()


def test_no_page_of_a_rater_says_what_another_scored_or_who_wrote(client):
    room = make_room(items=2)
    panel = room.panel()
    for seat in seats_of(panel, room.raters[1]):
        submit_rating(seat=PanelSeat.objects.select_related("rater").get(pk=seat.pk), by=room.raters[1],
                      scores={"relevance": 5, "completeness": 1}, comment="secret of another")  # fmt: skip
    client.force_login(room.raters[0])
    own, other = seats_of(panel, room.raters[0])[0], seats_of(panel, room.raters[1])[0]
    for where in (url(room, "panels"), url(room, "rate-output", panel.public_id, own.public_id)):
        page = client.get(where).content.decode()
        assert "secret of another" not in page
        assert "checked" not in page
        assert not any(run in page for run in SECRET_RUNS)
    for where in (
        url(room, "rate-output", panel.public_id, other.public_id), url(room, "panel", panel.public_id),
        url(room, "panel-rulings", panel.public_id), url(room, "recalibrate", panel.public_id), url(room, "runs"),
        url(room, "run", room.runs[0].public_id), url(room, "rubrics"),
    ):  # fmt: skip
        assert client.get(where).status_code == 404, where
    stranger = make_member(room.project, Role.ANNOTATOR)
    client.force_login(stranger)
    assert client.get(url(room, "rate", panel.public_id)).status_code == 404


def test_anchors_show_the_agreed_scores_only_after_rating(client):
    room = make_room(anchors=1)
    panel = room.panel()
    client.force_login(room.raters[0])
    seat = seats_of(panel, room.raters[0])[0]
    away = client.get(url(room, "rate-output", panel.public_id, seat.public_id))
    assert away["Location"] == url(room, "rate", panel.public_id)
    where = client.get(url(room, "rate", panel.public_id))["Location"]
    page = client.get(where).content.decode()
    assert "It names one." not in page
    assert "Agreed" not in page

    client.post(where, scores(**{"score-relevance": "1", "score-completeness": "5"}))
    assert "starts again" in client.get(where).content.decode()
    client.post(f"{where}?again=1", scores())

    page = client.get(where).content.decode()
    assert "It names one." in page
    assert "You passed" in page
    assert "/rate/" in client.get(url(room, "rate", panel.public_id))["Location"]


def test_an_adjudicator_rules_without_knowing_who_wrote_or_rated(client):
    room = make_room(items=2)
    panel = room.panel(reserves=[])
    rate_all(panel, room.raters[0], 1)
    rate_all(panel, room.raters[1], 5)
    client.force_login(room.judge)
    assert "wait for an adjudicator" in client.get(url(room, "panels")).content.decode()
    output = panel.outputs.first()
    where = url(room, "panel-ruling", panel.public_id, output.public_id)
    for page in (client.get(where), client.get(url(room, "panel-rulings", panel.public_id))):
        page = page.content.decode()
        for secret in (*SECRET_RUNS, *map(str, room.raters)):
            assert secret not in page
    assert client.post(where, {"score-relevance": "2"}).status_code == 422

    waiting = client.get(url(room, "panel-rulings", panel.public_id)).content.decode()
    assert "Relevance" in waiting
    said = client.post(where, {"score-relevance": "2", "reason": "So"})
    assert said.status_code == 303
    assert "/rulings/" in said["Location"]
    assert said["Location"] != url(room, "panel-rulings", panel.public_id)  # the next one, not the list

    assert client.get(where).status_code == 404


def test_models_stay_hidden_in_the_adjudication_room_while_the_panel_is_open(client):
    room = make_room(items=2)
    room.panel()
    task = make_round(room.project, room.items[:1]).tasks.get()
    task.state = "disputed"
    task.save()
    client.force_login(room.judge)

    answer = client.post(reverse("evaluation:reveal", args=[room.project.slug, task.public_id]))

    assert answer.status_code == 403
    assert not any(run in answer.content.decode() for run in SECRET_RUNS)


def test_an_item_that_is_labelled_blind_meanwhile_waits_and_one_seen_is_not_labelled(client):
    room = make_room(items=2)
    panel = room.panel()
    ann = room.raters[0]
    client.force_login(ann)
    where = client.get(url(room, "rate", panel.public_id))["Location"]
    client.get(where)
    seen = Sight.objects.get(user=ann).item
    waiting = next(item for item in room.items if item != seen)
    seat = next(seat for seat in seats_of(panel, ann) if seat.output.item == waiting)
    asked = make_round(room.project, room.items)

    assert client.get(url(room, "rate-output", panel.public_id, seat.public_id)).status_code == 404
    assert client.get(where).status_code == 404
    assert "Nothing to rate right now" in client.get(url(room, "rate", panel.public_id)).content.decode()
    assert claim_seat(in_round=asked, by=ann).task.item == waiting
    with pytest.raises(Refused, match="nor in an open round"):
        room.panel(name="Second")

    Round.objects.filter(pk=asked.pk).update(state="closed", closed_at=clock.now())
    assert client.get(where).status_code == 200
