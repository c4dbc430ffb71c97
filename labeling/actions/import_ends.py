"""How an import ends, and how long a worker has one before another may take it over."""

from datetime import timedelta

from django.db import transaction

from labeling.actions.audit import record_event
from labeling.enums import ImportState
from labeling.models import ImportJob
from reviewapp.common import clock

LEASE = timedelta(seconds=120)


@transaction.atomic
def finish(job: ImportJob, state: ImportState, *, error: str = "") -> None:
    """Say how an import ended, and put it on the record."""
    ImportJob.objects.filter(pk=job.pk).update(state=state, error=error, lease_until=None, finished_at=clock.now())
    job.refresh_from_db()
    record_event(
        kind=f"import.{state}",
        project=job.project,
        by=job.created_by,
        target=f"import:{job.public_id}",
        after={
            "file": job.file_name,
            **{name: getattr(job, name) for name in ("added", "updated", "unchanged", "refused")},
        },
    )
