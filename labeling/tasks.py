"""Messages that nudge the work along. Each is safe to lose and safe to repeat: rows say what is due."""

import logging
from typing import Any

from celery import Task, shared_task
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def nudge(task: "Task[Any, Any]", *args: Any) -> None:
    """Send a message if the broker takes it; if not, say so in the log and leave it to the sweep (DECISIONS 20)."""
    try:
        task.apply_async(args=args, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("nudge %s%r not sent: %s", task.name, args, error)


@shared_task(ignore_result=True)
def settle_due() -> None:
    from labeling.actions.settling import settle_due_tasks  # noqa: PLC0415 -- leaf

    settle_due_tasks()


@shared_task(ignore_result=True)
def free_expired() -> None:
    from labeling.actions.seats import free_expired_leases  # noqa: PLC0415 -- leaf

    free_expired_leases()


@shared_task(ignore_result=True)
def advance_import(job_id: int) -> None:
    from labeling.actions.importing import advance  # noqa: PLC0415 -- leaf

    advance(job_id=job_id)


@shared_task(ignore_result=True)
def resume_imports() -> None:
    from labeling.actions.importing import resume_stalled  # noqa: PLC0415 -- leaf

    resume_stalled()


@shared_task(ignore_result=True)
def review_checks() -> None:
    from labeling.actions.checks import review_open_rounds  # noqa: PLC0415 -- leaf

    review_open_rounds()


@shared_task(ignore_result=True)
def work_on_expansion(plan_id: int) -> None:
    from labeling.actions.expansions import work_on_expansion as work  # noqa: PLC0415 -- leaf

    work(plan_id=plan_id)


@shared_task(ignore_result=True)
def resume_expansions() -> None:
    from labeling.actions.expansions import resume_expansions as resume  # noqa: PLC0415 -- leaf

    resume()
