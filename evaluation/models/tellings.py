"""What MLflow and OpenLineage have been told of, and what they are still to be told."""

from django.db import models
from django.db.models import Q

from evaluation.enums import Tracker
from labeling.models import Project


class Telling(models.Model):
    """One thing and one tracker. The row is written with what it tells of, so no message that is lost loses it."""

    tracker = models.CharField(max_length=12, choices=Tracker.choices)
    noun = models.CharField(max_length=12)  # run, evaluation, release, import
    thing = models.UUIDField()  # its public id
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="tellings")
    asked_at = models.DateTimeField()  # when it last changed; what is told before that is not enough
    told_at = models.DateTimeField(null=True)  # when the tracker last took it
    next_try_at = models.DateTimeField(null=True)  # empty: nothing is due
    lease_until = models.DateTimeField(null=True)  # while a worker tells it
    tries = models.PositiveSmallIntegerField(default=0)  # since it was asked for that the tracker did not take
    reason = models.CharField(max_length=300, blank=True)  # of the newest of them

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tracker", "thing"], name="telling_once"),
            models.CheckConstraint(
                condition=Q(told_at__isnull=False) | Q(next_try_at__isnull=False), name="telling_told_or_due"
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], name="telling_due", condition=Q(next_try_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.thing} to {self.get_tracker_display()}"

    @property
    def is_told(self) -> bool:
        return self.next_try_at is None
