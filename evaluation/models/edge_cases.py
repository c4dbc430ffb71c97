"""The edge-case bank: items that taught something, what is right for them, and what each run made of them."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from evaluation.enums import CaseOutcome, CaseReason, LabelSource
from evaluation.models.runs import Run
from labeling.models import Item, Project, Release, TaxonomyVersion, User


class EdgeCase(models.Model):
    """An item in the bank. It is retired, never deleted."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="edge_cases")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="edge_cases")
    reason = models.CharField(max_length=20, choices=CaseReason.choices)
    note = models.TextField(max_length=2000, blank=True)
    # Whether engineers may see it: decided when it is put in, so that a later release cannot tell by its going away
    # what it holds out.
    is_open = models.BooleanField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)
    retired_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    retired_why = models.TextField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "item"], condition=Q(retired_at__isnull=True), name="edgecase_item_once"
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True, retired_why="")
                | (Q(retired_at__isnull=False) & ~Q(retired_why="")),
                name="edgecase_retired_says_why",
            ),
        ]

    def __str__(self) -> str:
        return str(self.item)


class CaseLabels(models.Model):
    """What is right for a case, as it was said at one time; a correction is a new row."""

    case = models.ForeignKey(EdgeCase, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    taxonomy_version = models.ForeignKey(TaxonomyVersion, on_delete=models.PROTECT, related_name="+")
    labels = models.JSONField()  # sorted codes; an empty list says: none applies
    source = models.CharField(max_length=10, choices=LabelSource.choices)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    why = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="caselabels_number_once"),
            models.CheckConstraint(
                condition=Q(source="gold", release__isnull=False) | (~Q(source="gold") & Q(release__isnull=True)),
                name="caselabels_gold_names_its_release",
            ),
        ]

    def __str__(self) -> str:
        return f"labels {self.number} of case {self.case_id}"


class CaseText(models.Model):
    """What the item of a case said when it was put in: what every run on the bank reads, whatever an import changes."""

    case = models.OneToOneField(EdgeCase, on_delete=models.PROTECT, related_name="frozen")
    content = models.JSONField()  # name, attributes, documents
    text_digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"text of case {self.case_id}"


class CaseVerdict(models.Model):
    """What a run made of a case, held against the labels that were right then."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="case_verdicts")
    case = models.ForeignKey(EdgeCase, on_delete=models.PROTECT, related_name="verdicts")
    expected = models.ForeignKey(CaseLabels, on_delete=models.PROTECT, related_name="verdicts")
    outcome = models.CharField(max_length=10, choices=CaseOutcome.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "expected"], name="caseverdict_once")]
        indexes = [models.Index(fields=["expected", "outcome"], name="caseverdict_passed")]

    def __str__(self) -> str:
        return f"case {self.case_id} {self.outcome} in run {self.run_id}"
