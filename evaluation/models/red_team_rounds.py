"""Red-team rounds: people write texts to break one prompt version, and see at once whether they did."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from evaluation.enums import AttackKind
from evaluation.models.edge_cases import EdgeCase
from evaluation.models.prompts import PromptVersion
from evaluation.models.runs import Run
from labeling.models import Item, Project, TaxonomyVersion, User


class RedTeamRound(models.Model):
    """A prompt version to be broken within a window of time, for a goal."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="red_team_rounds")
    name = models.CharField(max_length=120)
    goal = models.TextField(max_length=2000, blank=True)
    prompt_version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="red_team_rounds")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    budget_micro_usd = models.BigIntegerField(null=True)  # of all its attempts together
    invited = models.JSONField(default=list)  # roles besides those that see answers anyhow: annotator, adjudicator
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="redteamround_name_once"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="redteamround_ends_after_its_start"),
            models.CheckConstraint(
                condition=Q(budget_micro_usd__isnull=True) | Q(budget_micro_usd__gte=0),
                name="redteamround_budget_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RedTeamAttempt(models.Model):
    """One text, what would be right for it, and the run that answers it. It never changes."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    round = models.ForeignKey(RedTeamRound, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=AttackKind.choices)
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="attack")  # set apart
    altered_from = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, related_name="variants")
    altered_revision = models.PositiveIntegerField(null=True)
    is_open = models.BooleanField()  # whether engineers may see it: no text of a held-out item is behind it
    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="+")
    labels = models.JSONField()  # sorted codes that would be right; an empty list says: none applies
    why = models.TextField(max_length=2000)
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="attack")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="redteamattempt_number_once"),
            models.CheckConstraint(
                condition=Q(altered_from__isnull=True, altered_revision__isnull=True)
                | Q(altered_from__isnull=False, altered_revision__isnull=False),
                name="redteamattempt_altered_at_a_revision",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}"


class AttackCase(models.Model):
    """The case in the bank that an attempt became."""

    attempt = models.OneToOneField(RedTeamAttempt, on_delete=models.PROTECT, related_name="banked")
    case = models.OneToOneField(EdgeCase, on_delete=models.PROTECT, related_name="attack")

    def __str__(self) -> str:
        return f"{self.attempt_id} is case {self.case_id}"
