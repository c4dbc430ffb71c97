"""Stored comparisons of two runs."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from evaluation.models.runs import Run
from labeling.models import Release, User


class Comparison(models.Model):
    """Run B against run A on one split of a release; keyed by the hash of everything that went in."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    run_a = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="compared_as_a")
    run_b = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="compared_as_b")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="comparisons")
    split = models.CharField(max_length=8)
    parameters = models.JSONField()  # margin, labels, slices, resamples, seed
    input_digest = models.CharField(max_length=64, unique=True)
    report = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(run_a=F("run_b")), name="comparison_of_two_runs")]

    def __str__(self) -> str:
        return f"{self.run_b_id} against {self.run_a_id} on {self.release_id}:{self.split}"
