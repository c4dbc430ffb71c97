"""Batches of a provider's Batch API: half the price, within a day, collected by whichever worker comes by."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import BatchState
from evaluation.models.calls import Attempt
from evaluation.models.runs import Run


class Batch(models.Model):
    """Some first calls of a run, sent together. The provider is told `public_id`, so a lost answer can be found."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="batches")
    provider = models.CharField(max_length=60)
    endpoint = models.CharField(max_length=40)
    remote_id = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.PREPARED)
    said = models.CharField(max_length=500, blank=True)  # the provider's last word on it
    lines = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(state="sent") | ~Q(remote_id=""), name="batch_sent_has_a_name"),
        ]
        indexes = [models.Index(fields=["id"], name="batch_open", condition=Q(state__in=["prepared", "sent"]))]

    def __str__(self) -> str:
        return f"batch {self.remote_id or self.pk} of {self.run_id}"


class BatchLine(models.Model):
    """One call in a batch; its custom id is the attempt's."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="batch_lines")
    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="batch_line")

    def __str__(self) -> str:
        return f"line {self.attempt_id} of {self.batch_id}"
