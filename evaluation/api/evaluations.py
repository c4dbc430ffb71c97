"""Evaluations: a run scored on a split. The report is the command's JSON; of a held-out split what pages show."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.reports import evaluate_run
from evaluation.analyses.asked import STANDARD, Resampling
from evaluation.api.frame import READERS, EvaluationApi, Report
from evaluation.enums import RunOrigin
from evaluation.models import Evaluation
from evaluation.queries.scoreboard import scoreboard
from evaluation.stats.resampling import METHODS
from labeling.api.views import access
from labeling.enums import Scope, Split
from labeling.queries.held_out import worth_of_test
from reviewapp.common.errors import Refused

SCORED = [(Split.DEV, "dev"), (Split.TEST, "test")]
MOST_RESAMPLES = 10_000  # somebody waits for the answer
AS_USUAL = "On test figures are drawn as usual: leave resamples, seed, method and clusters out."


class EvaluationOut(serializers.Serializer[Any]):
    """An evaluation in the list."""

    id = serializers.UUIDField(source="public_id")
    run = serializers.UUIDField(source="run.public_id")
    run_name = serializers.CharField(source="run.name")
    is_simulated = serializers.BooleanField(source="run.is_simulated")
    release = serializers.CharField()
    split = serializers.ChoiceField(SCORED)
    created_at = serializers.DateTimeField()


class EvaluationWhole(EvaluationOut):
    """An evaluation with its report."""

    report = Report()
    held_out = serializers.ListField(
        child=serializers.CharField(),
        help_text="On test: why its figures prove less than they seem to, in words; empty if nothing does.",
    )


class EvaluationsAsked(serializers.Serializer[Any]):
    """Which evaluations."""

    run = serializers.UUIDField(required=False)
    release = serializers.CharField(required=False, max_length=200)
    split = serializers.ChoiceField(SCORED, required=False)


class HowDrawn(serializers.Serializer[Any]):
    """How intervals are drawn."""

    resamples = serializers.IntegerField(min_value=0, max_value=MOST_RESAMPLES, required=False, default=1000)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, default=0)
    method = serializers.ChoiceField(METHODS, required=False, default="bca")
    clusters = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)


class EvaluateIn(HowDrawn):
    """A run and what it is scored on. On test this is a look, which goes into the ledger."""

    run = serializers.CharField(max_length=160, help_text="its id or name")
    release = serializers.CharField(max_length=200, help_text="like pilot@1; pilot is its newest")
    split = serializers.ChoiceField(SCORED)


def drawn(told: dict[str, Any]) -> Resampling:
    """As asked on dev; on test as on pages, so that a look cannot be made finer by many draws."""
    how = Resampling(told["resamples"], told["seed"], told["method"], told["clusters"])
    if told["split"] == Split.TEST and how != STANDARD:
        raise Refused(AS_USUAL)
    return how


def shown(found: Evaluation) -> Any:
    doubts = worth_of_test(found.release).sentences if found.split == Split.TEST else []
    return {**EvaluationOut(found).data, "report": scoreboard(found).report, "held_out": doubts}


class Scored(EvaluationApi):
    """Finds evaluations."""

    def evaluations(self) -> QuerySet[Evaluation]:
        mine = Evaluation.objects.filter(run__project=self.project).exclude(run__origin=RunOrigin.ATTACK)
        return mine.select_related(
            "run__project", "run__prompt_version__prompt", "release__golden_set", "release__taxonomy_version"
        )


class Evaluations(Scored):
    """Evaluations, the newest first; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = EvaluationOut

    @extend_schema(operation_id="evaluations", parameters=[EvaluationsAsked], responses=EvaluationOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        asked, found = self.read(EvaluationsAsked, query=True), self.evaluations().defer("report")
        if "run" in asked:
            found = found.filter(run__public_id=asked["run"])
        if "release" in asked:
            found = found.filter(release=self.release_named(asked["release"]))
        if "split" in asked:
            found = found.filter(split=asked["split"])
        return self.page(found, EvaluationOut)

    @extend_schema(
        operation_id="evaluate", request=EvaluateIn, responses=EvaluationWhole,
        description="The same inputs again give the evaluation that is stored, which is no new look.",
    )  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        told = self.read(EvaluateIn)
        made = evaluate_run(
            run=self.run_named(told["run"]), release=self.release_named(told["release"]), split=told["split"],
            resampling=drawn(told), by=self.me,
        )  # fmt: skip
        return Response(shown(self.evaluations().get(pk=made.pk)))


class OneEvaluation(Scored):
    """An evaluation with its report. Opening it is no look."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = EvaluationWhole

    @extend_schema(operation_id="evaluation", responses=EvaluationWhole)
    def get(self, request: Request, project: str, evaluation_id: object) -> Response:
        return Response(shown(get_object_or_404(self.evaluations(), public_id=evaluation_id)))
