"""An import held against the last one of its project."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labeling.enums import ImportKind, ImportState
from labeling.models import ImportJob, ImportProfile, Project
from labeling.profiling import Unusual, unusual


@dataclass(frozen=True)
class Compared:
    """What is unusual in an import. `against` None: it is the first, or has no profile."""

    profile: dict[str, Any] | None
    against: ImportJob | None
    findings: list[Unusual] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "against": self.against.file_name if self.against else None,
            "unusual": [one.as_dict() for one in self.findings],
        }


def unusual_import(job: ImportJob) -> Compared:
    """What stands out in an import against the last one that is done and was not taken back; two queries."""
    mine = ImportProfile.objects.filter(job=job).first()
    if mine is None:
        return Compared(None, None)
    before = (
        ImportProfile.objects.filter(
            job__project=job.project_id, job__kind=ImportKind.ITEMS, job__state=ImportState.DONE, job__pk__lt=job.pk
        )
        .select_related("job")
        .order_by("-job")
        .first()
    )
    if before is None:
        return Compared(mine.content, None)
    return Compared(mine.content, before.job, unusual(before.content, mine.content))


def imports_since(project: Project, since: datetime, *, most: int) -> list[ImportJob]:
    """Imports of items that are done and have a profile, the newest first; one query."""
    done = ImportJob.objects.filter(
        project=project, kind=ImportKind.ITEMS, state=ImportState.DONE, finished_at__gte=since, profile__isnull=False
    )
    return list(done.select_related("profile").order_by("-pk")[:most])
