"""How commands with --wait see a run through."""

import time

from evaluation.actions.predictions import resume_stalled, work_on
from evaluation.enums import RunState
from evaluation.models import Run

PAUSE = 1.0


def work_to_the_end(run: Run) -> Run:
    """Work beside whatever workers there are, until nothing of the run is left."""
    run.refresh_from_db()
    while run.state in (RunState.QUEUED, RunState.RUNNING):
        work_on(run_id=run.pk)
        run.refresh_from_db()
        if run.state == RunState.RUNNING:
            time.sleep(PAUSE)  # others hold the rest
            resume_stalled()
            run.refresh_from_db()
    return run
