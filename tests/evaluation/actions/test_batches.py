"""Runs by the Batch API, against the simulated provider and the real client."""

from datetime import timedelta

import pytest

from evaluation.actions import batches
from evaluation.actions.batches import collect_batches
from evaluation.actions.predictions import resume_stalled, work_on
from evaluation.actions.runs import Setup, cancel_run
from evaluation.enums import RunState
from evaluation.models import Attempt, Batch
from evaluation.simulator.config import NO_ERRORS, Config
from evaluation.simulator.server import simulator
from reviewapp.common import clock
from reviewapp.common.errors import Refused
from tests.evaluation.actions.asked import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]
BY_BATCH = Setup(by_batch=True)


@pytest.fixture
def sim(settings, monkeypatch):
    monkeypatch.setattr("evaluation.limiter._here", {})
    with simulator(Config(rates=NO_ERRORS, batch_polls=1)) as one:
        settings.LLM_PROVIDERS = {"default": {"base_url": one.base_url, "batches": True}}
        settings.LLM_ALLOWED_HOSTS = [one.base_url.removesuffix("/v1")]
        settings.LLM_PRICES, settings.REDIS_URL = {"fake-1": [1.0, 2.0]}, ""
        yield one


def worked(run):
    work_on(run_id=run.pk)
    run.refresh_from_db()
    return run


def states(run):
    return set(run.predictions.values_list("state", flat=True))


def test_a_batch_is_sent_waited_for_and_collected_at_half_the_price(world, sim):
    run = worked(start(world, setup=BY_BATCH, budget=1, template="{taxonomy} {item}", max_tokens=500))
    assert (run.state, states(run)) == (RunState.RUNNING, {"batched"})
    assert run.reserved_micro_usd > 0
    while not collect_batches():
        assert resume_stalled() == 0  # there is nothing to do but wait
    run = worked(run)
    assert (run.state, states(run), run.is_simulated) == (RunState.DONE, {"done"}, True)
    attempts = Attempt.objects.filter(prediction__run=run)
    assert [one.outcome for one in attempts] == ["ok"] * 4
    assert run.spent_micro_usd == sum(
        -(-(one.tokens_in * 500_000 + one.tokens_out * 1_000_000) // 1_000_000) for one in attempts
    )
    assert (run.reserved_micro_usd, Batch.objects.get().state) == (0, "collected")
    assert not [call for call in sim.calls if call.path == "/v1/chat/completions" and not call.billed]


def test_what_a_batch_fails_to_answer_is_tried_again_and_then_asked_live(world, sim, settings):
    with simulator(Config(rates=NO_ERRORS, batch_polls=1, batch_expired=1.0)) as bad:
        settings.LLM_PROVIDERS["default"]["base_url"] = bad.base_url
        settings.LLM_ALLOWED_HOSTS = [bad.base_url.removesuffix("/v1")]
        run = start(world, setup=BY_BATCH)
        for _ in range(batches.TRIES):
            worked(run)
            while not collect_batches():
                pass
        run = worked(run)
    assert (run.state, Batch.objects.count()) == (RunState.DONE, 2)
    outcomes = list(run.predictions.first().attempts.order_by("number").values_list("outcome", flat=True))
    assert outcomes == ["error", "error", "ok"]


def test_a_batch_whose_sender_died_is_found_by_its_mark_or_given_up(world, sim, monkeypatch):
    run = worked(start(world, setup=BY_BATCH, budget=1))
    Batch.objects.update(state="prepared", remote_id="")  # it died before it could write down the name
    assert collect_batches() == 0
    Batch.objects.update(created_at=clock.now() - timedelta(hours=1))
    while not collect_batches():
        pass
    assert worked(run).state == RunState.DONE
    run = worked(start(world, setup=Setup(by_batch=True, uses_cache=False), budget=1))
    Batch.objects.filter(run=run).update(state="prepared", remote_id="", created_at=clock.now() - timedelta(hours=1))
    monkeypatch.setattr("evaluation.llm.batch_client.find", lambda client, mark: None)
    collect_batches()
    run.refresh_from_db()
    assert (states(run), run.reserved_micro_usd, run.spent_micro_usd) == ({"pending"}, 0, 0)


def test_a_batch_that_cannot_be_sent_pauses_the_run_and_costs_nothing(world, sim, settings):
    settings.LLM_PROVIDERS["default"]["base_url"] = "http://127.0.0.1:9/v1"
    settings.LLM_ALLOWED_HOSTS = ["http://127.0.0.1:9"]
    run = worked(start(world, setup=BY_BATCH, budget=1))
    assert (run.state, states(run)) == (RunState.PAUSED, {"pending"})
    assert "batch could not be sent" in run.state_reason
    assert (run.reserved_micro_usd, run.spent_micro_usd) == (0, 0)


def test_a_cancelled_run_takes_nothing_more(world, sim):
    run = worked(start(world, setup=BY_BATCH, budget=1))
    cancel_run(run=run, by=None)
    while not collect_batches():
        pass
    assert states(run) == {"failed"}


def test_a_provider_without_batches_is_refused_at_the_start(world, sim, settings):
    settings.LLM_PROVIDERS = {"default": {"base_url": sim.base_url}}
    with pytest.raises(Refused, match="batches"):
        start(world, setup=BY_BATCH)
