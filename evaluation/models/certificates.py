"""Certificates: from which stated confidence on a run's answers may be accepted without a person."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.models.reports import Evaluation
from labeling.models import User


class Certificate(models.Model):
    """A promise about the precision of accepted answers. What was certified never changes; it can only be suspended."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="certificates")
    target = models.FloatField()
    risk = models.FloatField()
    unit = models.CharField(max_length=5, choices=[("item", "Item"), ("label", "Label")])
    threshold = models.FloatField()
    accepted = models.PositiveIntegerField()  # of the calibration items or labels
    errors = models.PositiveIntegerField()
    p_value = models.FloatField()
    share = models.FloatField()  # of the run's items that it accepts
    model_returned = models.CharField(max_length=160, blank=True)
    report = models.JSONField()  # the whole sequence, and how calibration items were drawn
    input_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)  # who issued it on the command line, where that is no user
    expires_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True)
    suspended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    suspended_reason = models.TextField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(target__gt=0, target__lt=1, risk__gt=0, risk__lt=1, threshold__gte=0, threshold__lte=1),
                name="certificate_shares_are_shares",
            ),
            models.CheckConstraint(condition=Q(p_value__lte=models.F("risk")), name="certificate_keeps_its_risk"),
            models.CheckConstraint(
                condition=Q(suspended_at__isnull=True, suspended_reason="")
                | (Q(suspended_at__isnull=False) & ~Q(suspended_reason="")),
                name="certificate_suspended_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="certificate_expires_after_it_began"
            ),
        ]
        indexes = [models.Index(fields=["evaluation", "-created_at"], name="certificate_recent")]

    def __str__(self) -> str:
        return f"from {self.threshold:.2f} on, {self.target:.0%}"
