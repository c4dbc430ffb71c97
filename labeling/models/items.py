"""What is labelled, and the imports that brought it."""

from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q

from labeling.enums import ImportKind, ImportState
from labeling.models.people import Project, User


class ImportJob(models.Model):
    """One uploaded file on its way in: checked whole, then applied in batches that can be resumed."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imports")
    kind = models.CharField(max_length=12, choices=ImportKind.choices)
    state = models.CharField(max_length=12, choices=ImportState.choices, default=ImportState.MAPPING)
    file = models.FileField(upload_to="imports/", max_length=200)
    file_name = models.CharField(max_length=255)  # as the person called it; shown, never used as a path
    encoding = models.CharField(max_length=40, default="utf-8")
    mapping = models.JSONField(default=dict, blank=True)  # column -> role
    skip_bad = models.BooleanField(default=False)
    rows_total = models.PositiveIntegerField(null=True)  # known after checking
    rows_read = models.PositiveIntegerField(default=0)  # rows applied so far, where a resumed job goes on
    added = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list, blank=True)
    error = models.TextField(blank=True)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at"], name="importjob_recent")]

    def __str__(self) -> str:
        return self.file_name


class ImportProblem(models.Model):
    """Why one row of an import was refused."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    key = models.CharField(max_length=255, blank=True)
    reason = models.TextField()

    class Meta:
        ordering = ["line", "pk"]
        indexes = [models.Index(fields=["job", "line"], name="importproblem_by_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class CollectedItems(models.Manager["Item"]):
    """The collection: what people imported. A text that somebody made up is in no list unless it is asked for."""

    def get_queryset(self) -> models.QuerySet["Item"]:
        return super().get_queryset().filter(~Exists(SetApart.objects.filter(item=OuterRef("pk"))))


class Item(models.Model):
    """What is labelled. Its current content is here; older contents are ItemRevisions."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="items")
    external_id = models.CharField(max_length=255)
    name = models.CharField(max_length=500)
    attributes = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=1)
    digest = models.CharField(max_length=64)  # of name, attributes and documents
    text_digest = models.CharField(max_length=64)  # of the normalised text: equal for duplicates
    added_by = models.ForeignKey(ImportJob, on_delete=models.PROTECT, null=True, related_name="items_added")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollectedItems()
    and_set_apart: "models.Manager[Item]" = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "external_id"], name="item_external_id_once"),
            models.CheckConstraint(condition=~Q(external_id=""), name="item_external_id_not_empty"),
        ]
        indexes = [
            models.Index(fields=["project", "name", "id"], name="item_by_name"),
            models.Index(fields=["project", "text_digest"], name="item_by_text"),
        ]

    def __str__(self) -> str:
        return self.name


class SetApart(models.Model):
    """Marks an item that is not of the collection: no sample, round, coverage or run over items holds it."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="set_apart")
    origin = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.item_id}: {self.origin}"


class Document(models.Model):
    """One text of an item's current content."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="documents")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=60, default="text")
    text = models.TextField()
    source_url = models.URLField(max_length=2000, blank=True)
    fetched_at = models.CharField(max_length=40, blank=True)  # as the source states it, ISO 8601
    page = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "position"], name="document_position_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.item_id}"


class ItemRevision(models.Model):
    """What an item was before a later import changed it; tasks made from it go on showing it."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    content = models.JSONField()  # name, attributes, documents
    digest = models.CharField(max_length=64)
    text_digest = models.CharField(max_length=64)
    replaced_by = models.ForeignKey(ImportJob, on_delete=models.PROTECT, null=True, related_name="items_updated")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="itemrevision_number_once")]

    def __str__(self) -> str:
        return f"revision {self.number} of {self.item_id}"
