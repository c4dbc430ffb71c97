"""What happens by itself when a run is done: runs that the product started are scored on dev."""

from evaluation.actions.reports import evaluate_run
from evaluation.actions.suites import settle_suite_of
from evaluation.enums import RunOrigin, RunState
from evaluation.models import Run
from labeling.enums import Split


def follow_up(*, run_id: int) -> None:
    """Score a finished run that nobody started by hand. Nothing here looks at test."""
    run = Run.objects.select_related("project", "release").filter(pk=run_id, state=RunState.DONE).first()
    if run is None or run.release is None or run.split != Split.DEV or run.origin in (RunOrigin.HAND, RunOrigin.TRIAL):
        return
    if run.origin == RunOrigin.STRESS:  # its texts are not those of the gold, so its scores are not the prompt's
        settle_suite_of(run)
        return
    evaluate_run(run=run, release=run.release, split=run.split, by=None, operator="follow-up")
