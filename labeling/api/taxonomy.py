"""Taxonomy versions and their labels: read by all members, made by managers."""

from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions.taxonomy import discard_draft, draft_taxonomy, publish_taxonomy, read_taxonomy
from labeling.api.rows import PARSERS, Rows, rows_of
from labeling.api.views import ProjectApi, access
from labeling.enums import Role, Scope, VersionStatus
from labeling.models import Label, TaxonomyVersion

MANAGERS = access(Scope.ADMIN, Role.MANAGER)


class TaxonomyVersionOut(serializers.Serializer[Any]):
    """An edition of the label tree."""

    number = serializers.IntegerField()
    status = serializers.CharField()
    digest = serializers.CharField()
    published_at = serializers.DateTimeField(allow_null=True)
    label_count = serializers.IntegerField()


class LabelOut(serializers.Serializer[Any]):
    """A label; `parent` is the code of the one above."""

    code = serializers.CharField()
    name = serializers.CharField()
    definition = serializers.CharField()
    parent = serializers.CharField(source="parent__code", allow_null=True)  # type: ignore[assignment]
    examples = serializers.ListField(child=serializers.CharField())
    synonyms = serializers.ListField(child=serializers.CharField())


class TaxonomyOut(TaxonomyVersionOut):
    """An edition with its labels in reading order."""

    labels = LabelOut(many=True)


class LabelIn(serializers.Serializer[Any]):
    """One row of a taxonomy file."""

    code = serializers.CharField(max_length=100, required=False)
    name = serializers.CharField(max_length=200, required=False)
    definition = serializers.CharField(max_length=4000, required=False)
    parent = serializers.CharField(  # type: ignore[assignment]
        required=False, help_text="A code, or a name that is unique."
    )
    examples = serializers.ListField(child=serializers.CharField(), required=False)
    synonyms = serializers.ListField(child=serializers.CharField(), required=False)


class DraftOption(serializers.Serializer[Any]):
    draft = serializers.BooleanField(default=False, help_text="Leave it a draft instead of publishing it.")


class TaxonomyApi(ProjectApi):
    def versions(self) -> QuerySet[TaxonomyVersion]:
        """Those the reader may see: drafts are the managers'."""
        found = TaxonomyVersion.objects.filter(project=self.project).annotate(label_count=Count("labels"))
        return found if Role.MANAGER in self.roles else found.filter(status=VersionStatus.PUBLISHED)

    def whole(self, number: int, *, status: int = 200) -> Response:
        version = get_object_or_404(self.versions(), number=number)
        names = ("code", "name", "definition", "parent__code", "examples", "synonyms")
        labels = Label.objects.filter(version=version).order_by("position").values(*names)
        fields = {str(name): getattr(version, str(name)) for name in TaxonomyVersionOut().fields}
        return Response(TaxonomyOut({**fields, "labels": labels}).data, status=status)


class Taxonomies(TaxonomyApi):
    """The versions, newest first."""

    access: ClassVar = {"GET": access(Scope.READ), "POST": MANAGERS}
    serializer_class = TaxonomyVersionOut
    parser_classes = PARSERS
    ordering = "-number"

    @extend_schema(operation_id="taxonomies", responses=TaxonomyVersionOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.versions(), TaxonomyVersionOut)

    @extend_schema(
        operation_id="new_taxonomy",
        parameters=[DraftOption],
        request={
            "application/json": LabelIn(many=True), "application/x-ndjson": LabelIn, "text/csv": OpenApiTypes.STR,
        },
        responses={201: TaxonomyOut},
    )  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        """A new version from the rows of a taxonomy file, published at once unless it is to stay a draft. Rows that
        cannot be used are named, and nothing is written."""
        rows = rows_of(request)
        is_draft = self.read(DraftOption, query=True)["draft"]
        payload = {"rows": rows.digest, "draft": is_draft}
        number = self.once(f"taxonomy:{self.project.slug}", payload, lambda: self.make(rows, is_draft=is_draft))
        return self.whole(int(number), status=201)

    def make(self, rows: Rows, *, is_draft: bool) -> str:
        labels = read_taxonomy(rows.path, name=rows.name)
        version = draft_taxonomy(project=self.project, labels=labels, by=self.me)
        return str((version if is_draft else publish_taxonomy(version=version, by=self.me)).number)


class OneTaxonomy(TaxonomyApi):
    """One version with its labels."""

    access: ClassVar = {"GET": access(Scope.READ), "DELETE": MANAGERS}
    serializer_class = TaxonomyOut

    @extend_schema(operation_id="taxonomy", responses=TaxonomyOut)
    def get(self, request: Request, project: str, number: int) -> Response:
        return self.whole(number)

    @extend_schema(operation_id="discard_taxonomy", responses={204: None})
    def delete(self, request: Request, project: str, number: int) -> Response:
        """Throw a draft away; a published version stays for good."""
        discard_draft(version=get_object_or_404(self.versions(), number=number), by=self.me)
        return Response(status=204)


class PublishTaxonomy(TaxonomyApi):
    """A draft on its way into use."""

    access: ClassVar = {"POST": MANAGERS}
    serializer_class = TaxonomyOut

    @extend_schema(operation_id="publish_taxonomy", request=None, responses=TaxonomyOut)
    def post(self, request: Request, project: str, number: int) -> Response:
        """New rounds and runs use it from now on. It never changes again."""
        version = publish_taxonomy(version=get_object_or_404(self.versions(), number=number), by=self.me)
        return self.whole(version.number)
