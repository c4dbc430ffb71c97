"""Work that waits for a person: what schedules and people opened, and who takes on what other pages list."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import ActionState
from evaluation.models.schedules import Firing
from labeling.models import Project, User


class OpenAction(models.Model):
    """Something that a person has to do by a day. It is closed once, with a note."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="open_actions")
    key = models.CharField(max_length=120)  # the same thing is not opened twice while it is open
    title = models.CharField(max_length=160)
    why = models.TextField(max_length=2000, blank=True)
    url = models.CharField(max_length=300, blank=True)  # where it is done, a path of this server
    firing = models.ForeignKey(Firing, on_delete=models.PROTECT, null=True, related_name="actions")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=ActionState.choices, default=ActionState.OPEN)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(max_length=2000, blank=True)  # what was done, or why it is dropped

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], condition=Q(state="open"), name="openaction_open_once"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | ~Q(state="open") & Q(closed_at__isnull=False),
                name="openaction_closed_iff_when",
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "due_on"], name="openaction_due")]

    def __str__(self) -> str:
        return self.title


class ActionPlan(models.Model):
    """Who does by when what another page lists and keeps no owner or day for."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="action_plans")
    source = models.CharField(max_length=30)
    key = models.CharField(max_length=120)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "source", "key"], name="actionplan_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"
