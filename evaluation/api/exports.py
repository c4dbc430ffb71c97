"""Exports: asked for, watched while a worker writes the file, and fetched by whoever asked."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.exporting import ask_export, is_link, link_of
from evaluation.api.frame import READERS, EvaluationApi
from evaluation.enums import ExportState
from evaluation.forms.exports import ExportForm
from evaluation.models import Export
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Role, Scope
from labeling.files.answer_writing import OUT_FORMATS
from reviewapp.common.errors import Conflict, NotAllowed

NAMES_OF_FORMATS = sorted(OUT_FORMATS)
MEDIA = sorted({one.media for one in OUT_FORMATS.values()})


class FileRenderer(BaseRenderer):
    """Makes any `Accept` acceptable; the file itself is streamed."""

    media_type = "*/*"
    format = "file"


class ExportOut(serializers.Serializer[Any]):
    """One's own export and how far it is. Its file is kept for a day."""

    id = serializers.UUIDField(source="public_id")
    what = serializers.CharField(help_text="annotations, golden or predictions")
    of = serializers.SerializerMethodField(help_text="the release, run or round; empty: all rounds")
    format = serializers.ChoiceField(NAMES_OF_FORMATS)
    with_test = serializers.BooleanField()
    state = serializers.ChoiceField(ExportState.choices)
    items_total = serializers.IntegerField()
    items_done = serializers.IntegerField()
    rows = serializers.IntegerField(allow_null=True)
    size = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_of(self, row: Export) -> str:
        return str(row.release or row.run or row.round or "")


ExportIn = body_of(
    ExportForm,
    "ExportIn",
    source=serializers.CharField(
        max_length=100, help_text="annotations, or round:, release: or run: and a public id; annotations for managers"
    ),
)


class ExportApi(EvaluationApi):
    """Finds one's own exports."""

    def mine(self) -> QuerySet[Export]:
        mine = Export.objects.filter(project=self.project, created_by=self.me)
        return mine.select_related("project", "release__golden_set", "round", "run")


class Exports(ExportApi):
    """One's own exports, the newest first; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.READ, *READERS)}
    serializer_class = ExportOut

    @extend_schema(operation_id="exports", responses=ExportOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.mine(), ExportOut)

    @extend_schema(operation_id="ask_export", request=ExportIn, responses={202: ExportOut})
    def post(self, request: Request, project: str) -> Response:
        """Written by a worker: look after it until it is done, then fetch `file/`. Gold of test is a look."""
        is_manager = Role.MANAGER in self.roles
        form, told = filled(self, ExportIn, lambda sent: ExportForm(sent, project=self.project, is_manager=is_manager))
        if told["with_test"] and not is_manager:
            raise NotAllowed("Gold of the test split is for managers.")
        made = self.once(
            f"export:{self.project.slug}", told, lambda: str(ask_export(wanted=form.wanted(), by=self.me).public_id)
        )
        return Response(ExportOut(self.mine().get(public_id=made)).data, status=202)


class OneExport(ExportApi):
    """How far one is."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = ExportOut

    @extend_schema(operation_id="export", responses=ExportOut)
    def get(self, request: Request, project: str, export_id: object) -> Response:
        return Response(ExportOut(get_object_or_404(self.mine(), public_id=export_id)).data)


class ExportFile(ExportApi):
    """The file of an export that is done; 409 before, and after a day."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    renderer_classes = (JSONRenderer, FileRenderer)
    pagination_class = None

    @extend_schema(operation_id="export_file", responses={(200, media): OpenApiTypes.BINARY for media in MEDIA})
    def get(self, request: Request, project: str, export_id: object) -> HttpResponseBase:
        found = get_object_or_404(self.mine(), public_id=export_id)
        if found.state != ExportState.DONE:
            raise Conflict(f"This export has no file: {found.get_state_display().lower()}.")
        if not is_link(found, self.me, link_of(found)):
            raise NotAllowed("This file is for managers.")
        about = OUT_FORMATS[found.format]
        name = f"{self.project.slug}-{found.what}-{found.created_at:%Y%m%d-%H%M}{about.ending}"
        response = FileResponse(found.file.open("rb"), as_attachment=True, filename=name, content_type=about.media)
        response["Cache-Control"] = "no-store"
        return response
