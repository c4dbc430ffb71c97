"""After what matters is committed, a task tells the trackers. A lost message is made good by `manage.py mirror`."""

from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save

from evaluation import tasks
from labeling.tasks import nudge

RECORDED = {  # kinds of the record: what they tell of
    "run.finished": "run", "run.imported": "run", "run.cancelled": "run",
    "release.frozen": "release", "import.done": "import",
}  # fmt: skip


def is_on() -> bool:
    return bool(settings.MLFLOW_TRACKING_URI or settings.OPENLINEAGE_URL)


def connect() -> None:
    """Called once at the start, and only where a tracker is named."""
    post_save.connect(_event, sender="labeling.AuditEvent", dispatch_uid="tracking of events")
    post_save.connect(_evaluation, sender="evaluation.Evaluation", dispatch_uid="tracking of evaluations")


def disconnect() -> None:
    post_save.disconnect(sender="labeling.AuditEvent", dispatch_uid="tracking of events")
    post_save.disconnect(sender="evaluation.Evaluation", dispatch_uid="tracking of evaluations")


def _event(sender: Any, instance: Any, created: bool, **_: Any) -> None:
    if created and instance.kind in RECORDED:
        _later(RECORDED[instance.kind], instance.target.partition(":")[2])


def _evaluation(sender: Any, instance: Any, created: bool, **_: Any) -> None:
    if created:
        _later("evaluation", str(instance.public_id))


def _later(noun: str, public_id: str) -> None:
    transaction.on_commit(partial(nudge, tasks.track, noun, public_id), robust=True)
