"""A new release: what was measured on the one before is run on it, scored, calibrated and held against it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.models.prompts import PromptVersion
from evaluation.models.reports import Evaluation
from evaluation.models.runs import Run
from labeling.models import Project, Release, User


class Refit(models.Model):
    """Asked for once a release."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="refits")
    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="refit")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    def __str__(self) -> str:
        return f"refit on {self.release}"


class RefitRun(models.Model):
    """One prompt version of it. Its report is written once, when its run is done."""

    refit = models.ForeignKey(Refit, on_delete=models.PROTECT, related_name="rows")
    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="+")  # on the release before
    run = models.OneToOneField(Run, on_delete=models.PROTECT, null=True, related_name="refit_row")
    obstacle = models.CharField(max_length=500, blank=True)  # why it has no run
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, null=True, related_name="+")
    report = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refit", "version"], name="refitrun_version_once"),
            models.CheckConstraint(
                condition=Q(report__isnull=True, evaluation__isnull=True)
                | Q(report__isnull=False, evaluation__isnull=False, run__isnull=False),
                name="refitrun_report_iff_scored",
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.version_id} in refit {self.refit_id}"
