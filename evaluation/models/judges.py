"""Models as judges: the runs that ask them, and what allows their scores to be used for a gate."""

from uuid import uuid4

from django.db import models

from evaluation.models.panels import Panel, PanelRater, PanelRun, PanelSeat
from evaluation.models.prompts import PromptVersion
from evaluation.models.rubrics import RubricVersion
from evaluation.models.runs import Run
from labeling.models import User


class Judging(models.Model):
    """A judge is asked about the outputs of one run of its panel by a run of its own, which holds calls and money.

    In a panel of pairs these are the pairs whose first output is of that run.
    """

    rater = models.ForeignKey(PanelRater, on_delete=models.PROTECT, related_name="judgings")
    panel_run = models.ForeignKey(PanelRun, on_delete=models.PROTECT, related_name="judgings")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="judging")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rater", "panel_run"], name="judging_once")]

    def __str__(self) -> str:
        return f"judging of {self.panel_run_id} by {self.rater_id}"


class OrderedChoice(models.Model):
    """What a judge chose with the outputs of a pair in one order. Both orders together make its choice."""

    seat = models.ForeignKey(PanelSeat, on_delete=models.PROTECT, related_name="ordered_choices")
    b_first = models.BooleanField()
    better = models.CharField(max_length=1, choices=[("a", "A"), ("b", "B"), ("t", "Tie")])
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seat", "b_first"], name="orderedchoice_once"),
            models.CheckConstraint(condition=models.Q(better__in=["a", "b", "t"]), name="orderedchoice_is_a_choice"),
        ]

    def __str__(self) -> str:
        return f"{self.better} for seat {self.seat_id}"


class JudgeApproval(models.Model):
    """A manager allows a judge's scores by a rubric version to be used for gates. It holds for these two alone."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    judge = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="judge_approvals")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="judge_approvals")
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="judge_approvals")
    models_returned = models.JSONField()  # by which the provider answered, sorted
    figures = models.JSONField()  # the comparison with the people, as it was
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["judge", "panel"], name="judgeapproval_once")]

    def __str__(self) -> str:
        return f"approval of {self.judge_id} by {self.rubric_version_id}"
