"""Panels in the browser: made and closed by managers, read by those who may."""

import pytest
from django.urls import reverse

from evaluation.models import Panel, RubricVersion
from labeling.enums import Role
from tests.evaluation.panels import SECRET_RUNS, make_room
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def url(room, name, *rest):
    return reverse(f"evaluation:{name}", args=[room.project.slug, *rest])


def form(room, **more):
    return {
        "name": "First", "kind": "scores", "runs": [str(run.public_id) for run in room.runs],
        "rubric": str(room.version.public_id), "size": "3", "by": ["sector"], "allocation": "proportional",
        "raters": [str(user.public_id) for user in room.raters], "reserves": [str(room.reserve.public_id)],
        "settling": "median", "seed": "4",
    } | more  # fmt: skip


def test_a_manager_makes_one_and_closes_it(client):
    room = make_room()
    client.force_login(room.manager)
    page = client.get(url(room, "new-panel")).content.decode()
    assert SECRET_RUNS[0] in page
    assert str(room.manager.public_id) not in page.split("<main")[1]  # who sees runs is not offered as a rater
    key = "6f1c1c9e-0000-4000-8000-000000000001"
    assert client.post(url(room, "new-panel"), form(room, size="9")).status_code == 422

    for _ in range(2):
        answer = client.post(url(room, "new-panel"), form(room, idempotency_key=key))

    panel = Panel.objects.get()
    assert answer["Location"] == url(room, "panel", panel.public_id)
    assert "6 outputs" in client.get(answer["Location"]).content.decode()
    assert client.post(url(room, "close-panel", panel.public_id)).status_code == 422
    client.post(url(room, "close-panel", panel.public_id), {"with_rest": "on"})
    panel.refresh_from_db()
    assert panel.closed_at
    assert client.get(url(room, "recalibrate", panel.public_id)).status_code == 200


def test_engineers_read_without_names(client):
    room = make_room()
    panel = room.panel()
    client.force_login(make_member(room.project, Role.ENGINEER))

    page = client.get(url(room, "panel", panel.public_id)).content.decode()

    assert "Rater 1" in page
    assert str(room.raters[0]) not in page
    assert client.get(url(room, "new-panel")).status_code == 404


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_the_same_number_of_questions(client, item_count, django_assert_num_queries):
    room = make_room()
    for number in range(item_count):
        room.panel(name=f"P{number}")
    client.force_login(room.manager)
    client.get(url(room, "panels"))

    with django_assert_num_queries(8):
        client.get(url(room, "panels"))


def test_a_rubric_is_written_from_what_is_ready_made_and_then_changed(client):
    room = make_room()
    client.force_login(room.judge)
    page = client.get(url(room, "new-rubric")).content.decode()
    assert "Specificity" in page
    points = "\n".join(["none", "little", "half", "most", "all"])
    sent = {
        "form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "1", "form-0-name": "Fit", "form-0-points": points,
        "form-1-name": "", "name": "Own",
    }  # fmt: skip
    assert client.post(url(room, "new-rubric"), {**sent, "form-0-points": "only one"}).status_code == 422
    answer = client.post(url(room, "new-rubric"), sent)
    version = RubricVersion.objects.get(rubric__name="Own")
    assert answer.status_code == 303
    changed = {**sent, "form-0-question": "Does it?", "note": "Asked", "after": "1"}
    client.post(url(room, "edit-rubric", version.rubric.public_id), changed)

    page = client.get(url(room, "rubric", version.rubric.public_id)).content.decode()

    assert "<ins>Does it?</ins>" in page
    assert client.get(url(room, "rubric", version.rubric.public_id) + "?version=1").status_code == 200
    assert client.get(url(room, "rubric", version.rubric.public_id) + "?version=9").status_code == 404
    assert client.get(url(room, "rubrics")).status_code == 200
