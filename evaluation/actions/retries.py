"""Asking again what failed, and nothing else."""

from django.db import transaction

from evaluation.actions.runs import MICRO, Scope, Setup, start_run
from evaluation.enums import WITHOUT_LABELS, PredictionState, RunOrigin, RunState
from evaluation.models import Run
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import User
from reviewapp.common.errors import NotAllowed, Refused

FINISHED = (RunState.DONE, RunState.CANCELLED)
# What fails without an answer. Of others the answer is kept, and a run reads what it has before it asks again.
ON_THE_WAY = ("timeout", "connection", "server", "rate_limited", "lost", "unreachable", "garbled", "item_budget")


@transaction.atomic
def retry_failures(
    *, run: Run, kind: str = "", budget_usd: float | None = None, by: User | None, operator: str = ""
) -> Run:
    """Ask the failed items again, all or those of one kind; returns the run that does it.

    A finished run never changes, so it gets another one, over the failed items alone, which asks everything anew. A
    paused run takes back what failed on the way and had no answer, and a resume asks it. Attempts stay on record.
    """
    if by:
        rules.check_role(by, run.project, Role.ENGINEER, Role.MANAGER)
    rules.check_not_archived(run.project)
    run = Run.objects.select_for_update(of=("self",)).select_related("project", "release__golden_set").get(pk=run.pk)
    if run.prompt_version is None:
        raise Refused("These predictions were imported, so there is nobody to ask again.")
    if run.origin in WITHOUT_LABELS and run.state in FINISHED:
        raise Refused("This run judged the outputs of other runs, which are not its items: it cannot be started anew.")
    failed = run.predictions.filter(state=PredictionState.FAILED)
    failed = failed.filter(error_kind=kind) if kind else failed
    if run.state in FINISHED:
        items = list(failed.order_by("pk").values_list("item_id", flat=True))
        _check_some(len(items), kind)
        left = None
        if run.budget_micro_usd is not None:
            left = max(run.budget_micro_usd - run.spent_micro_usd, 0) / MICRO
        return start_run(
            version=run.prompt_version,
            scope=Scope(run.release, run.split),
            name=f"{run.name[:100]} retry",
            budget_usd=left if budget_usd is None else budget_usd,
            fewshot_release=run.fewshot_release,
            setup=Setup(
                origin=RunOrigin.HAND, priority=run.priority, uses_cache=False, overrides=run.overrides,
                perturbation=run.perturbation, items=items,
            ),
            by=by,
            operator=operator,
        )  # fmt: skip
    if run.state != RunState.PAUSED:
        raise NotAllowed("This run is still going. Pause it, or wait for its end, and then ask again what failed.")
    if kind and kind not in ON_THE_WAY:
        raise Refused(f"“{kind}” came with an answer, which would only be read again. Let the run end, then retry.")
    number = failed.filter(error_kind__in=ON_THE_WAY).update(
        state=PredictionState.PENDING, error_kind="", error="", review="", not_before=None, finished_at=None
    )
    _check_some(number, kind)
    record_event(
        kind="run.failures_retried", project=run.project, by=by, operator=operator, target=f"run:{run.public_id}",
        after={"items": number, "kind": kind},
    )  # fmt: skip
    return run


def _check_some(number: int, kind: str) -> None:
    if not number:
        raise Refused(f"No item failed with “{kind}”." if kind else "No item failed, so there is nothing to ask again.")
