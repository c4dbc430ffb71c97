"""A run that its budget stopped goes on with a higher one, if a manager says so."""

from collections.abc import Sequence

from django.db import transaction

from evaluation.actions.runs import MICRO, MOST_USD, resume_run
from evaluation.enums import RunState
from evaluation.models import Run
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import User
from reviewapp.common.errors import NotAllowed, Refused


@transaction.atomic
def resume_with_budget(*, run: Run, budget_usd: float, by: User | None, operator: str = "") -> Run:
    """Raise a paused run's budget and let it go on. Only managers (and the operator) raise budgets."""
    if by:
        rules.check_role(by, run.project, Role.MANAGER)
    run = Run.objects.select_for_update(of=("self",)).select_related("project").get(pk=run.pk)
    if run.state != RunState.PAUSED:
        raise NotAllowed("Only a paused run gets a new budget.")
    if run.budget_micro_usd is None:
        raise Refused("This run has no budget, so it was not stopped by one. Resume it as it is.")
    wanted = round(budget_usd * MICRO) if 0 <= budget_usd <= MOST_USD else -1
    if wanted <= run.budget_micro_usd:
        raise Refused(f"The new budget has to be above the present one, {run.budget_micro_usd / MICRO:.2f} dollars.")
    before = run.budget_micro_usd
    Run.objects.filter(pk=run.pk).update(budget_micro_usd=wanted)
    record_event(
        kind="run.budget_raised", project=run.project, by=by, operator=operator, target=f"run:{run.public_id}",
        before={"budget_usd": before / MICRO}, after={"budget_usd": wanted / MICRO},
    )  # fmt: skip
    return resume_run(run=run, by=by, operator=operator)


@transaction.atomic
def resume_all(*, runs: Sequence[Run], budget_usd: float | None, by: User | None, operator: str = "") -> int:
    """Let those go on that are paused, each with an equal part of a budget that is higher than theirs; how many did."""
    resumed = 0
    share = None if budget_usd is None else budget_usd / len(runs)
    for run in runs:
        if run.state != RunState.PAUSED:
            continue
        if share is not None and run.budget_micro_usd is not None and round(share * MICRO) > run.budget_micro_usd:
            resume_with_budget(run=run, budget_usd=share, by=by, operator=operator)
        else:
            resume_run(run=run, by=by, operator=operator)
        resumed += 1
    return resumed
