"""When quality drops: what changed between two runs or times, and the incident that is made of it."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from evaluation.enums import IncidentState, Severity
from evaluation.models.alerts import Alert
from evaluation.models.edge_cases import EdgeCase
from evaluation.models.promotions import Promotion
from evaluation.models.reports import Evaluation
from evaluation.models.runs import Run
from labeling.models import Project, User

HOURS = 48  # from opened to recovered


class QualityDrop(models.Model):
    """Two runs, or two windows of time, side by side. It is asked for first; its report is written once."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="quality_drops")
    reference = models.JSONField()  # {"run"} by public id, or {"from", "until", "prompt"}
    current = models.JSONField()
    report = models.JSONField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "-created_at"], name="qualitydrop_recent"),
            models.Index(fields=["id"], name="qualitydrop_due", condition=Q(report__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"what changed {self.pk}"


class TargetedRun(models.Model):
    """The version of the newer side, asked again for the dev items of the slice that fell most."""

    drop = models.ForeignKey(QualityDrop, on_delete=models.PROTECT, related_name="targeted")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="targeted")
    attribute = models.CharField(max_length=120, blank=True)  # empty: all of dev
    value = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.run_id} on {self.attribute}={self.value}"


class Incident(models.Model):
    """Quality fell, and somebody sees to it within 48 hours. What happens is written in its entries."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="incidents")
    title = models.CharField(max_length=160)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    state = models.CharField(max_length=10, choices=IncidentState.choices)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="incidents")
    cause = models.TextField(max_length=2000, blank=True)
    drop = models.ForeignKey(QualityDrop, on_delete=models.PROTECT, null=True, related_name="incidents")
    before = models.ForeignKey(Evaluation, on_delete=models.PROTECT, null=True, related_name="+")  # what it fell from
    evaluation = models.OneToOneField(
        Evaluation, on_delete=models.PROTECT, null=True, related_name="incident"
    )  # that showed the fall
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, null=True, related_name="incidents")  # that found it
    recovered_by = models.ForeignKey(Evaluation, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    recovered_at = models.DateTimeField(null=True)
    cases = models.ManyToManyField(EdgeCase, related_name="incidents")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="recovered") & Q(recovered_at__isnull=False, recovered_by__isnull=False))
                | (~Q(state="recovered") & Q(recovered_at__isnull=True, recovered_by__isnull=True)),
                name="incident_recovered_shows_it",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["open", "recovered"]) & Q(opened_at__isnull=False))
                | (Q(state__in=["proposed", "dismissed"]) & Q(opened_at__isnull=True)),
                name="incident_opened_iff_open",
            ),
            models.CheckConstraint(
                condition=Q(recovered_at__isnull=True) | Q(recovered_at__gte=F("opened_at")),
                name="incident_recovers_after_it_opened",
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "-created_at"], name="incident_board")]

    def __str__(self) -> str:
        return self.title

    @property
    def due_at(self) -> datetime | None:
        return self.opened_at + timedelta(hours=HOURS) if self.opened_at else None


class IncidentEntry(models.Model):
    """One line of an incident's timeline: added, never changed."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=20)  # proposed, opened, changed, note, action, targeted, rollback, ...
    text = models.TextField(max_length=2000)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} of incident {self.incident_id}"
