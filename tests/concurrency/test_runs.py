"""Several workers at one run, on real PostgreSQL: every item is answered once."""

import pytest

from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import Recipe, find_version, write_version
from evaluation.actions.runs import Scope, start_run
from evaluation.enums import RunState, Strategy
from evaluation.models import Attempt
from labeling.enums import Role
from tests.concurrency.test_queue import together
from tests.factories import make_items, make_member, make_project, make_taxonomy
from tests.fake_openai import fake_openai

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(monkeypatch):
    monkeypatch.setattr("evaluation.actions.runs.nudge", lambda *arguments: None)
    project = make_project()
    make_taxonomy(project)
    make_items(project, 40)
    return project


def test_no_item_is_asked_twice(project, settings):
    settings.RUN_WORKERS = 6
    with fake_openai() as fake:
        settings.LLM_BASE_URL = fake.base_url
        settings.LLM_ALLOWED_HOSTS = [fake.base_url.removesuffix("/v1")]
        settings.LLM_PRICES = {"m": [1.0, 1.0]}
        by = make_member(project, Role.ENGINEER)
        recipe = Recipe(Strategy.CHAT, "m", "{item}", {"max_tokens": 10})
        version = write_version(project=project, name="p", recipe=recipe, by=by)
        run = start_run(version=version, scope=Scope(), by=by, budget_usd=1)
        together(lambda _: work_on(run_id=run.pk), list(range(6)))
        run.refresh_from_db()
        assert run.state == RunState.DONE
        assert len(fake.requests) == Attempt.objects.count() == 40
        assert run.spent_micro_usd == 40 * 110


def test_workers_that_meet_finish_a_run_once(project, settings):
    settings.RUN_WORKERS = 4
    run = start_run(version=find_version(project=project, reference="baseline-zero"), scope=Scope(), by=None)
    together(lambda _: work_on(run_id=run.pk), list(range(4)))
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert run.predictions.filter(state="done").count() == 40
