"""Calls of providers and what they cost: every call is a row before it is made, every dollar is reserved before it."""

from django.db import models
from django.db.models import F, Q

from evaluation.enums import AttemptOutcome
from evaluation.models.runs import Prediction
from labeling.models import Project, User


class Attempt(models.Model):
    """One call of a provider, written before it starts and closed after it ends: money spent is never forgotten."""

    prediction = models.ForeignKey(Prediction, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    stage = models.CharField(max_length=12, default="classify")
    sample_index = models.PositiveIntegerField(default=0)
    provider = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=160, blank=True)
    request_key = models.CharField(max_length=64, blank=True)  # the same for the same question
    prompt_digest = models.CharField(max_length=64, blank=True)  # of the messages exactly as they were sent
    nonce = models.CharField(max_length=32, blank=True)  # of the fence around the text, to render it again
    outcome = models.CharField(max_length=10, choices=AttemptOutcome.choices, default=AttemptOutcome.STARTED)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    worker = models.CharField(max_length=80, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    error_kind = models.CharField(max_length=30, blank=True)
    error = models.CharField(max_length=500, blank=True)
    retry_after = models.FloatField(null=True)  # seconds the provider asked to wait
    reserved_micro_usd = models.BigIntegerField(default=0)
    cost_micro_usd = models.BigIntegerField(null=True)
    tokens_in = models.PositiveIntegerField(null=True)
    tokens_out = models.PositiveIntegerField(null=True)
    cached_tokens = models.PositiveIntegerField(null=True)  # of tokens_in, those the provider had kept
    model_returned = models.CharField(max_length=160, blank=True)
    response_id = models.CharField(max_length=120, blank=True)
    finish = models.CharField(max_length=30, blank=True)
    is_simulated = models.BooleanField(default=False)
    raw = models.TextField(blank=True)  # the provider's answer as it came, kept before it is parsed
    token_logprobs = models.JSONField(null=True)  # [[token, log-probability]], where they were asked for
    answered_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")  # out of the cache

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prediction", "number"], name="attempt_number_once"),
            models.CheckConstraint(
                condition=~Q(outcome="cached") | Q(answered_by__isnull=False, reserved_micro_usd=0),
                name="attempt_cached_costs_nothing",
            ),
        ]
        indexes = [
            models.Index(fields=["request_key"], name="attempt_answers", condition=Q(outcome="ok")),
            models.Index(fields=["-started_at"], name="attempt_recent"),
            models.Index(fields=["prediction"], name="attempt_open", condition=Q(outcome="started")),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} on {self.prediction_id}"


class Price(models.Model):
    """What a provider's model costs from a day on, in millionths of a dollar for a million tokens. Never changed."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, related_name="prices")  # empty: all
    provider = models.CharField(max_length=60, blank=True)  # empty: whoever offers the model
    model = models.CharField(max_length=160)
    valid_from = models.DateField()
    micro_usd_in = models.BigIntegerField()
    micro_usd_cached = models.BigIntegerField(null=True)  # input the provider had kept; as input if empty
    micro_usd_out = models.BigIntegerField()
    batch_share = models.FloatField(default=0.5)  # of the price, in the Batch API
    note = models.CharField(max_length=300, blank=True)  # where the figure is from
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "provider", "model", "valid_from"], name="price_once_a_day"),
            models.UniqueConstraint(
                fields=["provider", "model", "valid_from"], condition=Q(project__isnull=True), name="price_for_all_once"
            ),
            models.CheckConstraint(
                condition=Q(micro_usd_in__gte=0, micro_usd_out__gte=0)
                & (Q(micro_usd_cached__isnull=True) | Q(micro_usd_cached__gte=0))
                & Q(batch_share__gte=0, batch_share__lte=1),
                name="price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} from {self.valid_from}"


class Spending(models.Model):
    """How much a project may spend on providers: hard limits for a day and for an item, and the aim for an item."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="spending")
    day_micro_usd = models.BigIntegerField(null=True)
    item_micro_usd = models.BigIntegerField(default=500_000)
    item_aim_micro_usd = models.BigIntegerField(default=400_000)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(item_micro_usd__gte=0, item_aim_micro_usd__gte=0)
                & (Q(day_micro_usd__isnull=True) | Q(day_micro_usd__gte=0)),
                name="spending_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"spending of {self.project_id}"


class SpentDay(models.Model):
    """What a project has spent on one day (UTC), and what its calls under way may still cost."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="spent_days")
    day = models.DateField()
    limit_micro_usd = models.BigIntegerField(null=True)
    reserved_micro_usd = models.BigIntegerField(default=0)
    spent_micro_usd = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "day"], name="spentday_once"),
            models.CheckConstraint(
                condition=Q(reserved_micro_usd__gte=0, spent_micro_usd__gte=0), name="spentday_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(limit_micro_usd__isnull=True)
                | Q(limit_micro_usd__gte=F("spent_micro_usd") + F("reserved_micro_usd")),
                name="spentday_never_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} on {self.day}"
