"""How tasks were settled: decisions are appended, the newest counts."""

from django.db import models
from django.db.models import Q

from labeling.enums import DecisionKind
from labeling.models.people import User
from labeling.models.rounds import Task
from labeling.models.taxonomy import Label


class Decision(models.Model):
    """One settlement of a task. A later one supersedes it; none is changed or deleted."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=DecisionKind.choices)
    labels = models.ManyToManyField(Label, through="DecisionLabel")
    rationale = models.TextField(max_length=5000, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="decisions")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="decision_number_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["agreed", "majority"], decided_by__isnull=True)
                | Q(kind__in=["adjudicated", "escalated"], decided_by__isnull=False),
                name="decision_by_a_person_unless_automatic",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.number} on task {self.task_id}"


class DecisionLabel(models.Model):
    """One label of the settled answer, and why it was decided where it was disputed."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="chosen")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "label"], name="decisionlabel_once")]

    def __str__(self) -> str:
        return f"{self.label_id} in {self.decision_id}"


class Opening(models.Model):
    """Somebody opened a task to adjudicate it and saw its answers: they can no longer label it."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="openings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="openings")
    opened_at = models.DateTimeField()
    mirror = models.BooleanField()  # whether rater A is shown on the right, drawn per task and person

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="opening_once")]

    def __str__(self) -> str:
        return f"{self.user_id} opened {self.task_id}"
