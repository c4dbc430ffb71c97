"""Asking again what failed."""

import pytest

from evaluation.actions import desk
from evaluation.actions.predictions import work_on
from evaluation.actions.retries import retry_failures
from evaluation.actions.runs import pause_run, resume_run
from evaluation.enums import PredictionState, RunState
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.actions.asked import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def worked(run):
    work_on(run_id=run.pk)
    run.refresh_from_db()
    return run


def test_a_finished_run_stays_and_another_asks_its_failures_anew(world, provider):
    provider.script = [{"content": "no"}, {"content": "never"}]
    first = worked(start(world))
    assert len(provider.requests) == 5

    again = worked(retry_failures(run=first, by=world[1]))

    assert (again.name, again.total, again.state) == (f"{first.name} retry", 1, RunState.DONE)
    assert again.predictions.get().state == PredictionState.DONE
    assert len(provider.requests) == 6
    assert first.predictions.filter(state=PredictionState.FAILED).count() == 1
    with pytest.raises(Refused, match="nothing to ask again"):
        retry_failures(run=again, by=world[1])
    with pytest.raises(Refused, match="timeout"):
        retry_failures(run=first, kind="timeout", by=world[1])


def test_a_paused_run_takes_back_what_failed_on_the_way(world, provider, monkeypatch):
    monkeypatch.setattr(desk, "ATTEMPTS", 1)
    provider.script = [{"status": 500}]
    run = start(world)
    monkeypatch.setattr(desk, "BREAKER_ROW", 1)
    worked(run)
    with pytest.raises(Refused, match="came with an answer"):
        retry_failures(run=run, kind="invalid_output", by=world[1])

    assert retry_failures(run=run, by=world[1]) == run

    assert not run.predictions.filter(state=PredictionState.FAILED).exists()
    resume_run(run=run, by=world[1])
    with pytest.raises(NotAllowed, match="still going"):
        retry_failures(run=run, by=world[1])
    pause_run(run=run, reason="", by=world[1])
