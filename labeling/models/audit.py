"""The record of who changed what, and the keys that make a repeated request harmless."""

from django.db import models

from labeling.models.people import Project, User


class AuditEvent(models.Model):
    """One change: who, what, when, before, after. Rows are inserted and never touched again (a trigger sees to it)."""

    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, related_name="audit_events")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)  # who the command line named when it is no user
    target = models.CharField(max_length=120)  # "round:9f0c..."
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-at"], name="auditevent_recent")]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


class IdempotencyKey(models.Model):
    """A form or request that succeeded. Sent again, it gets the same answer and has no second effect (SAFETY C3)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField()
    fingerprint = models.CharField(max_length=64)  # of the action and its input
    result = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotencykey_once")]

    def __str__(self) -> str:
        return str(self.key)
