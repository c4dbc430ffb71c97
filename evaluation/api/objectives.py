"""Objectives: what is good enough, and where an evaluation stands against it."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.objectives import Wanted, archive_objective, set_objective
from evaluation.api.frame import READERS, EvaluationApi, Number, Settings
from evaluation.enums import Aim, Counted
from evaluation.models import Objective
from labeling.api.views import access
from labeling.enums import Role, Scope

ASKED = ("purpose", "counted", "target_f1", "min_precision", "min_recall", "max_gap", "max_cost", "max_flips")


class ObjectiveOut(serializers.ModelSerializer[Objective]):
    """A use case and its tolerances; null is not asked for. Each change is a new number."""

    id = serializers.UUIDField(source="public_id")
    recall_of = serializers.DictField(child=serializers.FloatField())

    class Meta:
        model = Objective
        fields = ("id", "name", "number", *ASKED, "recall_of", "is_default", "archived_at", "created_at")


def _share() -> Number:
    return Number(min_value=0, max_value=1, required=False, allow_null=True, default=None)


class ObjectiveIn(serializers.Serializer[Any]):
    """An objective to make, or, where the name is there, to change. What is left out is not asked for."""

    name = serializers.CharField(max_length=60)
    purpose = serializers.ChoiceField(Aim.choices, required=False, default=Aim.CORRECTNESS)
    counted = serializers.ChoiceField(Counted.choices, required=False, default=Counted.LABEL)
    target_f1 = _share()
    min_precision = _share()
    min_recall = _share()
    recall_of = Settings(required=False, default=dict, help_text="label code: the least recall on it")
    max_gap = _share()
    max_cost = Number(min_value=0, max_value=1000, required=False, allow_null=True, default=None)
    max_flips = _share()
    is_default = serializers.BooleanField(required=False, default=False)

    def validate_recall_of(self, value: dict[str, Any]) -> dict[str, float]:
        if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in value.values()):
            raise serializers.ValidationError("Each recall is a number from 0 to 1.")
        return value


class ArchiveIn(serializers.Serializer[Any]):
    """Whether it is put away or in use."""

    archived = serializers.BooleanField()


class Objectives(EvaluationApi):
    """Objectives, the newest first; managers set them."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = ObjectiveOut

    @extend_schema(operation_id="objectives", responses=ObjectiveOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(Objective.objects.filter(project=self.project), ObjectiveOut)

    @extend_schema(operation_id="set_objective", request=ObjectiveIn, responses=ObjectiveOut)
    def post(self, request: Request, project: str) -> Response:
        told = self.read(ObjectiveIn)

        def write() -> str:
            wanted = Wanted(recall_of=told["recall_of"], **{name: told[name] for name in ASKED})
            made = set_objective(
                project=self.project, name=told["name"], wanted=wanted, make_default=told["is_default"], by=self.me
            )
            return str(made.public_id)

        made = self.once(f"objective:{self.project.slug}", told, write)
        return Response(ObjectiveOut(Objective.objects.get(public_id=made)).data)


class OneObjective(EvaluationApi):
    """One objective; PATCH puts it away or brings it back."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "PATCH": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = ObjectiveOut

    def _objective(self, objective_id: object) -> Objective:
        mine = Objective.objects.filter(project=self.project).select_related("project")
        return get_object_or_404(mine, public_id=objective_id)

    @extend_schema(operation_id="objective", responses=ObjectiveOut)
    def get(self, request: Request, project: str, objective_id: object) -> Response:
        return Response(ObjectiveOut(self._objective(objective_id)).data)

    @extend_schema(operation_id="archive_objective", request=ArchiveIn, responses=ObjectiveOut)
    def patch(self, request: Request, project: str, objective_id: object) -> Response:
        """With `If-Match`, only if it is as you read it (else 412)."""
        found, told = self._objective(objective_id), self.read(ArchiveIn)
        self.expect(ObjectiveOut(found).data)
        archive_objective(objective=found, archived=told["archived"], by=self.me)
        return Response(ObjectiveOut(self._objective(objective_id)).data)
