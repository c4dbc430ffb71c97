"""The monthly review: one page of figures, kept as it was when it was made."""

from uuid import uuid4

from django.db import models

from evaluation.models.schedules import Firing
from labeling.models import Project, User


class ReviewPack(models.Model):
    """What a month came to. It never changes; made again after something changed, it is another row."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="review_packs")
    month = models.DateField()  # its first day
    report = models.JSONField()
    digest = models.CharField(max_length=64)  # of the report
    firing = models.ForeignKey(Firing, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "month", "digest"], name="reviewpack_content_once"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="reviewpack_month_is_a_month"),
        ]
        indexes = [models.Index(fields=["project", "-month", "-id"], name="reviewpack_newest")]

    def __str__(self) -> str:
        return f"review of {self.month:%B %Y}"
