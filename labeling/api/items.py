"""Items: lists, one, all as a stream; and many at once on their way in."""

from typing import Any, ClassVar

from django.core.files import File
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions.importing import RowsRefused, advance, set_mapping, start_import
from labeling.api.imports import ImportOut
from labeling.api.rows import PARSERS, Rows, rows_of
from labeling.api.streams import NDJSON, NdjsonRenderer, stream
from labeling.api.views import ProjectApi, access
from labeling.enums import ImportState, Role, Scope
from labeling.models import ImportJob, Item
from labeling.queries import items as queries
from labeling.queries.attributes import attribute_names

READERS = access(Scope.READ, Role.MANAGER, Role.ENGINEER, Role.ANALYST, Role.ADJUDICATOR)
AT_ONCE = 1000  # rows; more are written by the workers


class DocumentOut(serializers.Serializer[Any]):
    """One text of an item."""

    position = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.CharField()
    source_url = serializers.CharField(allow_blank=True)
    fetched_at = serializers.CharField(allow_blank=True)
    page = serializers.IntegerField(allow_null=True)


class ItemOut(serializers.Serializer[Any]):
    """An item as it is now."""

    id = serializers.UUIDField(source="public_id")
    external_id = serializers.CharField()
    name = serializers.CharField()
    attributes = serializers.DictField(child=serializers.CharField(allow_blank=True))
    revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class WholeItemOut(ItemOut):
    """An item with its texts."""

    documents = DocumentOut(many=True)


class ItemRowOut(serializers.Serializer[Any]):
    """A row of the stream, which can be sent back in as it is."""

    external_id = serializers.CharField()
    name = serializers.CharField()
    attributes = serializers.DictField(child=serializers.CharField(allow_blank=True))
    documents = DocumentOut(many=True)


class DocumentIn(serializers.Serializer[Any]):
    text = serializers.CharField()
    kind = serializers.CharField(required=False)
    source_url = serializers.CharField(required=False)
    fetched_at = serializers.CharField(required=False)
    page = serializers.IntegerField(required=False, allow_null=True)


class ItemIn(serializers.Serializer[Any]):
    """A row of an item file: the id under `external_id`, `id` or `item`; a `text`, or `documents`. Without an object
    `attributes`, what is nothing else is an attribute, as in files."""

    external_id = serializers.CharField(max_length=255)
    name = serializers.CharField(required=False)
    text = serializers.CharField(required=False)
    documents = DocumentIn(many=True, required=False)
    attributes = serializers.DictField(child=serializers.CharField(), required=False)


class ItemFilter(serializers.Serializer[Any]):
    external_id = serializers.CharField(max_length=255, required=False)
    attribute = serializers.CharField(max_length=200, required=False, help_text="The name of an attribute …")
    value = serializers.CharField(
        max_length=500, required=False, allow_blank=True, trim_whitespace=False, help_text="… and its value."
    )
    changed_since = serializers.DateTimeField(required=False, help_text="Added or changed at this time or later.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("attribute" in attrs) != ("value" in attrs):
            raise serializers.ValidationError("Name an attribute and its value, or neither.")
        if "attribute" in attrs and attrs["attribute"] not in attribute_names(self.context["view"].project):
            raise serializers.ValidationError({"attribute": ["No item has this attribute."]})
        return attrs


class BulkOptions(serializers.Serializer[Any]):
    skip_bad = serializers.BooleanField(default=False, help_text="Write the other rows if some cannot be used.")


class Items(ProjectApi):
    """Items by external id."""

    access: ClassVar = {"GET": READERS, "POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = ItemOut
    parser_classes = PARSERS
    ordering = "external_id"

    @extend_schema(operation_id="items", parameters=[ItemFilter], responses=ItemOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(queries.find_items(self.project, **self.read(ItemFilter, query=True)), ItemOut)

    @extend_schema(
        operation_id="import_items",
        parameters=[BulkOptions],
        request={
            "application/json": ItemIn(many=True), "application/x-ndjson": ItemIn, "text/csv": OpenApiTypes.STR,
        },
        responses={200: ImportOut, 202: ImportOut},
    )  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        """Add items, and change those there are, by external id. Up to 1,000 rows are written at once (200); more, up
        to 100,000 rows and 250 MB, by a job to look after (202). Rows that cannot be used are named in the answer (422)
        or by the job, and then nothing is written unless `skip_bad`. Sent again, the same rows change nothing."""
        rows = rows_of(request)
        skip_bad = self.read(BulkOptions, query=True)["skip_bad"]
        payload = {"rows": rows.digest, "skip_bad": skip_bad}
        job_id = self.once(f"items:{self.project.slug}", payload, lambda: self.bring_in(rows, skip_bad=skip_bad))
        job = ImportJob.objects.get(public_id=job_id)
        return Response(ImportOut(job).data, status=200 if job.state == ImportState.DONE else 202)

    def bring_in(self, rows: Rows, *, skip_bad: bool) -> str:
        job = start_import(project=self.project, file=File(rows.file), file_name=rows.name, by=self.me)
        at_once = rows.lines <= AT_ONCE
        mapping = rows.mapping() or job.mapping
        set_mapping(job=job, mapping=mapping, skip_bad=skip_bad, by=self.me, in_background=not at_once)
        if at_once:
            advance(job_id=job.pk)
            job.refresh_from_db()
            if job.state != ImportState.DONE:
                problems = list(job.problems.all())
                job.file.delete(save=False)
                raise RowsRefused(job.error or "The rows could not be written. Send them again.", problems)
        return str(job.public_id)


class OneItem(ProjectApi):
    """One item with its texts."""

    access: ClassVar = {"GET": READERS}
    serializer_class = WholeItemOut

    @extend_schema(operation_id="item", responses=WholeItemOut)
    def get(self, request: Request, project: str, item_id: Any) -> Response:
        item = get_object_or_404(Item.objects.filter(project=self.project), public_id=item_id)
        documents = item.documents.order_by("position")
        return Response({**ItemOut(item).data, "documents": DocumentOut(documents, many=True).data})


class ItemStream(ProjectApi):
    """Every item with its texts, one JSON object a line."""

    access: ClassVar = {"GET": READERS}
    serializer_class = ItemRowOut
    renderer_classes = (NdjsonRenderer, JSONRenderer)
    pagination_class = None

    @extend_schema(operation_id="stream_items", parameters=[ItemFilter], responses={(200, NDJSON): ItemRowOut})
    def get(self, request: Request, project: str) -> HttpResponseBase:
        """Read from the database as it is sent, however many there are. The rows can be sent in again as they are."""
        found = queries.find_items(self.project, **self.read(ItemFilter, query=True))
        return stream(queries.item_rows(found), name=f"{self.project.slug}-items")
