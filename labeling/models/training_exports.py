"""Files that went out to train a model with, and the items in them: on the record for good."""

from uuid import uuid4

from django.db import models

from labeling.enums import TrainingKind
from labeling.models.items import Item
from labeling.models.people import Project, User


class TrainingExport(models.Model):
    """One file of lines to train with. What is in it is never dealt into a test split any more."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="training_exports")
    number = models.PositiveIntegerField()
    what = models.CharField(max_length=12, choices=TrainingKind.choices)
    source = models.CharField(max_length=300)  # the release, panel or review, as it was called
    source_id = models.UUIDField()
    splits = models.JSONField()  # items by the split they had in the newest release with them; "" is in none
    lines = models.PositiveIntegerField()
    items = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # SHA-256 of the file
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    operator = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="trainingexport_number_once")]

    def __str__(self) -> str:
        return f"training file {self.number}"


class TrainingItem(models.Model):
    """An item in such a file, with the text that it showed."""

    export = models.ForeignKey(TrainingExport, on_delete=models.PROTECT, related_name="given")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="given_out")
    text_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "item", "text_digest"], name="trainingitem_text_once")]
        indexes = [models.Index(fields=["text_digest"], name="trainingitem_by_text")]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.export_id}"
