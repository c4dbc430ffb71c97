"""What is recorded here is written down to be told, in the same transaction (evaluation/actions/tellings.py)."""

from typing import Any
from uuid import UUID

from django.db.models.signals import post_save

from evaluation.actions.tellings import ask
from evaluation.enums import Tracker
from evaluation.tracking.telling import trackers

RECORDED = {  # kinds of the record: what they tell of
    "run.finished": "run", "run.imported": "run", "run.cancelled": "run",
    "release.frozen": "release", "import.done": "import",
}  # fmt: skip


def is_on() -> bool:
    return bool(trackers())


def connect() -> None:
    """Called once at the start, and only where a tracker is named."""
    post_save.connect(_event, sender="labeling.AuditEvent", dispatch_uid="tracking of events")
    post_save.connect(_evaluation, sender="evaluation.Evaluation", dispatch_uid="tracking of evaluations")


def disconnect() -> None:
    post_save.disconnect(sender="labeling.AuditEvent", dispatch_uid="tracking of events")
    post_save.disconnect(sender="evaluation.Evaluation", dispatch_uid="tracking of evaluations")


def _event(sender: Any, instance: Any, created: bool, **_: Any) -> None:
    if created and instance.kind in RECORDED and instance.project:
        ask(noun=RECORDED[instance.kind], thing=UUID(instance.target.partition(":")[2]), project=instance.project)


def _evaluation(sender: Any, instance: Any, created: bool, **_: Any) -> None:
    if created:
        ask(noun="evaluation", thing=instance.public_id, project=instance.run.project)
        ask(noun="run", thing=instance.run.public_id, project=instance.run.project, among=(Tracker.MLFLOW,))
