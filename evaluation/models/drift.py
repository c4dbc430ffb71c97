"""Drift: which stream of predictions is watched against which reference, and what each comparison found."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from evaluation.models.prompts import Prompt
from labeling.models import Project, User


class DriftMonitor(models.Model):
    """Watches what a prompt (or any) says of new items, window after window, against a fixed reference."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="monitors")
    name = models.CharField(max_length=120)
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, null=True, related_name="monitors")  # null: all
    cohort = models.CharField(max_length=120, blank=True)  # the attribute whose values are also looked at one by one
    reference_from = models.DateTimeField()
    reference_until = models.DateTimeField()
    days = models.PositiveSmallIntegerField(default=1)  # of a window
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="driftmonitor_name_once"),
            models.CheckConstraint(
                condition=Q(reference_until__gt=F("reference_from")), name="driftmonitor_reference_has_a_length"
            ),
            models.CheckConstraint(condition=Q(days__gte=1), name="driftmonitor_window_has_a_length"),
        ]

    def __str__(self) -> str:
        return self.name


class DriftCheck(models.Model):
    """Two windows compared. It is asked for first; its report is written once, by a worker."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="drift_checks")
    monitor = models.ForeignKey(DriftMonitor, on_delete=models.PROTECT, null=True, related_name="checks")
    reference = models.JSONField()  # {"run"} by public id, or {"from", "until", "prompt"}
    current = models.JSONField()
    until = models.DateTimeField(null=True)  # of a monitor's window: where it ends
    cohort = models.CharField(max_length=120, blank=True)
    report = models.JSONField(null=True)
    fired = models.PositiveIntegerField(null=True)  # how many signals; known with the report
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["monitor", "until"], name="driftcheck_window_once"),
            models.CheckConstraint(
                condition=Q(report__isnull=True, fired__isnull=True) | Q(report__isnull=False, fired__isnull=False),
                name="driftcheck_fired_iff_report",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-created_at"], name="driftcheck_recent"),
            models.Index(fields=["id"], name="driftcheck_due", condition=Q(report__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"drift check {self.pk}"
