"""Rollouts: a prompt version on its way from pilot to production, step by step."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import rollouts as actions
from evaluation.actions.prompts import find_version
from evaluation.api.frame import MAKERS, READERS, AnyJson, EvaluationApi
from evaluation.enums import RolloutMoveKind, RolloutStep
from evaluation.forms.rollouts import RolloutForm, StepForm
from evaluation.models import Rollout
from evaluation.queries import rollouts as queries
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Scope


class RolloutOut(serializers.Serializer[Any]):
    """The plan of a prompt version."""

    id = serializers.UUIDField(source="public_id")
    prompt = serializers.CharField(source="version", help_text="name@number")
    pilot_items = serializers.IntegerField()
    batch_items = serializers.IntegerField()
    strata = serializers.ListField(child=serializers.CharField())
    min_precision = serializers.FloatField()
    min_auto = serializers.FloatField()
    max_cost = serializers.FloatField()
    hourly_usd = serializers.FloatField(allow_null=True)
    created_at = serializers.DateTimeField()


class StepOut(serializers.Serializer[Any]):
    """One of the three steps, and what it measured against the plan."""

    step = serializers.ChoiceField(RolloutStep.choices)
    place = serializers.ChoiceField(["passed", "here", "ahead"])
    items = serializers.IntegerField()
    runs = serializers.ListField(child=serializers.CharField())
    reviews = serializers.ListField(child=serializers.IntegerField())
    criteria = serializers.ListField(child=serializers.DictField(child=AnyJson()))


class MoveOut(serializers.Serializer[Any]):
    """One move, as it was made."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(RolloutMoveKind.choices)
    step = serializers.ChoiceField(RolloutStep.choices)
    reason = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(source="created_at")


class RolloutWhole(RolloutOut):
    """With its path and its moves."""

    step = serializers.ChoiceField(RolloutStep.choices)
    path = StepOut(many=True)
    moves = MoveOut(many=True)


RolloutIn = body_of(
    RolloutForm, "RolloutIn", version=serializers.CharField(max_length=140, help_text="a prompt version like name@3")
)
RolloutStepIn = body_of(StepForm, "RolloutStepIn")


class RolloutApi(EvaluationApi):
    """Finds rollouts."""

    def rollouts(self) -> QuerySet[Rollout]:
        return queries.loaded().filter(project=self.project)

    def whole(self, public_id: object, *, status: int = 200) -> Response:
        found = get_object_or_404(self.rollouts(), public_id=public_id)
        path = queries.as_dict(found)
        told = {"step": path["step"], "path": path["steps"]}
        moves = MoveOut(queries.history(found), many=True).data
        return Response({**RolloutOut(found).data, **told, "moves": moves}, status=status)


class Rollouts(RolloutApi):
    """Rollouts, the newest first; and a new one, whose pilot begins."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = RolloutOut

    @extend_schema(operation_id="rollouts", responses=RolloutOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.rollouts(), RolloutOut)

    @extend_schema(operation_id="start_rollout", request=RolloutIn, responses={201: RolloutWhole})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, RolloutIn, lambda sent: RolloutForm(sent, project=self.project))

        def start() -> str:
            version = find_version(project=self.project, reference=form.cleaned_data["version"], by=self.me)
            return str(actions.start_rollout(version=version, plan=form.plan(), by=self.me).public_id)

        return self.whole(self.once(f"rollout:{self.project.slug}", told, start), status=201)


class OneRollout(RolloutApi):
    """One rollout."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = RolloutWhole

    @extend_schema(operation_id="rollout", responses=RolloutWhole)
    def get(self, request: Request, project: str, rollout_id: object) -> Response:
        return self.whole(rollout_id)


class StepRollout(RolloutApi):
    """On (for managers, once every criterion is met, or with a reason), more items, or back."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = RolloutWhole

    @extend_schema(operation_id="step_rollout", request=RolloutStepIn, responses=RolloutWhole)
    def post(self, request: Request, project: str, rollout_id: object) -> Response:
        found = get_object_or_404(self.rollouts(), public_id=rollout_id)
        form, told = filled(self, RolloutStepIn, StepForm)
        step, reason = form.cleaned_data["step"], form.cleaned_data["reason"]

        def move() -> str:
            if step == "next":
                return str(actions.open_next(rollout=found, reason=reason, by=self.me).number)
            if step == "back":
                return str(actions.go_back(rollout=found, reason=reason, by=self.me).number)
            return str(actions.ask_more(rollout=found, by=self.me).number)

        self.once(f"rollout:{found.public_id}", told, move)
        return self.whole(rollout_id)
