"""Runs: one prompt version over a set of items. The rows are the queue and the record (SAFETY C6)."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from evaluation.enums import PredictionState, RunOrigin, RunState
from evaluation.models.prompts import PromptVersion
from labeling.models import Item, Project, Release, TaxonomyVersion, User


class Run(models.Model):
    """One prompt version over a set of items, or predictions that were made elsewhere and imported."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    name = models.CharField(max_length=160)
    prompt_version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, null=True, related_name="runs")
    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="runs")
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, null=True, related_name="runs"
    )  # where its items are from
    split = models.CharField(max_length=8, blank=True)  # empty: all items of the project
    fewshot_release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    fewshot_digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=RunState.choices, default=RunState.QUEUED)
    state_reason = models.CharField(max_length=500, blank=True)
    total = models.PositiveIntegerField(default=0)
    origin = models.CharField(max_length=12, choices=RunOrigin.choices, default=RunOrigin.HAND)
    priority = models.SmallIntegerField(default=0)  # the higher is worked on first
    provider = models.CharField(max_length=60, blank=True)
    is_simulated = models.BooleanField(default=False)  # some answer came from the simulator
    uses_cache = models.BooleanField(default=True)  # an answer to the same question is not bought again
    repeat_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="repeats")
    repeat = models.PositiveSmallIntegerField(default=0)
    overrides = models.JSONField(default=dict, blank=True)  # parameters that differ from the prompt version's
    perturbation = models.JSONField(null=True, blank=True)  # {"kind", "strength", "seed"}: how its texts are disturbed
    inputs = models.JSONField(default=dict, blank=True)  # hashes of what was fixed at the start, and the code's version
    pace = models.JSONField(default=dict, blank=True)  # what the limiter last said
    budget_micro_usd = models.BigIntegerField(null=True)
    item_budget_micro_usd = models.BigIntegerField(default=500_000)
    reserved_micro_usd = models.BigIntegerField(default=0)
    spent_micro_usd = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="run_name_once"),
            models.CheckConstraint(
                condition=Q(budget_micro_usd__isnull=True)
                | Q(budget_micro_usd__gte=F("spent_micro_usd") + F("reserved_micro_usd")),
                name="run_never_over_budget",
            ),
            models.UniqueConstraint(fields=["repeat_of", "repeat"], name="run_repeat_once"),
            models.CheckConstraint(
                condition=Q(reserved_micro_usd__gte=0, spent_micro_usd__gte=0), name="run_money_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["project", "-created_at"], name="run_recent")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_imported(self) -> bool:
        return self.prompt_version_id is None


class Prediction(models.Model):
    """What the model said of one item: exactly one row for each run and item."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="predictions")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="predictions")
    state = models.CharField(max_length=10, choices=PredictionState.choices, default=PredictionState.PENDING)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    not_before = models.DateTimeField(null=True)
    labels = models.JSONField(default=list)  # [{"code", "confidence", "evidence", "by"}]
    values = models.JSONField(default=list)
    # What a pipeline recorded on its way: {"retrieved": [text or {document, start, end}], "summary": text}. A key that
    # is missing was not recorded; an empty list says that nothing was retrieved. NULL: there were no stages.
    stages = models.JSONField(null=True)
    routes = models.JSONField(default=list)  # the fallback routes it took, in words
    review = models.CharField(max_length=300, blank=True)  # why a person should look at it
    problems = models.JSONField(default=list)  # what was wrong with the answer: [{"kind", "detail"}]
    error_kind = models.CharField(max_length=30, blank=True)
    error = models.CharField(max_length=500, blank=True)
    model_returned = models.CharField(max_length=160, blank=True)
    tokens_in = models.PositiveIntegerField(null=True)
    tokens_out = models.PositiveIntegerField(null=True)
    cost_micro_usd = models.BigIntegerField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "item"], name="prediction_once_an_item"),
            models.CheckConstraint(
                condition=Q(state="leased", lease_until__isnull=False, lease_token__isnull=False)
                | (~Q(state="leased") & Q(lease_until__isnull=True, lease_token__isnull=True)),
                name="prediction_lease_iff_leased",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error_kind=""), name="prediction_failed_says_why"),
        ]
        indexes = [
            models.Index(fields=["run", "id"], name="prediction_pending", condition=Q(state="pending")),
            models.Index(fields=["lease_until"], name="prediction_leases", condition=Q(state="leased")),
            models.Index(fields=["run", "state"], name="prediction_by_state"),
            models.Index(fields=["run", "id"], name="prediction_review", condition=~Q(review="")),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in run {self.run_id}"
