"""What a project's users need of a model: named, with numbers."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import Aim, Counted
from labeling.models import Project, User


def _within(name: str, most: float) -> Q:
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 0, f"{name}__lte": most})


class Objective(models.Model):
    """A use case and its tolerances; an empty one is not asked for. Each change is a new number on the record."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="objectives")
    name = models.CharField(max_length=60)
    number = models.PositiveIntegerField(default=1)  # counts the changes: a standing says which it was held against
    purpose = models.CharField(max_length=12, choices=Aim.choices, default=Aim.CORRECTNESS)
    counted = models.CharField(max_length=8, choices=Counted.choices, default=Counted.LABEL)
    target_f1 = models.FloatField(null=True)
    min_precision = models.FloatField(null=True, default=0.95)
    min_recall = models.FloatField(null=True)
    recall_of = models.JSONField(default=dict, blank=True)  # code: the least recall on that label
    max_gap = models.FloatField(null=True)  # between a slice and the rest, in F1
    max_cost = models.FloatField(null=True)  # USD an item
    max_flips = models.FloatField(null=True)  # share of answers that change when a run is repeated
    is_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="objective_name_once"),
            models.UniqueConstraint(fields=["project"], condition=Q(is_default=True), name="objective_default_once"),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(archived_at__isnull=True), name="objective_default_in_use"
            ),
            models.CheckConstraint(
                condition=_within("target_f1", 1)
                & _within("min_precision", 1)
                & _within("min_recall", 1)
                & _within("max_gap", 1)
                & _within("max_flips", 1)
                & _within("max_cost", 1000),
                name="objective_tolerances_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.name
