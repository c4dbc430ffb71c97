"""Runs: worked on in batches, paused, resumed, cancelled, and never over budget."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from evaluation.actions.predictions import resume_stalled, work_on
from evaluation.actions.prompts import Recipe, find_version, write_version
from evaluation.actions.runs import Scope, cancel_run, resume_run, start_run
from evaluation.enums import PredictionState, RunState, Strategy
from evaluation.models import Attempt, Prediction
from labeling.actions.golden import FreezeSpec, import_golden
from labeling.enums import Role
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused
from tests.factories import make_items, make_member, make_project, make_taxonomy
from tests.fake_openai import fake_openai

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    project = make_project()
    make_taxonomy(project)
    make_items(project, 6)
    return project, make_member(project, Role.ENGINEER)


@pytest.fixture
def provider(settings):
    with fake_openai(lambda body: {"labels": [{"code": "crm", "confidence": 0.7, "evidence": ""}]}) as fake:
        settings.LLM_BASE_URL = fake.base_url
        settings.LLM_ALLOWED_HOSTS = [fake.base_url.removesuffix("/v1")]
        settings.LLM_API_KEY = "k"
        settings.LLM_PRICES = {"fake-1": [1.0, 2.0]}
        yield fake


def chat(project, by, **parameters):
    recipe = Recipe(Strategy.CHAT, "fake-1", "{item}", {"max_tokens": 50} | parameters)
    return write_version(project=project, name="ask", recipe=recipe, by=by)


def states(run):
    return sorted(run.predictions.values_list("state", flat=True))


def test_the_baseline_answers_everything(world):
    project, engineer = world
    run = start_run(version=find_version(project=project, reference="baseline-zero"), scope=Scope(), by=engineer)
    work_on(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert states(run) == [PredictionState.DONE] * 6
    assert not Attempt.objects.exists()


def test_each_call_is_on_record_with_its_cost(world, provider):
    project, engineer = world
    run = start_run(version=chat(project, engineer), scope=Scope(), by=engineer)
    work_on(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert len(provider.requests) == Attempt.objects.filter(outcome="ok").count() == 6
    assert run.spent_micro_usd == 6 * 120
    assert run.reserved_micro_usd == 0
    first = run.predictions.first()
    assert first.labels == [{"code": "crm", "confidence": 0.7, "evidence": "", "by": {"stated": 0.7}}]
    assert (first.cost_micro_usd, first.tokens_in, first.tokens_out) == (120, 100, 10)


def test_a_run_pauses_before_it_costs_more_than_its_budget(world, provider):
    project, engineer = world
    run = start_run(version=chat(project, engineer), scope=Scope(), by=engineer, budget_usd=0.001)
    work_on(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.PAUSED
    assert "budget" in run.state_reason
    assert 0 < len(provider.requests) < 6
    assert run.spent_micro_usd <= run.budget_micro_usd
    assert PredictionState.LEASED not in states(run)


def test_a_refused_key_pauses_the_run_and_a_resume_asks_only_the_rest(world, provider, settings):
    project, engineer = world
    settings.RUN_IN_FLIGHT = 1
    provider.script = [{}, {}, {"status": 401}]
    run = start_run(version=chat(project, engineer), scope=Scope(), by=engineer)
    work_on(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, states(run).count(PredictionState.DONE)) == (RunState.PAUSED, 2)
    resume_run(run=run, by=engineer)
    work_on(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, len(provider.requests)) == (RunState.DONE, 7)


def test_an_item_that_fails_says_why_and_the_others_go_on(world, provider):
    project, engineer = world
    provider.script = [{"status": 400}]
    run = start_run(version=chat(project, engineer), scope=Scope(), by=engineer)
    work_on(run_id=run.pk)
    run.refresh_from_db()
    failed = run.predictions.get(state=PredictionState.FAILED)
    assert run.state == RunState.DONE
    assert failed.error_kind == "bad_request"
    assert failed.error


def test_a_host_that_is_not_allowed_is_never_asked(world, provider, settings):
    project, engineer = world
    settings.LLM_ALLOWED_HOSTS = []
    run = start_run(version=chat(project, engineer), scope=Scope(), by=engineer)
    work_on(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.PAUSED
    assert not provider.requests


def test_what_a_dead_worker_held_is_asked_again_and_its_money_counted(world, provider):
    project, engineer = world
    run = start_run(version=chat(project, engineer), scope=Scope(), by=engineer, budget_usd=1)
    held = run.predictions.first()
    Prediction.objects.filter(pk=held.pk).update(
        state=PredictionState.LEASED, lease_until=clock.now() - timedelta(seconds=1), lease_token=held.item.public_id
    )
    Attempt.objects.create(prediction=held, number=1, started_at=clock.now(), reserved_micro_usd=500)
    type(run).objects.filter(pk=run.pk).update(reserved_micro_usd=500, state=RunState.RUNNING)
    resume_stalled()  # tasks run at once in tests, so the nudge does the rest of the work
    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert (run.reserved_micro_usd, run.spent_micro_usd) == (0, 500 + 6 * 120)
    assert Attempt.objects.filter(error_kind="lost").count() == 1
    assert held.attempts.count() == 2


def test_a_cancelled_run_is_over(world):
    project, engineer = world
    run = start_run(version=find_version(project=project, reference="baseline-zero"), scope=Scope(), by=engineer)
    cancel_run(run=run, by=engineer)
    work_on(run_id=run.pk)
    assert states(run) == [PredictionState.FAILED] * 6
    run.refresh_from_db()
    with pytest.raises(NotAllowed):
        resume_run(run=run, by=engineer)
    with pytest.raises(IntegrityError), transaction.atomic():
        run.predictions.update(labels=[{"code": "crm"}])


def test_few_shot_needs_a_fewshot_split_and_learns_from_nothing_else(world):
    project, engineer = world
    keys = [item.external_id for item in project.items.order_by("pk")]
    with pytest.raises(Refused, match="fewshot"):
        start_run(version=find_version(project=project, reference="baseline-few"), scope=Scope(), by=engineer)
    gold = {key: {"labels": ["crm"], "split": "fewshot" if place < 2 else "dev"} for place, key in enumerate(keys)}
    release = import_golden(project=project, spec=FreezeSpec("g", {"dev": 1.0}), gold=gold, by=None)
    version = find_version(project=project, reference="baseline-few")
    run = start_run(version=version, scope=Scope(release, "dev"), by=engineer)
    assert run.fewshot_release == release
    assert run.total == 4
    assert not run.predictions.filter(item__external_id__in=keys[:2]).exists()


def test_only_engineers_and_managers_start_runs(world):
    project, _ = world
    rater = make_member(project, Role.ANNOTATOR)
    version = find_version(project=project, reference="baseline-zero")
    with pytest.raises(NotAllowed):
        start_run(version=version, scope=Scope(), by=rater)
