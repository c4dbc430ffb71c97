"""A second look through the API is blind to how the task was settled."""

import json

import pytest
from django.urls import reverse

from labeling.actions.adjudication import decide
from labeling.enums import Role
from labeling.models import Opening, Recheck
from tests.api import bearer
from tests.factories import make_member
from tests.labeling.disputes import make_room

pytestmark = pytest.mark.django_db
SETTLED = "settled-for-this-reason"


def test_it_is_handed_out_and_judged_without_what_was_decided(client):
    room = make_room(second_share=1)
    decide(task=room.opened(), labels=room.labels("crm"), rationale=SETTLED, by=room.judge, chance=lambda: 0.0)
    other, slug = make_member(room.project, Role.ADJUDICATOR), room.project.slug
    following, judge = (
        reverse("api:next-recheck", args=[slug]),
        reverse("api:judge-again", args=[slug, room.task.public_id]),
    )

    def post(where, person, body=None):
        return client.post(where, json.dumps(body or {}), headers=bearer(person), content_type="application/json")

    assert post(following, room.judge).status_code == 204  # who settled it does not look again
    assert post(judge, other, {"labels": ["crm"]}).status_code == 403  # not opened
    seen = post(following, other)
    assert (seen.status_code, seen.json()["id"]) == (200, str(room.task.public_id))
    assert Opening.objects.filter(user=other, task=room.task).exists()
    for word in (SETTLED, "history", "decision", "settled", "rationale", room.judge.email):
        assert word not in seen.content.decode()
    answer = post(judge, other, {"labels": ["erp"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (Recheck.objects.get().labels, Recheck.objects.get().agrees) == (["erp"], False)
    assert post(judge, other, {"labels": ["erp"]}).status_code == 403  # judged once
