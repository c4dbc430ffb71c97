"""Figures that pages compute as they are opened: how raters agree, parts of an evaluation, what is to be done next."""

from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.agreement import measure_agreement
from evaluation.actions.analyses import analyse
from evaluation.analyses import NAMES
from evaluation.api.evaluations import Scored
from evaluation.api.frame import READERS, AnyJson, EvaluationApi
from evaluation.queries.agreement_board import for_reader
from evaluation.queries.held_out import shown
from evaluation.queries.whatnext import as_json, steps_for
from evaluation.queries.whatnext_state import read_state
from labeling.api.views import ProjectApi, access
from labeling.enums import Role, RoundState, Scope
from labeling.models import Round
from labeling.visibility import may_see_agreement
from reviewapp.common.errors import Refused

MOST_SET = 20


class AnalysisAsked(serializers.Serializer[Any]):
    """Which part, and how: `set` is `name=value` and may be repeated."""

    what = serializers.ChoiceField(NAMES)
    set = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=MOST_SET, required=False, default=list
    )


class NextStepOut(serializers.Serializer[Any]):
    """One step: why, with its figures, and the pages or forms that start it."""

    code = serializers.CharField()
    stage = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField()
    under_way = serializers.CharField(allow_null=True)
    is_simulated = serializers.BooleanField()
    figures = serializers.DictField(child=AnyJson())
    start = serializers.ListField(child=serializers.DictField(child=AnyJson()))


class NextSteps(serializers.Serializer[Any]):
    """The steps, most pressing first."""

    steps = NextStepOut(many=True)


class AgreementOfRound(ProjectApi):
    """How the raters of a round agree, as it is now: the command's report. Adjudicators, once the round is over."""

    access: ClassVar = {"GET": access(Scope.READ, Role.MANAGER, Role.ANALYST, Role.ADJUDICATOR)}
    pagination_class = None

    @extend_schema(operation_id="agreement", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, project: str, round_id: object) -> Response:
        mine = Round.objects.filter(project=self.project).exclude(state=RoundState.CANCELLED)
        found = get_object_or_404(mine.select_related("taxonomy_version", "project"), public_id=round_id)
        if not may_see_agreement(self.me, self.project, round_state=found.state):
            raise Http404
        return Response(for_reader(measure_agreement(in_round=found), self.me))


class AnalysisOfEvaluation(Scored):
    """One part of an evaluation beyond its scores. On test only what was computed with the look can be read."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    pagination_class = None

    @extend_schema(operation_id="analysis", parameters=[AnalysisAsked], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, project: str, evaluation_id: object) -> Response:
        evaluation = get_object_or_404(self.evaluations(), public_id=evaluation_id)
        asked = self.read(AnalysisAsked, query=True)
        pairs = [one.partition("=") for one in asked["set"]]
        if wrong := next((name for name, equals, _ in pairs if not equals), None):
            raise Refused(f"“{wrong}” sets nothing. Write set=name=value.")
        parameters = {name: value for name, _, value in pairs}
        return Response(shown(analyse(evaluation=evaluation, kind=asked["what"], parameters=parameters, by=self.me)))


class WhatNext(EvaluationApi):
    """What the project's state asks for next, why, with the numbers, and where it is started."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = NextSteps

    @extend_schema(operation_id="what_next", responses=NextSteps)
    def get(self, request: Request, project: str) -> Response:
        steps = steps_for(read_state(self.project), self.roles)
        return Response({"steps": [as_json(step, starts) for step, starts in steps]})
