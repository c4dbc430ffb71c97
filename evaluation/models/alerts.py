"""Alert rules, what they found, and who saw to it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import AlertComparison, AlertState, NoData
from evaluation.models.deliveries import Destination
from evaluation.models.prompts import Prompt
from labeling.enums import Split
from labeling.models import Project, User


class AlertRule(models.Model):
    """A figure that is watched, and when it is worth a message. Rules are switched off, never deleted."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="alert_rules")
    name = models.CharField(max_length=120)
    metric = models.CharField(max_length=40)  # a key of evaluation/queries/alert_metrics.py
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, null=True, related_name="+")  # null: any
    split = models.CharField(max_length=8, default=Split.DEV)
    attribute = models.CharField(max_length=120, blank=True)  # with its value a slice; empty: all items
    value = models.CharField(max_length=200, blank=True)
    days = models.PositiveSmallIntegerField(default=7)  # of the window that shares and means are taken over
    comparison = models.CharField(max_length=5, choices=AlertComparison.choices)
    threshold = models.FloatField()
    hold_minutes = models.PositiveIntegerField(default=0)
    beyond_chance = models.BooleanField(default=False)
    no_data = models.CharField(max_length=5, choices=NoData.choices, default=NoData.OK)
    destinations = models.ManyToManyField(Destination, related_name="alert_rules")
    escalate_to = models.ForeignKey(Destination, on_delete=models.PROTECT, null=True, related_name="+")
    escalate_minutes = models.PositiveIntegerField(null=True)
    silences = models.ManyToManyField("self", symmetrical=False, related_name="silenced_by")
    is_active = models.BooleanField(default=True)
    snoozed_until = models.DateTimeField(null=True)
    # how it stands
    state = models.CharField(max_length=8, choices=AlertState.choices, default=AlertState.OK)
    state_since = models.DateTimeField(null=True)
    past_since = models.DateTimeField(null=True)
    reading = models.JSONField(null=True)
    checked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="alertrule_name_once"),
            models.CheckConstraint(
                condition=Q(escalate_to__isnull=True, escalate_minutes__isnull=True)
                | Q(escalate_to__isnull=False, escalate_minutes__isnull=False),
                name="alertrule_escalates_to_and_after",
            ),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=90), name="alertrule_window_has_a_length"),
        ]

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """A rule fired: from when to when, who was told, who saw to it."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="alerts")
    raised_at = models.DateTimeField()
    reading = models.JSONField()  # when it was raised
    told_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    end_told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule"], condition=Q(resolved_at__isnull=True), name="alert_open_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_by__isnull=True) | Q(acknowledged_at__isnull=False),
                name="alert_acknowledged_by_and_when",
            ),
        ]
        indexes = [models.Index(fields=["rule", "-raised_at"], name="alert_history")]

    def __str__(self) -> str:
        return f"alert of {self.rule_id}"


class AlertChange(models.Model):
    """A rule took on another state; never changed."""

    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    was = models.CharField(max_length=8, choices=AlertState.choices)
    now = models.CharField(max_length=8, choices=AlertState.choices)
    reading = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["rule", "-id"], name="alertchange_history")]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.was} to {self.now}"
