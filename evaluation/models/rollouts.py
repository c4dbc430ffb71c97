"""Rollout plans: a prompt version goes to pilot, batch and production, each on figures of the step before."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import RolloutMoveKind, RolloutStep
from evaluation.models.prompts import PromptVersion
from evaluation.models.runs import Run
from labeling.models import Project, Release, User


class Rollout(models.Model):
    """The plan of one prompt version: how many items a step takes, and what opens the next. It never changes."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rollouts")
    version = models.OneToOneField(PromptVersion, on_delete=models.PROTECT, related_name="rollout")
    fewshot_release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    strata = models.JSONField(default=list)  # names of the attributes by which the pilot is drawn
    pilot_items = models.PositiveIntegerField(default=100)
    batch_items = models.PositiveIntegerField(default=50_000)  # at most
    min_precision = models.FloatField(default=0.95)  # of what goes through, right in every label
    max_cost = models.FloatField(default=0.5)  # dollars an item
    min_auto = models.FloatField(default=0.8)  # of all items asked, answered without a person
    hourly_usd = models.FloatField(null=True)  # what an hour of a reviewer costs
    seed = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(min_precision__gt=0, min_precision__lt=1, min_auto__gt=0, min_auto__lte=1, max_cost__gt=0),
                name="rollout_criteria_sane",
            ),
            models.CheckConstraint(
                condition=Q(pilot_items__gt=0, batch_items__gt=0, batch_items__lte=50_000), name="rollout_sizes_sane"
            ),
        ]

    def __str__(self) -> str:
        return f"Rollout of {self.version}"


class RolloutMove(models.Model):
    """One step taken: where the plan stands from then on, with what was measured when it was taken. Never changed."""

    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="moves")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5, choices=RolloutMoveKind.choices)
    step = models.CharField(max_length=10, choices=RolloutStep.choices)  # from then on
    run = models.OneToOneField(Run, on_delete=models.PROTECT, null=True, related_name="rollout_move")
    measured = models.JSONField(default=list)  # the criteria of the step that was left
    reason = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rollout", "number"], name="rolloutmove_number_once"),
            models.CheckConstraint(
                condition=~Q(kind=RolloutMoveKind.BACK) | Q(run__isnull=True), name="rolloutmove_back_starts_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"move {self.number} of {self.rollout_id}"
