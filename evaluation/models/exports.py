"""Files that somebody asked for: written by a worker, fetched by that person alone, and gone after a day."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import ExportState
from evaluation.models.runs import Run
from labeling.models import Project, Release, Round, User


class Export(models.Model):
    """One file of annotations, gold or predictions on its way out."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="exports")
    what = models.CharField(max_length=12)  # annotations, golden, predictions
    format = models.CharField(max_length=20)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    with_test = models.BooleanField(default=False)
    without_held_out = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    items_total = models.PositiveIntegerField()
    items_done = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(null=True)
    file = models.FileField(upload_to="exports/", max_length=200, blank=True)
    size = models.PositiveBigIntegerField(null=True)
    error = models.TextField(blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(state="done") | Q(rows__isnull=False), name="export_done_has_rows"),
        ]
        indexes = [
            models.Index(fields=["project", "created_by", "-created_at"], name="export_recent"),
            models.Index(fields=["id"], name="export_due", condition=Q(state__in=["waiting", "writing"])),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.pk}"
