"""Stored figures: what was computed, from what, so that a page shows what was computed then."""

from uuid import uuid4

from django.db import models

from evaluation.models.runs import Run
from labeling.models import Release, Round, User


class Evaluation(models.Model):
    """A run scored against one split of a release; keyed by the hash of everything that went in."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="evaluations")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="evaluations")
    split = models.CharField(max_length=8)
    input_digest = models.CharField(max_length=64, unique=True)
    report = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["run", "-created_at"], name="evaluation_recent")]

    def __str__(self) -> str:
        return f"{self.run_id} on {self.release_id}:{self.split}"


class Analysis(models.Model):
    """A part of an evaluation beyond its scores (calibration, slices, ...), keyed by the hash of its inputs."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="analyses")
    kind = models.CharField(max_length=20)
    parameters = models.JSONField(default=dict)
    input_digest = models.CharField(max_length=64, unique=True)
    report = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} of {self.evaluation_id}"


class AgreementReport(models.Model):
    """A round's agreement, keyed by the hash of the ratings it was computed from."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="agreement_reports")
    input_digest = models.CharField(max_length=64, unique=True)
    report = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"agreement of round {self.round_id}"
