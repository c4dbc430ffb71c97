"""Stress suites: the same items clean and disturbed, and what a prompt version bears."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import suites as actions
from evaluation.actions.prompts import find_version
from evaluation.api.frame import MAKERS, READERS, EvaluationApi, Micro, Report
from evaluation.forms.suites import SuiteForm
from evaluation.models import Suite
from evaluation.stress.kinds import STRENGTHS
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Scope, Split
from labeling.queries.golden import releases_of


class SuiteOut(serializers.Serializer[Any]):
    """What is disturbed, and how much."""

    id = serializers.UUIDField(source="public_id")
    prompt = serializers.CharField(source="prompt_version", help_text="name@number")
    release = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    strengths = serializers.ListField(child=serializers.IntegerField())
    sample = serializers.IntegerField(allow_null=True)
    tolerance = serializers.FloatField()
    budget_usd = Micro(source="budget_micro_usd", allow_null=True)
    created_at = serializers.DateTimeField()


class SuiteWhole(SuiteOut):
    """With its report; null while its runs go on."""

    report = Report(allow_null=True)


SuiteIn = body_of(
    SuiteForm,
    "SuiteIn",
    prompt=serializers.CharField(max_length=140, help_text="a prompt version like name@3, or a built-in one"),
    on=serializers.UUIDField(help_text="a release by id; its dev split"),
    strengths=serializers.ListField(
        child=serializers.ChoiceField(list(STRENGTHS)), max_length=len(STRENGTHS), default=lambda: list(STRENGTHS)
    ),
)


class SuiteStepIn(serializers.Serializer[Any]):
    """What to do with all its runs."""

    step = serializers.ChoiceField(["pause", "resume", "cancel"])


class SuiteApi(EvaluationApi):
    """Finds suites."""

    def suites(self) -> QuerySet[Suite]:
        return Suite.objects.filter(project=self.project).select_related(*actions.SUITE)

    def whole(self, public_id: object, *, status: int = 200) -> Response:
        found = get_object_or_404(self.suites(), public_id=public_id)
        stored = actions.report_on(found)
        return Response({**SuiteOut(found).data, "report": stored.report if stored else None}, status=status)


class Suites(SuiteApi):
    """Suites, the newest first; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = SuiteOut

    @extend_schema(operation_id="suites", responses=SuiteOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.suites(), SuiteOut)

    @extend_schema(operation_id="start_suite", request=SuiteIn, responses={201: SuiteOut})
    def post(self, request: Request, project: str) -> Response:
        releases = [one for one in releases_of(self.project) if one.counts["splits"][Split.DEV]]
        form, told = filled(self, SuiteIn, lambda sent: SuiteForm(sent, project=self.project, releases=releases))

        def start() -> str:
            said = form.cleaned_data
            made = actions.start_suite(
                version=find_version(project=self.project, reference=said["prompt"], by=self.me),
                release=next(one for one in releases if str(one.public_id) == said["on"]),
                kinds=said["kinds"], strengths=said["strengths"], sample=said["sample"], seed=said["seed"],
                budget_usd=said["budget"], tolerance=said["tolerance"], by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        made = self.once(f"suite:{self.project.slug}", told, start)
        return Response(SuiteOut(self.suites().get(public_id=made)).data, status=201)


class OneSuite(SuiteApi):
    """One suite."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = SuiteWhole
    pagination_class = None

    @extend_schema(operation_id="suite", responses=SuiteWhole)
    def get(self, request: Request, project: str, suite_id: object) -> Response:
        return self.whole(suite_id)


class SteerSuite(SuiteApi):
    """Pauses, resumes or cancels all its runs."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = SuiteOut

    @extend_schema(operation_id="steer_suite", request=SuiteStepIn, responses=SuiteOut)
    def post(self, request: Request, project: str, suite_id: object) -> Response:
        found, told = get_object_or_404(self.suites(), public_id=suite_id), self.read(SuiteStepIn)

        def step() -> str:
            actions.steer_suite(suite=found, step=told["step"], by=self.me)
            return ""

        self.once(f"suite:{found.public_id}", told, step)
        return Response(SuiteOut(found).data)
