"""Drift: what is watched, two runs compared, and what moved."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import drift as actions
from evaluation.api.frame import READERS, AnyJson, EvaluationApi, Report
from evaluation.forms.drift import CompareForm, MonitorForm
from evaluation.models import DriftCheck, DriftMonitor, Prompt
from evaluation.queries import driftboard
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Scope


class DriftOut(serializers.Serializer[Any]):
    """Two windows compared; `fired` is null until it is computed."""

    id = serializers.UUIDField(source="public_id")
    monitor = serializers.CharField(source="monitor.name", allow_null=True, default=None)
    reference = serializers.DictField(child=AnyJson())
    current = serializers.DictField(child=AnyJson())
    cohort = serializers.CharField(allow_blank=True)
    fired = serializers.IntegerField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class DriftWhole(DriftOut):
    """A check with all its signals, and what came of it in a sentence."""

    sentence = serializers.SerializerMethodField()
    report = Report(allow_null=True)

    def get_sentence(self, row: DriftCheck) -> str:
        return driftboard.sentence(row.report) if row.report else "It is being computed."


class DriftAsked(serializers.Serializer[Any]):
    """Which checks."""

    monitor = serializers.CharField(required=False, max_length=120, help_text="a monitor's name")
    fired = serializers.BooleanField(required=False, allow_null=True, default=None)


class MonitorOut(serializers.Serializer[Any]):
    """A stream that is watched, window after window, against a fixed reference."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    prompt = serializers.CharField(source="prompt.name", allow_null=True, default=None)
    cohort = serializers.CharField(allow_blank=True)
    reference_from = serializers.DateTimeField()
    reference_until = serializers.DateTimeField()
    days = serializers.IntegerField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class SwitchIn(serializers.Serializer[Any]):
    """Whether it goes on."""

    on = serializers.BooleanField()


MonitorIn = body_of(MonitorForm, "MonitorIn")
DriftIn = body_of(CompareForm, "DriftIn")


class DriftApi(EvaluationApi):
    """Finds checks."""

    def checks(self) -> QuerySet[DriftCheck]:
        return DriftCheck.objects.filter(project=self.project).select_related("monitor")

    def monitors(self) -> QuerySet[DriftMonitor]:
        return DriftMonitor.objects.filter(project=self.project).select_related("prompt", "project")


class DriftChecks(DriftApi):
    """Checks, the newest first: of monitors, and asked for by hand."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = DriftOut

    @extend_schema(operation_id="drift_checks", parameters=[DriftAsked], responses=DriftOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        asked, found = self.read(DriftAsked, query=True), self.checks().defer("report")
        if "monitor" in asked:
            found = found.filter(monitor__name=asked["monitor"])
        if asked["fired"] is not None:
            found = found.filter(fired__gt=0) if asked["fired"] else found.filter(fired=0)
        return self.page(found, DriftOut)

    @extend_schema(operation_id="compare_drift", request=DriftIn, responses={202: DriftWhole})
    def post(self, request: Request, project: str) -> Response:
        """Compare two finished runs once; a worker computes it."""
        form, told = filled(self, DriftIn, lambda sent: CompareForm(sent, project=self.project))
        reference, current = form.windows()

        def ask() -> str:
            made = actions.ask_check(
                project=self.project, reference=reference, current=current, cohort=form.cleaned_data["cohort"],
                by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        made = self.once(f"drift:{self.project.slug}", told, ask)
        return Response(DriftWhole(self.checks().get(public_id=made)).data, status=202)


class OneDriftCheck(DriftApi):
    """One check."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = DriftWhole

    @extend_schema(operation_id="drift_check", responses=DriftWhole)
    def get(self, request: Request, project: str, check_id: object) -> Response:
        return Response(DriftWhole(get_object_or_404(self.checks(), public_id=check_id)).data)


class Monitors(DriftApi):
    """What is watched; and a new monitor."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = MonitorOut

    @extend_schema(operation_id="monitors", responses=MonitorOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.monitors(), MonitorOut)

    @extend_schema(operation_id="new_monitor", request=MonitorIn, responses={201: MonitorOut})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, MonitorIn, lambda sent: MonitorForm(sent, project=self.project))

        def make() -> str:
            said = form.cleaned_data
            prompt = Prompt.objects.get(project=self.project, name=said["prompt"]) if said["prompt"] else None
            made = actions.make_monitor(
                project=self.project, name=said["name"], prompt=prompt, reference=form.span(), days=said["days"],
                cohort=said["cohort"], by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        made = self.once(f"monitor:{self.project.slug}", told, make)
        return Response(MonitorOut(self.monitors().get(public_id=made)).data, status=201)


class SwitchMonitor(DriftApi):
    """Stop watching, or go on."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = MonitorOut

    @extend_schema(operation_id="switch_monitor", request=SwitchIn, responses=MonitorOut)
    def post(self, request: Request, project: str, monitor_id: object) -> Response:
        found = get_object_or_404(self.monitors(), public_id=monitor_id)
        actions.switch_monitor(monitor=found, on=self.read(SwitchIn)["on"], by=self.me)
        return Response(MonitorOut(self.monitors().get(pk=found.pk)).data)
