"""Canaries: a candidate beside production on a share of the new items, judged by people who see neither."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.canaries import draw_canary, read_canary, start_canary
from evaluation.api.frame import MAKERS, READERS, EvaluationApi, Report
from evaluation.forms.canaries import CanaryForm, DrawForm
from evaluation.queries.canaries import canaries_of, loaded, standing_of
from evaluation.queries.recipes import version_named
from labeling.api.forms import body_of, checked, data_of, filled
from labeling.api.views import access
from labeling.enums import Scope

STEPS = ("running", "to draw", "labelling", "to read", "read")


class CanaryOut(serializers.Serializer[Any]):
    """Where a canary is on its way."""

    id = serializers.UUIDField(source="canary.public_id")
    candidate = serializers.CharField(source="canary.candidate")
    production = serializers.CharField(source="canary.production")
    share = serializers.FloatField(source="canary.share")
    step = serializers.ChoiceField(STEPS)
    items = serializers.IntegerField()
    answered = serializers.IntegerField()
    tasks = serializers.IntegerField()
    settled = serializers.IntegerField()
    created_at = serializers.DateTimeField(source="canary.created_at")


class CanaryWhole(CanaryOut):
    """With what people's labels say, once it is read."""

    report = Report(allow_null=True)


class CanariesOut(serializers.Serializer[Any]):
    """The newest first."""

    results = CanaryOut(many=True)


CanaryIn = body_of(
    CanaryForm, "CanaryIn", candidate=serializers.CharField(max_length=140, help_text="a candidate like name@3")
)
CanaryStepIn = body_of(
    DrawForm, "CanaryStepIn", step=serializers.ChoiceField(["draw", "read"], help_text="draw opens its round")
)


class CanaryApi(EvaluationApi):
    """Shows canaries."""

    def whole(self, public_id: object, *, status: int = 200) -> Response:
        found = get_object_or_404(loaded().filter(project=self.project), public_id=public_id)
        return Response({**CanaryOut(standing_of(found)).data, "report": found.report}, status=status)


class Canaries(CanaryApi):
    """All canaries; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = CanariesOut
    pagination_class = None

    @extend_schema(operation_id="canaries", responses=CanariesOut)
    def get(self, request: Request, project: str) -> Response:
        return Response(CanariesOut({"results": canaries_of(self.project)}).data)

    @extend_schema(operation_id="start_canary", request=CanaryIn, responses={201: CanaryWhole})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, CanaryIn, lambda sent: CanaryForm(sent, project=self.project))

        def start() -> str:
            said = form.cleaned_data
            made = start_canary(
                candidate=version_named(self.project, said["candidate"]), share=said["share"], seed=said["seed"],
                budget_usd=said["budget"], by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        return self.whole(self.once(f"canary:{self.project.slug}", told, start), status=201)


class OneCanary(CanaryApi):
    """One canary."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = CanaryWhole
    pagination_class = None

    @extend_schema(operation_id="canary", responses=CanaryWhole)
    def get(self, request: Request, project: str, canary_id: object) -> Response:
        return self.whole(canary_id)


class StepCanary(CanaryApi):
    """Draws its sample for people to label, or reads its result."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = CanaryWhole

    @extend_schema(operation_id="step_canary", request=CanaryStepIn, responses=CanaryWhole)
    def post(self, request: Request, project: str, canary_id: object) -> Response:
        found = get_object_or_404(loaded().filter(project=self.project), public_id=canary_id)
        told = self.read(CanaryStepIn)

        def step() -> str:
            if told["step"] == "read":
                read_canary(canary=found, by=self.me)
                return ""
            said = checked(DrawForm(data_of(told))).cleaned_data
            draw_canary(canary=found, size=said["size"], share_of_disagreements=said["share"], by=self.me)
            return ""

        self.once(f"canary:{found.public_id}", told, step)
        return self.whole(canary_id)
