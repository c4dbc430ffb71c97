"""Canaries: a share of new items goes to a candidate too, and people say blind which of the two is right."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from evaluation.models.prompts import PromptVersion
from evaluation.models.runs import Run
from labeling.models import Project, Round, User


class Canary(models.Model):
    """A candidate beside the version in production, on the same new items; the report is written once."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="canaries")
    candidate = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="canaries")
    production = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="+")
    candidate_run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="+")
    production_run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="+")
    share = models.FloatField()  # of the new items
    seed = models.IntegerField(default=0)
    round = models.OneToOneField(Round, on_delete=models.PROTECT, null=True, related_name="+")
    population = models.JSONField(default=dict)  # items on which the two agree and disagree
    report = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="canary_share_is_a_share"),
            models.CheckConstraint(condition=~Q(candidate=F("production")), name="canary_of_two_versions"),
            models.CheckConstraint(
                condition=Q(report__isnull=True) | Q(round__isnull=False), name="canary_report_needs_a_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate} beside {self.production}"
