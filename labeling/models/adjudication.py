"""How tasks were settled: decisions are appended, the newest counts."""

from django.db import models
from django.db.models import Q

from labeling.enums import DecisionKind, RecheckKind, RulingReason
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


class Ruling(models.Model):
    """What a decision says of one label that was disputed, and why; also of labels that were ruled out."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="rulings")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    applies = models.BooleanField()
    reason = models.CharField(max_length=20, choices=RulingReason.choices, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "label"], name="ruling_once_a_label")]

    def __str__(self) -> str:
        return f"{self.label_id} {'applies' if self.applies else 'does not apply'} in {self.decision_id}"


class Opening(models.Model):
    """Somebody opened a task to adjudicate it and saw its answers: they can no longer label it."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="openings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="openings")
    opened_at = models.DateTimeField()
    mirror = models.BooleanField()  # whether rater A is shown on the right, drawn per task and person
    held_until = models.DateTimeField(null=True)  # nobody else is handed the task before this
    revealed_at = models.DateTimeField(null=True)  # when the person asked to see the model's answer

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="opening_once")]

    def __str__(self) -> str:
        return f"{self.user_id} opened {self.task_id}"


class Recheck(models.Model):
    """A settled task that an adjudicator judges again, blind to how it was settled: a second opinion, or an audit.

    The row is made when the task is drawn; it waits until `done_at`.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="rechecks")
    kind = models.CharField(max_length=8, choices=RecheckKind.choices)
    drawn_at = models.DateTimeField()
    labels = models.JSONField(default=list)  # sorted codes of the judge's own answer
    agrees = models.BooleanField(null=True)  # whether it equals the decision that stood
    rationale = models.TextField(max_length=5000, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "kind"], name="recheck_once_a_kind"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True, agrees__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False, agrees__isnull=False),
                name="recheck_done_whole",
            ),
        ]
        indexes = [models.Index(fields=["task"], name="recheck_waiting", condition=Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} of {self.task_id}"
