"""What raters said. Revisions are inserted, never changed."""

from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from labeling.enums import Certainty, ReturnReason
from labeling.models.people import User
from labeling.models.rounds import Seat, Task
from labeling.models.taxonomy import Guideline, Label, TaxonomyVersion


class Annotation(models.Model):
    """One rater's answer to one task; the answer itself is its newest revision."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="annotations")
    rater = models.ForeignKey(User, on_delete=models.PROTECT, related_name="annotations")
    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, null=True, related_name="annotation")
    is_counted = models.BooleanField(default=True)  # False: it came after its seat was given away, and is only kept
    revision = models.PositiveIntegerField(default=1)  # the number of the newest revision, the one that counts
    # The revision before the answer was returned: agreement is measured on it, whatever came after (DECISIONS 5).
    independent_revision = models.PositiveIntegerField(null=True)
    submitted_at = models.DateTimeField()  # of the newest revision
    taken_back_at = models.DateTimeField(null=True)  # the author undid it and has not submitted again

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "rater"], name="annotation_once_a_rater"),
            models.CheckConstraint(
                condition=Q(is_counted=False, seat__isnull=True) | Q(is_counted=True, seat__isnull=False),
                name="annotation_counted_iff_seated",
            ),
        ]
        indexes = [models.Index(fields=["rater", "-submitted_at"], name="annotation_of_rater")]

    def __str__(self) -> str:
        return f"{self.rater_id} on task {self.task_id}"


class RevisionQuerySet(models.QuerySet["Revision"]):
    def newest(self) -> "RevisionQuerySet":
        """Only the revision of each annotation that counts."""
        return self.filter(number=F("annotation__revision"))

    def independent(self) -> "RevisionQuerySet":
        """Only the revision of each annotation that its rater gave before anybody returned it to them."""
        return self.filter(number=Coalesce("annotation__independent_revision", "annotation__revision"))


class Revision(models.Model):
    """One submitted version of an annotation: never updated, never deleted (a trigger sees to it)."""

    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    labels = models.ManyToManyField(Label, through="RevisionLabel")
    certainty = models.CharField(max_length=8, choices=Certainty.choices, default=Certainty.SURE)
    comment = models.TextField(max_length=5000, blank=True)
    values = models.JSONField(default=list, blank=True)  # typed values beside the labels
    seconds = models.PositiveIntegerField(null=True)
    is_flagged = models.BooleanField(default=False)  # the rater wants an adjudicator to look
    summary = models.TextField(max_length=20_000, blank=True)  # the reference summary, where the round asks for one
    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, null=True, related_name="+")
    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotation", "number"], name="revision_number_once"),
        ]
        indexes = [models.Index(fields=["-created_at"], name="revision_recent")]

    def __str__(self) -> str:
        return f"revision {self.number} of annotation {self.annotation_id}"

    @property
    def codes(self) -> list[str]:
        return [entry.label.code for entry in self.chosen.all()]

    @property
    def quotes(self) -> dict[str, list[dict[str, Any]]]:
        """The evidence by label code."""
        return {entry.label.code: entry.evidence for entry in self.chosen.all() if entry.evidence}


class RevisionLabel(models.Model):
    """One label of a revision, with the quotes that support it. A revision without any says: none applies."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="chosen")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    evidence = models.JSONField(default=list, blank=True)  # [{"document", "start", "end", "text"}]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "label"], name="revisionlabel_once")]

    def __str__(self) -> str:
        return f"{self.label_id} in {self.revision_id}"


class Draft(models.Model):
    """What a rater has chosen but not submitted; theirs alone."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="drafts")
    rater = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    content = models.JSONField(default=dict)
    number = models.PositiveIntegerField(default=1)  # goes up with each save; another tab's save is seen by it
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "rater"], name="draft_once")]

    def __str__(self) -> str:
        return f"draft of {self.rater_id} on {self.task_id}"


class Return(models.Model):
    """An adjudicator sent an answer back to its rater, with a fixed reason. Answered once a newer revision is in."""

    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="returns")
    revision = models.PositiveIntegerField()  # the one that was returned
    reason = models.CharField(max_length=20, choices=ReturnReason.choices)
    returned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["annotation", "revision"], name="return_once_a_revision")]

    def __str__(self) -> str:
        return f"return of {self.annotation_id}"
