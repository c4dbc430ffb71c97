"""Which version of a prompt is used for what, and since when: rows are added, never changed."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import PromptStatus
from evaluation.models.objectives import Objective
from evaluation.models.prompts import Prompt, PromptVersion
from evaluation.models.reports import Evaluation
from labeling.models import User


class Promotion(models.Model):
    """A version took on a status. The current row of a version is its status; a version without one is a draft."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="promotions")
    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="promotions")
    status = models.CharField(max_length=10, choices=PromptStatus.choices)
    reason = models.TextField(max_length=2000, blank=True)
    # the look at test that it rests on
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, null=True, related_name="+")
    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, null=True, related_name="+")
    standing = models.JSONField(null=True)  # against that objective, with the numbers it asked for then
    is_override = models.BooleanField(default=False)  # a manager went past the gate
    is_rollback = models.BooleanField(default=False)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)  # who did it on the command line, where that is no user

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version"], condition=Q(is_current=True), name="promotion_current_once"),
            models.UniqueConstraint(
                fields=["prompt"], condition=Q(is_current=True, status="production"), name="promotion_production_once"
            ),
            models.CheckConstraint(
                condition=~Q(status="production") | Q(evaluation__isnull=False),
                name="promotion_rests_on_a_look",
            ),
            models.CheckConstraint(condition=~Q(is_override=True) | ~Q(reason=""), name="promotion_override_says_why"),
        ]
        indexes = [models.Index(fields=["prompt", "-created_at"], name="promotion_history")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.status}"
