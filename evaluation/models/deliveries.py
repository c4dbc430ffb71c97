"""Destinations outside, and what was sent to them: one row a message, one a try."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import DeliveryState, DestinationKind
from labeling.models import AuditEvent, Project, User


class Destination(models.Model):
    """Where messages of a project go. It holds no secret: keys are in the environment, signing secrets are derived."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="destinations")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=DestinationKind.choices)
    # e-mail: addresses, by comma; webhook: its URL; Slack and PagerDuty: the environment variable that holds it
    address = models.CharField(max_length=2000)
    events = models.JSONField(default=list, blank=True)  # kinds of messages it gets
    generation = models.PositiveIntegerField(default=1)  # of its signing secret
    is_active = models.BooleanField(default=True)
    heard_since = models.DateTimeField(null=True)  # last switched on, or given other events; null: since it was made
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="destination_name_once"),
            models.CheckConstraint(condition=~Q(address=""), name="destination_is_somewhere"),
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One message to one destination, sent at least once; receivers know a repeat by its id."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    destination = models.ForeignKey(Destination, on_delete=models.PROTECT, related_name="deliveries")
    key = models.CharField(max_length=120)  # what it is about: a message is written once a destination
    event = models.ForeignKey(AuditEvent, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    message = models.JSONField()
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)  # since it was written or asked for again
    next_try_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)  # of the newest answer
    response = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=500, blank=True)  # why the newest try failed, or why it was given up
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["destination", "key"], name="delivery_once_a_destination"),
            models.CheckConstraint(
                condition=Q(state="pending", next_try_at__isnull=False) | ~Q(state="pending"),
                name="delivery_pending_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="delivery_lease_iff_sending",
            ),
            models.CheckConstraint(condition=~Q(state="dead") | ~Q(reason=""), name="delivery_dead_says_why"),
        ]
        indexes = [
            models.Index(fields=["destination", "-id"], name="delivery_log"),
            models.Index(fields=["next_try_at"], name="delivery_due", condition=Q(state="pending")),
            models.Index(fields=["lease_until"], name="delivery_lost", condition=Q(state="sending")),
            models.Index(fields=["ended_at"], name="delivery_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.destination_id}"

    @property
    def message_id(self) -> str:
        return f"msg_{self.public_id.hex}"


class DeliveryTry(models.Model):
    """One try and what came of it; never changed."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="log")
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    response = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=500, blank=True)  # empty: it was taken

    def __str__(self) -> str:
        return f"try of {self.delivery_id}"
