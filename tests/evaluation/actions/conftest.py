"""A project with items and a scripted provider, for tests of what runs do."""

import pytest

from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from tests.factories import make_items, make_member, make_project, make_taxonomy
from tests.fake_openai import fake_openai


@pytest.fixture
def world():
    project = make_project()
    make_taxonomy(project)
    make_items(project, 4)
    return project, make_member(project, Role.ENGINEER)


@pytest.fixture
def provider(settings, monkeypatch):
    monkeypatch.setattr("evaluation.limiter._here", {})
    with fake_openai(lambda body: {"labels": [{"code": "crm", "confidence": 0.7, "evidence": ""}]}) as fake:
        settings.LLM_BASE_URL = fake.base_url
        settings.LLM_ALLOWED_HOSTS = [fake.base_url.removesuffix("/v1")]
        settings.LLM_API_KEY = "k"
        settings.LLM_PRICES = {"fake-1": [1.0, 2.0]}
        settings.RUN_IN_FLIGHT = 1
        settings.REDIS_URL = ""  # limits of this test's own
        yield fake


@pytest.fixture
def at_once(monkeypatch):
    """Nothing waits, and a start calls no worker: a test says when work is done."""
    monkeypatch.setattr("evaluation.actions.desk.backoff", lambda failures, after: 0.0)
    monkeypatch.setattr("evaluation.actions.runs.nudge", lambda *arguments: None)
    monkeypatch.setattr("evaluation.actions.predictions.nudge", lambda *arguments: None)


@pytest.fixture
def release(world):
    gold = {item.external_id: {"labels": ["crm"]} for item in world[0].items.all()}
    return import_golden(project=world[0], spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)
