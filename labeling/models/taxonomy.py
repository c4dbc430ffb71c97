"""The versioned tree of labels, and the guidelines that say how to use it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from labeling.enums import VersionStatus
from labeling.models.people import Project, User


class TaxonomyVersion(models.Model):
    """A numbered edition of the label tree. Once published, a trigger refuses any change to it and its labels."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="taxonomy_versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="taxonomy_number_once"),
            models.CheckConstraint(
                condition=Q(status="draft", published_at__isnull=True, digest="")
                | (Q(status="published", published_at__isnull=False) & ~Q(digest="")),
                name="taxonomy_published_iff_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"taxonomy v{self.number}"


class Label(models.Model):
    """One offering of a taxonomy version, named by a code that is stable across versions."""

    version = models.ForeignKey(TaxonomyVersion, on_delete=models.CASCADE, related_name="labels")
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    definition = models.TextField(max_length=4000, blank=True)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    examples = models.JSONField(default=list, blank=True)
    synonyms = models.JSONField(default=list, blank=True)
    position = models.PositiveIntegerField()  # the tree in reading order, parents before their children

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="label_code_once"),
            models.CheckConstraint(condition=~Q(code=""), name="label_code_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class Guideline(models.Model):
    """A numbered edition of the instructions to raters; never changed after it is written."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guidelines")
    number = models.PositiveIntegerField()
    text = models.TextField(max_length=100_000)
    # Worked cases from adjudicated items of ended rounds: {"item", "name", "quote", "labels": [codes], "why"}
    examples = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="guideline_number_once")]

    def __str__(self) -> str:
        return f"guideline v{self.number}"


class GuidelineRequest(models.Model):
    """An adjudicator found that the guidelines do not say enough: collected for the manager."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guideline_requests")
    task = models.ForeignKey("labeling.Task", on_delete=models.PROTECT, null=True, related_name="guideline_requests")
    label_code = models.CharField(max_length=100, blank=True)
    text = models.TextField(max_length=2000)
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    answer = models.TextField(max_length=2000, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, null=True, related_name="requests_met")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="guidelinerequest_closed_by_somebody",
            )
        ]
        indexes = [models.Index(fields=["project", "-raised_at"], name="guidelinerequest_recent")]

    def __str__(self) -> str:
        return self.text[:80]
