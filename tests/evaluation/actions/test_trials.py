"""The dry run and what follows it."""

import pytest

from evaluation.actions.predictions import work_on
from evaluation.actions.prompts import find_version
from evaluation.actions.runs import Scope, Setup, start_run
from evaluation.actions.trials import checked_overrides, run_whole
from evaluation.enums import RunOrigin, RunState
from evaluation.queries.projections import forecast
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.actions.asked import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def test_a_dry_run_projects_the_whole_and_the_whole_pays_only_for_the_rest(world, provider):
    trial = start(world, budget=0.01, setup=Setup(origin=RunOrigin.TRIAL, sample=2, seed=1, priority=5))
    assert forecast(trial) is None
    work_on(run_id=trial.pk)
    trial.refresh_from_db()

    ahead = forecast(trial)

    assert (ahead.items, ahead.projection.sampled, ahead.projection.micro_usd.value) == (4, 2, 480.0)
    assert ahead.budget_usd == 0.0098
    whole = run_whole(trial=trial, budget_usd=1.0, by=world[1])
    work_on(run_id=whole.pk)
    whole.refresh_from_db()
    assert (whole.state, whole.origin, whole.total, whole.priority) == (RunState.DONE, RunOrigin.HAND, 4, 5)
    assert (whole.spent_micro_usd, len(provider.requests)) == (240, 4)
    with pytest.raises(NotAllowed):
        run_whole(trial=whole, budget_usd=1.0, by=world[1])


def test_a_dry_run_out_of_the_cache_counts_what_answers_cost_when_they_were_bought(world, provider):
    work_on(run_id=start(world).pk)
    trial = start(world, setup=Setup(origin=RunOrigin.TRIAL, sample=2))
    work_on(run_id=trial.pk)
    trial.refresh_from_db()

    assert trial.spent_micro_usd == 0
    assert forecast(trial).projection.micro_usd.value == 480.0


def test_what_one_run_may_set(world, provider):
    chat = start(world).prompt_version
    assert checked_overrides(chat, {"temperature": 0.5}) == {"temperature": 0.5}
    with pytest.raises(Refused, match="temperature"):
        checked_overrides(chat, {"temperature": 9})
    built_in = find_version(project=world[0], reference="baseline-zero")
    with pytest.raises(Refused, match="built in"):
        checked_overrides(built_in, {"temperature": 0.5})
    assert start_run(version=built_in, scope=Scope(), by=None).overrides == {}
