"""The choosing screen: blind in all that can be read of it, harmless twice; its file is of closed panels only."""

import csv
import io
import json
import re
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.urls import reverse

from evaluation.actions.panels import close_panel
from evaluation.enums import PanelKind
from evaluation.models import Choice, PanelOutput, PanelPair, PanelSeat
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.common.errors import Refused
from tests.evaluation.panels import SECRET_RUNS, make_room
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def start(client, items=2):
    room = make_room(items=items)
    panel = room.panel(kind=PanelKind.PAIRS)
    client.force_login(room.raters[0])
    return room, panel, reverse("evaluation:choose", args=[room.project.slug, panel.public_id])


def seats_of(panel, user):
    return list(PanelSeat.objects.filter(rater__panel=panel, rater__user=user).order_by("place"))


def test_choosing_leads_through_all_pairs_and_back(client):
    room, panel, url = start(client)
    first, second = seats_of(panel, room.raters[0])
    page = client.get(url, follow=True)
    assert page.redirect_chain[-1][0].endswith(f"/{first.public_id}/")
    assert page.content.count(b"only X") + page.content.count(b"only Y") == 3
    key = uuid4()
    sent = {"better": "left", "seconds": "2.5", "idempotency_key": key}
    for _ in range(2):  # a double click
        assert client.post(f"{url}{first.public_id}/", sent).status_code == 303
    page = client.get(f"{url}{first.public_id}/")

    assert Choice.objects.get().seconds == 2.5
    assert b"You chose X here" in page.content
    page = client.get(url, follow=True)
    assert f"{first.public_id}/".encode() in page.content  # the way back
    assert b"You chose X before this" in page.content
    client.post(f"{url}{second.public_id}/", {"better": "tie"})
    assert b"last pair" in client.get(url).content
    assert client.post(f"{url}{second.public_id}/", {"better": "a"}).status_code == 422


def test_nothing_that_a_rater_can_read_says_which_run_it_was(client):
    room, panel, url = start(client, items=4)
    secrets = {*SECRET_RUNS, "0.41", "0.97", *(str(run.public_id) for run in room.runs)}
    secrets |= {str(one) for one in PanelOutput.objects.values_list("public_id", flat=True)}
    secrets |= {str(one) for one in PanelPair.objects.values_list("public_id", flat=True)}
    for seat in seats_of(panel, room.raters[0]):
        answer = client.get(f"{url}{seat.public_id}/")
        body = answer.content.decode()
        assert not [secret for secret in secrets if secret in body + str(answer.headers)]
        assert not re.search(r"b_first|data-(run|pair|output|letter)\b", body)


def test_the_page_is_made_of_what_was_said_and_not_of_who_said_it(client):
    """With the runs exchanged and the sides with them, the same words stand in the same places: byte for byte."""
    room, panel, url = start(client)
    seat = seats_of(panel, room.raters[0])[0]
    one, other = seat.pair.a, seat.pair.b
    before = _page(client, f"{url}{seat.public_id}/")

    for output, labels in ((one, other.labels), (other, one.labels)):
        PanelOutput.objects.filter(pk=output.pk).update(labels=labels)
    PanelSeat.objects.filter(pk=seat.pk).update(shows_b_first=not seat.shows_b_first)

    assert _page(client, f"{url}{seat.public_id}/") == before


def _page(client, url):
    return re.sub(r'(csrf[^>]*|value)="[^"]*"', "", client.get(url).content.decode())


def test_a_choice_answers_the_same_whatever_was_chosen(client):
    room, panel, url = start(client, items=3)
    seats = seats_of(panel, room.raters[0])

    answers = [client.post(f"{url}{seat.public_id}/", {"better": side})
               for seat, side in zip(seats, ("left", "right", "tie"), strict=True)]  # fmt: skip

    assert {(answer.status_code, answer["Location"], answer.content) for answer in answers} == {(303, url, b"")}


def test_another_raters_pair_and_the_file_are_not_found_by_raters(client):
    room, panel, url = start(client)
    other = seats_of(panel, room.raters[1])[0]

    assert client.get(f"{url}{other.public_id}/").status_code == 404
    assert client.post(f"{url}{other.public_id}/", {"better": "left"}).status_code == 404
    for form in ("csv", "jsonl", "json"):
        assert client.get(_file(panel, form)).status_code == 404
    client.force_login(room.reserve)
    assert client.get(f"{url}{other.public_id}/").status_code == 404
    client.force_login(room.judge)
    assert client.get(url).status_code == 404


def test_the_file_is_for_readers_of_a_closed_panel(client):
    room, panel, url = start(client)
    for user in room.raters:
        client.force_login(user)
        for seat in seats_of(panel, user):
            client.post(f"{url}{seat.public_id}/", {"better": "left", "comment": "=1+1"})
    client.force_login(room.manager)
    assert client.get(_file(panel, "csv")).status_code == 422
    close_panel(panel=panel, by=room.manager)

    rows = [json.loads(line) for line in client.get(_file(panel, "jsonl")).content.decode().splitlines()]

    assert len(rows) == 4
    assert all(row["better"] == row["on_the_left"] and row["side"] == "left" for row in rows)
    assert {row["rater"] for row in rows} == {user.email for user in room.raters}
    assert {row["run_a"] for row in rows} | {row["run_b"] for row in rows} == set(SECRET_RUNS)
    page = client.get(reverse("evaluation:panel", args=[room.project.slug, panel.public_id])).content.decode()
    assert _file(panel, "csv") in page
    assert "0 left out" in page
    out = io.StringIO()
    call_command("panel", room.project.slug, "export", panel.name, stdout=out)
    assert [json.loads(line) for line in out.getvalue().splitlines()] == rows
    client.force_login(make_member(room.project, Role.ENGINEER))
    sheet = client.get(_file(panel, "csv")).content.decode()
    assert {row["rater"] for row in csv.DictReader(io.StringIO(sheet))} == {"Rater 1", "Rater 2"}
    assert "'=1+1" in sheet
    assert not [user for user in room.raters if user.email in sheet]
    gold = {room.items[0].external_id: {"labels": ["crm"], "split": "test"}}
    with pytest.raises(Refused, match="went out in a training file"):
        import_golden(project=room.project, spec=FreezeSpec("gold", {"test": 1.0}), gold=gold, by=None)


def _file(panel, form):
    return reverse("evaluation:panel-answers", args=[panel.project.slug, panel.public_id, form])
