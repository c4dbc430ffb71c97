"""Golden releases: the list, one, its dev and fewshot entries, exports, and the ledger of the held-out part."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions.golden import record_look
from labeling.api.items import DocumentOut
from labeling.api.streams import NDJSON, NdjsonRenderer, stream
from labeling.api.views import Access, ProjectApi, access
from labeling.enums import Role, Scope, Split
from labeling.models import Release
from labeling.queries.golden import export_golden
from labeling.queries.held_out import worth_of_test
from reviewapp.common.errors import NotAllowed

READERS = access(Scope.READ, Role.MANAGER, Role.ENGINEER, Role.ANALYST)


class ReleaseOut(serializers.Serializer[Any]):
    """A frozen edition of the agreed answers."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField(source="__str__", help_text="As commands name it: pilot@1.")
    golden_set = serializers.CharField(source="golden_set.name")
    number = serializers.IntegerField()
    round = serializers.UUIDField(source="round.public_id", default=None, allow_null=True)
    taxonomy = serializers.IntegerField(source="taxonomy_version.number")
    guideline = serializers.IntegerField(source="guideline.number", default=None, allow_null=True)
    digest = serializers.CharField()
    seed = serializers.IntegerField()
    shares = serializers.DictField(child=serializers.FloatField())
    stratified_by = serializers.ListField(child=serializers.CharField())
    counts = serializers.DictField()
    agreement = serializers.DictField()
    is_blindly_validated = serializers.BooleanField()
    override_reason = serializers.CharField(allow_blank=True)
    frozen_at = serializers.DateTimeField()


class WholeReleaseOut(ReleaseOut):
    """A release, and what its test split is still worth."""

    held_out = serializers.SerializerMethodField(
        help_text="What speaks against figures on its test split, in words; empty if nothing does."
    )

    def get_held_out(self, row: Release) -> list[str]:
        return worth_of_test(row).sentences


class GoldContentOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    attributes = serializers.DictField(child=serializers.CharField(allow_blank=True))
    documents = DocumentOut(many=True)


class GoldEntryOut(serializers.Serializer[Any]):
    """The agreed answer for one item, with the item as it was labelled. No labels means: none applies."""

    item = serializers.CharField(source="external_id")
    split = serializers.CharField()
    labels = serializers.ListField(child=serializers.CharField())
    evidence = serializers.ListField(child=serializers.DictField())
    reference_summary = serializers.CharField(allow_blank=True)
    provenance = serializers.CharField()
    raters = serializers.IntegerField()
    weight = serializers.FloatField()
    item_digest = serializers.CharField()
    content = GoldContentOut()


class GoldRowOut(serializers.Serializer[Any]):
    """A row of the export. Of the test split it has the id and the hash alone, unless asked for on the record."""

    item = serializers.CharField()
    split = serializers.CharField()
    item_digest = serializers.CharField()
    labels = serializers.ListField(child=serializers.CharField(), required=False)
    provenance = serializers.CharField(required=False)
    raters = serializers.IntegerField(required=False)
    weight = serializers.FloatField(required=False)
    evidence = serializers.ListField(child=serializers.DictField(), required=False)


class LookOut(serializers.Serializer[Any]):
    """One look at the held-out part."""

    kind = serializers.CharField()
    subject = serializers.CharField(allow_blank=True)
    by = serializers.SerializerMethodField()
    at = serializers.DateTimeField()

    def get_by(self, look: Any) -> str:
        return str(look.by or look.operator)


class EntryFilter(serializers.Serializer[Any]):
    split = serializers.ChoiceField(choices=[Split.DEV, Split.FEWSHOT, Split.TEST], default=Split.DEV)


class ExportOptions(serializers.Serializer[Any]):
    include_test = serializers.BooleanField(default=False, help_text="Managers only; it goes into the ledger.")


class Releases(ProjectApi):
    """Releases, newest first."""

    access: ClassVar = {"GET": READERS}
    serializer_class = ReleaseOut

    @extend_schema(operation_id="releases", responses=ReleaseOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        found = Release.objects.filter(golden_set__project=self.project)
        return self.page(found.select_related("golden_set", "round", "taxonomy_version", "guideline"), ReleaseOut)


class ReleaseApi(ProjectApi):
    """A view of one release."""

    release: Release

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        releases = Release.objects.filter(golden_set__project=self.project)
        releases = releases.select_related("golden_set", "round", "taxonomy_version", "guideline")
        self.release = get_object_or_404(releases, public_id=kwargs["release_id"])


class OneRelease(ReleaseApi):
    """One release."""

    access: ClassVar = {"GET": READERS}
    serializer_class = WholeReleaseOut

    @extend_schema(operation_id="release", responses=WholeReleaseOut)
    def get(self, request: Request, project: str, release_id: UUID) -> Response:
        return Response(WholeReleaseOut(self.release).data)


class Entries(ReleaseApi):
    """The entries of the dev or the fewshot split."""

    access: ClassVar = {"GET": READERS}
    serializer_class = GoldEntryOut
    ordering = "external_id"

    @extend_schema(operation_id="gold_entries", parameters=[EntryFilter], responses=GoldEntryOut(many=True))
    def get(self, request: Request, project: str, release_id: UUID) -> Response:
        """Those of test are not to be paged through: a manager can export them, on the record."""
        split = self.read(EntryFilter, query=True)["split"]
        if split == Split.TEST:
            raise NotAllowed("The test split is held out. A manager can export it, which goes into the ledger.")
        return self.page(self.release.entries.filter(split=split), GoldEntryOut)


class ExportRelease(ReleaseApi):
    """All entries, one JSON object a line."""

    access: ClassVar = {"GET": READERS}
    serializer_class = GoldRowOut
    renderer_classes = (NdjsonRenderer, JSONRenderer)
    pagination_class = None

    @extend_schema(operation_id="export_gold", parameters=[ExportOptions], responses={(200, NDJSON): GoldRowOut})
    def get(self, request: Request, project: str, release_id: UUID) -> HttpResponseBase:
        """As `export golden` writes it. With `include_test` (managers) it is a look at held-out gold, on the ledger."""
        with_test = self.read(ExportOptions, query=True)["include_test"]
        if with_test:
            if Role.MANAGER not in self.roles:
                raise NotAllowed("Only managers export the test split.")
            record_look(release=self.release, kind="export", subject="test gold", by=self.me)
        name = f"{self.project.slug}-{self.release.number}-gold"
        return stream(export_golden(self.release, with_test=with_test), name=name)


class Looks(ReleaseApi):
    """Who looked at the held-out part, newest first."""

    access: ClassVar = {"GET": READERS}
    serializer_class = LookOut

    @extend_schema(operation_id="looks", responses=LookOut(many=True))
    def get(self, request: Request, project: str, release_id: UUID) -> Response:
        return self.page(self.release.looks.select_related("by"), LookOut)
