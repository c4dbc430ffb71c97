"""Stress suites: one prompt version over the same items clean and disturbed, and what came of it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.models.prompts import PromptVersion
from evaluation.models.runs import Run
from labeling.models import Project, Release, User


class Suite(models.Model):
    """Which kinds of disturbance were asked for, in which strengths, on which items of a dev split."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="suites")
    prompt_version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="suites")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="suites")
    kinds = models.JSONField()
    strengths = models.JSONField()
    seed = models.BigIntegerField(default=0)
    tolerance = models.FloatField(default=0.05)  # the loss of micro F1 that is borne
    sample = models.PositiveIntegerField(null=True)  # empty: all items of the split
    budget_micro_usd = models.BigIntegerField(null=True)  # of all its runs together
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tolerance__gte=0, tolerance__lte=1), name="suite_tolerance_is_a_share"),
            models.CheckConstraint(
                condition=Q(budget_micro_usd__isnull=True) | Q(budget_micro_usd__gte=0),
                name="suite_budget_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["project", "-created_at"], name="suite_recent")]

    def __str__(self) -> str:
        return f"{self.prompt_version} on {self.release}"


class SuiteRun(models.Model):
    """A run of a suite: the clean one (no kind, strength 0), or one of a kind at a strength."""

    suite = models.ForeignKey(Suite, on_delete=models.PROTECT, related_name="members")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="suite_member")
    kind = models.CharField(max_length=30, blank=True)
    strength = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["suite", "kind", "strength"], name="suiterun_once"),
            models.CheckConstraint(
                condition=Q(kind="", strength=0) | (~Q(kind="") & Q(strength__gt=0)), name="suiterun_clean_iff_no_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.strength}" if self.kind else "clean"


class SuiteReport(models.Model):
    """What a suite showed, computed when its last run was over; keyed by the hash of everything that went in."""

    suite = models.ForeignKey(Suite, on_delete=models.PROTECT, related_name="reports")
    input_digest = models.CharField(max_length=64, unique=True)
    report = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"report of suite {self.suite_id}"
