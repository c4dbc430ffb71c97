"""Writes the record of who changed what; called by each action in its own transaction."""

from datetime import datetime
from typing import Any

from labeling.models import AuditEvent, Project, User
from reviewapp.common import clock


def record_event(
    *,
    kind: str,
    project: Project | None,
    by: User | None,
    target: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    operator: str = "",
    at: datetime | None = None,
) -> AuditEvent:
    """Append one event. `target` is "noun:public id"; `before` and `after` hold only what changed, as JSON."""
    return AuditEvent.objects.create(
        at=at or clock.now(),
        kind=kind,
        project=project,
        by=by,
        operator="" if by else operator or "system",
        target=target,
        before=before or {},
        after=after or {},
    )
