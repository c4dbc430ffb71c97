"""Rubrics: what people judge outputs by, on scales whose points say what they mean."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from labeling.models import Item, Project, User


class Rubric(models.Model):
    """A named set of criteria; what counts is its versions."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rubrics")
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="rubric_name_once")]

    def __str__(self) -> str:
        return self.name


class RubricVersion(models.Model):
    """The criteria and anchors as they were at one time. It is written whole and never changes."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    note = models.CharField(max_length=500, blank=True)  # what changed, and why
    digest = models.CharField(max_length=64)  # of its criteria and anchors
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rubric", "number"], name="rubricversion_number_once")]

    def __str__(self) -> str:
        return f"{self.rubric.name} v{self.number}"


class Criterion(models.Model):
    """One question of a rubric, answered from 1 to 5; `points` says what each point means."""

    version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="criteria")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    question = models.CharField(max_length=300, blank=True)
    points = models.JSONField()  # five texts, for 1 to 5
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="criterion_code_once"),
            models.UniqueConstraint(fields=["version", "order"], name="criterion_order_once"),
        ]
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name


class Anchor(models.Model):
    """An output with agreed scores: a rater meets it first, and is shown the scores after rating it."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="anchors")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    item_revision = models.PositiveIntegerField()
    labels = models.JSONField()  # the output: [{"code", "evidence"}]
    scores = models.JSONField()  # {criterion code: 1..5}
    why = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "order"], name="anchor_order_once")]
        ordering = ["order"]

    def __str__(self) -> str:
        return f"anchor {self.order} of {self.version_id}"


class AnchorRating(models.Model):
    """What a rater scored an anchor before they were shown the agreed scores."""

    anchor = models.ForeignKey(Anchor, on_delete=models.PROTECT, related_name="ratings")
    rater = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    attempt = models.PositiveSmallIntegerField(default=1)  # of the training: it is repeated when it was not passed
    scores = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["anchor", "rater", "attempt"], name="anchorrating_once_an_attempt")
        ]

    def __str__(self) -> str:
        return f"{self.rater_id} on anchor {self.anchor_id}"


class RubricTraining(models.Model):
    """A rater passed the anchors of a rubric version; it holds for that version, and until it expires."""

    version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="trainings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    within_one = models.FloatField()  # share of scores at most one point from the agreed ones
    passed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(within_one__gte=0, within_one__lte=1), name="rubrictraining_share")
        ]
        indexes = [models.Index(fields=["user", "version", "-expires_at"], name="rubrictraining_of_rater")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.version_id} until {self.expires_at:%Y-%m-%d}"
