"""Panels as those who read evaluations see them: made, progress while one is open, figures once it is closed."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.panelboard import measure_panel
from evaluation.actions.panels import close_panel, make_panel
from evaluation.actions.training_exports import give_out
from evaluation.api.frame import READERS, EvaluationApi
from evaluation.enums import PanelKind, PanelState
from evaluation.forms.panels import PanelForm
from evaluation.models import Panel
from evaluation.queries import panels as queries
from evaluation.queries.panelboard import for_reader
from labeling.api.forms import body_of, filled
from labeling.api.streams import NDJSON, NdjsonRenderer, stream
from labeling.api.views import access
from labeling.enums import Role, Scope
from labeling.queries.attributes import attribute_names
from reviewapp.common.errors import Refused


class PanelOut(serializers.Serializer[Any]):
    """A panel and how far it is."""

    id = serializers.UUIDField(source="panel.public_id")
    name = serializers.CharField(source="panel.name")
    kind = serializers.ChoiceField(PanelKind.choices, source="panel.kind")
    state = serializers.ChoiceField(PanelState.choices, source="panel.state")
    rubric = serializers.CharField(source="panel.rubric_version")
    seats = serializers.IntegerField()
    done = serializers.IntegerField()
    outputs = serializers.IntegerField()
    settled = serializers.IntegerField()
    escalated = serializers.IntegerField()
    created_at = serializers.DateTimeField(source="panel.created_at")
    closed_at = serializers.DateTimeField(source="panel.closed_at", allow_null=True)


class RaterProgress(serializers.Serializer[Any]):
    """How far one rater is: by name for managers and analysts, by number for engineers."""

    who = serializers.CharField()
    role = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class PanelWhole(PanelOut):
    """A panel with its raters' progress."""

    raters = RaterProgress(many=True)


class CloseIn(serializers.Serializer[Any]):
    """Whether it may end with outputs that are not settled."""

    with_rest = serializers.BooleanField(required=False, default=False)


PanelIn = body_of(
    PanelForm,
    "PanelIn",
    rubric=serializers.UUIDField(help_text="a version of a rubric, by its id"),
    runs=serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=100),
    raters=serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=500, help_text="people by id; each rates every output"
    ),
    reserves=serializers.ListField(
        child=serializers.UUIDField(), max_length=500, default=list, help_text="asked where the raters do not agree"
    ),
)


class PanelApi(EvaluationApi):
    """Finds panels."""

    def panels(self) -> QuerySet[Panel]:
        return queries.loaded().filter(project=self.project)

    def panel(self, panel_id: object) -> Panel:
        return get_object_or_404(self.panels(), public_id=panel_id)

    def shown(self, panel: Panel) -> Any:
        named = bool(self.roles & {Role.MANAGER, Role.ANALYST})
        raters = queries.progress(panel, with_names=named)
        row = PanelOut(queries.rows_of([panel])[0]).data
        return {**row, "raters": RaterProgress(raters, many=True).data}


class Panels(PanelApi):
    """Panels, the newest first. Raters find theirs under `my-panels/`."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = PanelOut

    @extend_schema(operation_id="panels", responses=PanelOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        found = self.paginate_queryset(self.panels()) or []
        return self.get_paginated_response(PanelOut(queries.rows_of(list(found)), many=True).data)

    @extend_schema(operation_id="make_panel", request=PanelIn, responses={201: PanelWhole})
    def post(self, request: Request, project: str) -> Response:
        """Its outputs are drawn once, and dealt to its raters at once."""
        attributes = attribute_names(self.project)
        form, told = filled(self, PanelIn, lambda sent: PanelForm(sent, project=self.project, attributes=attributes))

        def make() -> str:
            return str(make_panel(project=self.project, spec=form.spec(), by=self.me).public_id)

        made = self.once(f"panel:{self.project.slug}", told, make)
        return Response(self.shown(self.panel(made)), status=201)


class OnePanel(PanelApi):
    """One panel."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = PanelWhole

    @extend_schema(operation_id="panel", responses=PanelWhole)
    def get(self, request: Request, project: str, panel_id: object) -> Response:
        return Response(self.shown(self.panel(panel_id)))


class ClosePanel(PanelApi):
    """Closes a panel; from then on its figures can be read."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = PanelWhole

    @extend_schema(operation_id="close_panel", request=CloseIn, responses=PanelWhole)
    def post(self, request: Request, project: str, panel_id: object) -> Response:
        panel, told = self.panel(panel_id), self.read(CloseIn)

        def close() -> str:
            close_panel(panel=panel, with_rest=told["with_rest"], by=self.me)
            return ""

        self.once(f"close panel:{panel.public_id}", told, close)
        return Response(self.shown(self.panel(panel_id)))


class PanelFigures(PanelApi):
    """The report of a closed panel; while it is open there is none. Raters by name for managers alone."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    pagination_class = None

    @extend_schema(operation_id="panel_figures", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, project: str, panel_id: object) -> Response:
        report = measure_panel(panel=self.panel(panel_id))
        return Response(for_reader(report, names=Role.MANAGER in self.roles))


class PanelAnswers(PanelApi):
    """What each rater of a closed panel said, the newest answer of each. Raters by name for managers alone."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    renderer_classes = (NdjsonRenderer,)
    pagination_class = None

    @extend_schema(operation_id="panel_answers", responses={(200, NDJSON): OpenApiTypes.STR})
    def get(self, request: Request, project: str, panel_id: object) -> HttpResponseBase:
        """On the record like a training file: a model can be trained with it."""
        panel = self.panel(panel_id)
        if panel.state != PanelState.CLOSED:
            raise Refused("The panel is open: what raters said can be read when it is closed.")
        rows = give_out(source=panel, with_names=Role.MANAGER in self.roles, by=self.me)
        return stream(rows, name=f"{self.project.slug} panel {panel.public_id} answers")
