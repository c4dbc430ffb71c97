"""Does the work of runs here and now, for commands that wait for their end."""

import time
from collections.abc import Sequence

from evaluation.actions.batches import collect_batches
from evaluation.actions.predictions import resume_stalled, work_on
from evaluation.enums import RunState
from evaluation.models import Run

PAUSE = 1.0
GOING = (RunState.QUEUED, RunState.RUNNING)


def work_to_the_end(runs: Sequence[Run]) -> None:
    """Work beside whatever workers there are, until each run is done, paused or cancelled."""
    for run in runs:
        run.refresh_from_db()
        while run.state in GOING:
            work_on(run_id=run.pk)
            run.refresh_from_db()
            if run.state == RunState.RUNNING:
                time.sleep(PAUSE)  # others hold the rest, or a provider's batch
                collect_batches()
                resume_stalled()
                run.refresh_from_db()
