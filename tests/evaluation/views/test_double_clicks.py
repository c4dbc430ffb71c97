"""A form sent twice has one effect."""

from uuid import uuid4

import pytest
from django.urls import reverse

from evaluation.models import Run
from labeling.enums import Role
from labeling.models import Release, Round
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def twice(client, url, form):
    answers = [client.post(url, form | {"idempotency_key": key}) for key in [uuid4()] * 2]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0]["Location"] == answers[1]["Location"]


def test_a_run_is_started_once(client, world):
    client.force_login(world.people[Role.ENGINEER])
    before = Run.objects.count()
    form = {"prompt": "baseline-zero@1", "on": "items"}
    twice(client, reverse("evaluation:new-run", args=[world.project.slug]), form)
    assert Run.objects.count() == before + 1


def test_a_round_is_made_once(client, world):
    client.force_login(world.people[Role.MANAGER])
    form = {
        "name": "New", "size": 2, "allocation": "proportional", "raters": 2, "settling": "unanimous",
        "purpose": "golden", "undo_seconds": 0, "seed": 1, "make": "",
    }  # fmt: skip
    twice(client, reverse("labeling:new-round", args=[world.project.slug]), form)
    assert Round.objects.filter(name="New").count() == 1


def test_a_release_is_frozen_once(client, world):
    client.force_login(world.people[Role.MANAGER])
    world.round.tasks.filter(pk=world.task.pk).update(state="open")
    done = world.round.tasks.exclude(pk=world.task.pk).filter(state="settled")
    if not done.exists():
        from labeling.actions.adjudication import decide, open_for_adjudication

        task = world.round.tasks.filter(state="disputed").first()
        open_for_adjudication(task=task, by=world.people[Role.ADJUDICATOR])
        decide(task=task, labels=[], rationale="none", by=world.people[Role.ADJUDICATOR])
    before = Release.objects.count()
    form = {"name": "pilot", "dev": 100, "test": 0, "fewshot": 0, "seed": 1, "override_reason": "a test"}
    twice(client, reverse("evaluation:freeze", args=[world.project.slug, world.round.public_id]), form)
    assert Release.objects.count() == before + 1


def test_the_same_key_with_another_form_is_a_conflict(client, world):
    client.force_login(world.people[Role.ENGINEER])
    url, key = reverse("evaluation:new-run", args=[world.project.slug]), uuid4()
    first = {"prompt": "baseline-zero@1", "on": "items", "idempotency_key": key}
    assert client.post(url, first).status_code == 303
    assert client.post(url, first | {"name": "other"}).status_code == 409
