"""Panels through the API: a rater sees their own next output and never whose it is; figures come after closing."""

import json

import pytest
from django.urls import reverse

from evaluation.actions.panels import close_panel
from evaluation.models import Rating
from labeling.enums import Role
from labeling.models import Sight
from tests.api import bearer
from tests.evaluation.panels import SECRET_RUNS, make_room
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def test_a_rater_is_handed_outputs_blind_and_rates_them(client):
    room = make_room(items=2)
    panel = room.panel()
    me, other = room.raters
    headers, where = bearer(me), [room.project.slug, panel.public_id]
    mine = client.get(reverse("api:my-panels", args=where[:1]), headers=headers)
    assert mine.json() == {
        "results": [{"id": str(panel.public_id), "name": "P", "kind": "scores", "state": "open", "total": 4, "done": 0}]
    }
    said, seats = mine.content, set()
    for number in range(4):
        answer = client.get(reverse("api:next-in-panel", args=where), headers=headers)
        step = answer.json()
        assert (step["step"], step["done"], step["total"]) == ("output", number, 4)
        assert [one["code"] for one in step["criteria"]] == ["relevance", "completeness"]
        assert Sight.objects.filter(user=me).exists()
        seats.add(step["seat"])
        body = {"scores": {"relevance": 4, "completeness": 3}, "comment": "fine"}
        rated = client.post(
            reverse("api:rate-output", args=[*where, step["seat"]]), json.dumps(body), headers=headers,
            content_type="application/json",
        )  # fmt: skip
        assert rated.json() == {"number": 1}
        said += answer.content + rated.content
    assert client.get(reverse("api:next-in-panel", args=where), headers=headers).json()["step"] == "done"
    runs = [str(run.public_id) for run in room.runs]
    outputs = [str(one) for one in panel.outputs.values_list("public_id", flat=True)]
    for secret in (*SECRET_RUNS, *runs, *outputs, "letter", "0.97", other.email):
        assert secret.encode() not in said, secret
    assert len(seats) == 4
    theirs = reverse("api:rate-output", args=[*where, next(iter(seats))])
    body = json.dumps({"scores": {"relevance": 1, "completeness": 1}})
    for person in (other, room.manager):
        answer = client.post(theirs, body, headers=bearer(person), content_type="application/json")
        assert answer.status_code == 404
    assert Rating.objects.count() == 4


def test_figures_wait_for_the_end_and_engineers_learn_no_names(client):
    room = make_room(items=2)
    panel = room.panel()
    engineer = make_member(room.project, Role.ENGINEER)
    where = [room.project.slug, panel.public_id]
    open_still = client.get(reverse("api:panel-figures", args=where), headers=bearer(engineer))
    assert (open_still.status_code, "open" in open_still.json()["detail"]) == (422, True)
    close_panel(panel=panel, with_rest=True, by=room.manager)
    for name in ("panel", "panel-figures"):
        told = {
            person: client.get(reverse(f"api:{name}", args=where), headers=bearer(person)).content.decode()
            for person in (engineer, room.manager)
        }
        assert not any(str(rater) in told[engineer] for rater in room.raters)
    assert "Rater 1" in client.get(reverse("api:panel", args=where), headers=bearer(engineer)).content.decode()


def test_training_comes_first_and_tells_what_was_agreed(client):
    room = make_room(items=2, anchors=1)
    panel = room.panel()
    headers, where = bearer(room.raters[0]), [room.project.slug, panel.public_id]
    step = client.get(reverse("api:next-in-panel", args=where), headers=headers).json()
    assert step["step"] == "anchor"
    assert '"4"' not in json.dumps(step)
    told = client.post(
        reverse("api:rate-anchor", args=[*where, step["seat"]]), headers=headers, content_type="application/json",
        data=json.dumps({"scores": {"relevance": 4, "completeness": 2}}),
    ).json()  # fmt: skip
    assert (told["agreed"], told["why"], told["is_trained"]) == (
        {"relevance": 4, "completeness": 2}, "It names one.", True,
    )  # fmt: skip
    assert client.get(reverse("api:next-in-panel", args=where), headers=headers).json()["step"] == "output"
