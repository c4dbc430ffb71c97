"""A run that its budget stopped."""

import pytest

from evaluation.actions.budgets import resume_with_budget
from evaluation.actions.predictions import work_on
from evaluation.enums import RunState
from labeling.enums import Role
from labeling.models import AuditEvent
from reviewapp.common.errors import NotAllowed, Refused
from tests.evaluation.actions.asked import start
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def test_a_manager_raises_the_budget_and_the_run_goes_on_to_its_end(world, provider):
    run = start(world, budget=0.0009)
    work_on(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.PAUSED
    asked = len(provider.requests)

    with pytest.raises(NotAllowed):
        resume_with_budget(run=run, budget_usd=1.0, by=world[1])
    manager = make_member(run.project, Role.MANAGER)
    for wrong in (0.0009, float("nan"), -1.0):
        with pytest.raises(Refused, match="above the present"):
            resume_with_budget(run=run, budget_usd=wrong, by=manager)
    resume_with_budget(run=run, budget_usd=1.0, by=manager)
    work_on(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.budget_micro_usd, len(provider.requests)) == (RunState.DONE, 1_000_000, 4)
    assert asked < 4
    event = AuditEvent.objects.get(kind="run.budget_raised")
    assert (event.before, event.after) == ({"budget_usd": 0.0009}, {"budget_usd": 1.0})
