"""What a run came to by day, so that figures of a window need not count its predictions again."""

from django.db import models

from evaluation.models.runs import Run


class RunTally(models.Model):
    """Counted when the run had ended, once, or while it goes on, now and then."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="tally")
    at = models.DateTimeField()
    days = models.JSONField()  # {"2026-05-04": [a figure for each of evaluation.queries.run_days.FIGURES]}

    def __str__(self) -> str:
        return f"tally of {self.run_id}"
