"""Rubrics: what people judge outputs by, in versions that never change."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.rubrics import (
    CRITERIA_MAX,
    POINTS,
    TEXT_MAX,
    WRITERS,
    NewCriterion,
    anchors_of,
    ready_made,
    write_rubric,
)
from evaluation.api.frame import EvaluationApi
from evaluation.models import Rubric, RubricVersion
from evaluation.queries.rubrics import versions_of
from labeling.api.views import access
from labeling.enums import Role, Scope
from reviewapp.common.errors import Refused

READERS = (Role.MANAGER, Role.ADJUDICATOR, Role.ANALYST)


class RubricOut(serializers.Serializer[Any]):
    """A version of a rubric; `id` is that of the version."""

    id = serializers.UUIDField(source="public_id")
    rubric = serializers.UUIDField(source="rubric.public_id")
    name = serializers.CharField(source="rubric.name")
    number = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class CriterionOut(serializers.Serializer[Any]):
    """One question and what each of its five points means."""

    code = serializers.CharField()
    name = serializers.CharField()
    question = serializers.CharField(allow_blank=True)
    points = serializers.ListField(child=serializers.CharField(allow_blank=True))


class RubricWhole(RubricOut):
    """With its criteria, and how many anchors it has."""

    criteria = CriterionOut(many=True)
    anchors = serializers.IntegerField()


class CriterionIn(serializers.Serializer[Any]):
    """A criterion; without a code it is made from the name."""

    name = serializers.CharField(max_length=80)
    points = serializers.ListField(
        child=serializers.CharField(max_length=TEXT_MAX), min_length=POINTS, max_length=POINTS
    )
    question = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    code = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class VersionIn(serializers.Serializer[Any]):
    """A version: without criteria, those that come with Assay, or those there are. Anchors stay as they were."""

    criteria = CriterionIn(many=True, required=False, max_length=CRITERIA_MAX)  # type: ignore[call-arg]
    note = serializers.CharField(max_length=TEXT_MAX, required=False, default="", allow_blank=True)
    after = serializers.IntegerField(
        min_value=0, max_value=32_767, required=False, allow_null=True, default=None, help_text="the number you read"
    )


class RubricIn(VersionIn):
    """A rubric of a new name."""

    name = serializers.CharField(max_length=120)


class RubricApi(EvaluationApi):
    """Finds versions."""

    def versions(self) -> QuerySet[RubricVersion]:
        return versions_of(self.project)

    def whole(self, version: RubricVersion, *, status: int = 200) -> Response:
        told = {
            "criteria": CriterionOut(version.criteria.order_by("order"), many=True).data,
            "anchors": version.anchors.count(),
        }
        return Response({**RubricOut(version).data, **told}, status=status)


class Rubrics(RubricApi):
    """All versions, the newest first; and a new rubric."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *WRITERS)}
    serializer_class = RubricOut
    ordering = ("-created_at", "public_id")

    @extend_schema(operation_id="rubrics", responses=RubricOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.versions(), RubricOut)

    @extend_schema(operation_id="new_rubric", request=RubricIn, responses={201: RubricWhole})
    def post(self, request: Request, project: str) -> Response:
        told = self.read(RubricIn)

        def write() -> str:
            if Rubric.objects.filter(project=self.project, name=told["name"]).exists():
                raise Refused(f"There is a rubric “{told['name']}” already. Write its next version.")
            made = write_rubric(
                project=self.project, name=told["name"], criteria=criteria_in(told) or ready_made(),
                note=told["note"], by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        made = self.once(f"rubric:{self.project.slug}", told, write)
        return self.whole(self.versions().get(public_id=made), status=201)


class OneRubric(RubricApi):
    """The newest version of a rubric; and the next one, from it. 409 if somebody wrote one since `after`."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *WRITERS)}
    serializer_class = RubricWhole

    def newest(self, rubric_id: object) -> RubricVersion:
        rubric = get_object_or_404(Rubric, project=self.project, public_id=rubric_id)
        return self.versions().filter(rubric=rubric).order_by("-number")[0]

    @extend_schema(operation_id="rubric", responses=RubricWhole)
    def get(self, request: Request, project: str, rubric_id: object) -> Response:
        return self.whole(self.newest(rubric_id))

    @extend_schema(operation_id="write_rubric", request=VersionIn, responses={201: RubricWhole})
    def post(self, request: Request, project: str, rubric_id: object) -> Response:
        newest, told = self.newest(rubric_id), self.read(VersionIn)
        kept = [NewCriterion(one.name, one.points, one.question, one.code) for one in newest.criteria.order_by("order")]
        after = newest.number if told["after"] is None else told["after"]

        def write() -> str:
            made = write_rubric(
                project=self.project, name=newest.rubric.name, criteria=criteria_in(told) or kept,
                anchors=anchors_of(newest), note=told["note"], after=after, by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        made = self.once(f"rubric:{newest.rubric.public_id}", told, write)
        return self.whole(self.versions().get(public_id=made), status=201)


def criteria_in(told: dict[str, Any]) -> list[NewCriterion]:
    sent = told.get("criteria", [])
    return [NewCriterion(one["name"], tuple(one["points"]), one["question"], one["code"]) for one in sent]
