"""The end of an import frees it and goes on the record."""

import pytest

from labeling.actions.import_ends import LEASE, finish
from labeling.enums import ImportKind, ImportState
from labeling.models import AuditEvent, ImportJob
from reviewapp.common import clock
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_an_end_frees_the_job_and_is_on_the_record():
    job = ImportJob.objects.create(
        project=make_project(), kind=ImportKind.ANNOTATIONS, state=ImportState.APPLYING, file_name="r.csv",
        lease_until=clock.now() + LEASE, refused=2,
    )  # fmt: skip

    finish(job, ImportState.REFUSED, error="Why.")

    assert (job.state, job.error, job.lease_until) == (ImportState.REFUSED, "Why.", None)
    assert job.finished_at is not None
    event = AuditEvent.objects.get(kind="import.refused")
    assert (event.after["file"], event.after["refused"]) == ("r.csv", 2)
