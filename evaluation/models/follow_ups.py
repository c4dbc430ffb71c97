"""That what follows by itself from a run was done: kept so that a worker that died on the way is made up for."""

from django.db import models

from evaluation.models.runs import Run


class FollowUp(models.Model):
    """When a finished run was followed up last, and whether that came to its end."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="follow_up")
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"follow-up of {self.run_id}"
