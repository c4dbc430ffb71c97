"""Signs of life: when a worker, or a task on the clock, was last heard of."""

from django.db import models


class BeatOf(models.TextChoices):
    WORKER = "worker", "A worker"
    SWEEP = "sweep", "A task on the clock"


class Beat(models.Model):
    """The last sign of life of one worker or of one task on the clock; written over, not kept."""

    kind = models.CharField(max_length=8, choices=BeatOf.choices)
    name = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="beat_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
