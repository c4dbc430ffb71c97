"""The gate: a run held against objectives and against another run, answered pass, fail or cannot tell."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.comparisons import MARGIN, MOST_DECLARED
from evaluation.actions.gates import Asked, hold_gate, stress_named
from evaluation.api.evaluations import SCORED
from evaluation.api.frame import READERS, EvaluationApi, Number, Report
from evaluation.gates.report import Outcome
from evaluation.models import Objective
from evaluation.queries.objectives import find_objective, in_use
from labeling.api.views import access
from labeling.enums import Scope

VERDICTS = {Outcome.PASSED: "pass", Outcome.FAILED: "fail", Outcome.UNSURE: "cannot_tell"}


class GateIn(serializers.Serializer[Any]):
    """A run, what it is scored on, and what it has to meet; all of it declared before anybody looks."""

    run = serializers.CharField(max_length=160, help_text="its id or name")
    release = serializers.CharField(max_length=200, help_text="like pilot@1")
    split = serializers.ChoiceField(SCORED, required=False, default="dev")
    objectives = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=20, required=False, default=list,
        help_text="by name; none: the project's default",
    )  # fmt: skip
    baseline = serializers.CharField(
        max_length=160, required=False, default="", allow_blank=True, help_text="a run not to be worse than"
    )
    margin = Number(min_value=0, max_value=1, required=False, default=MARGIN)
    labels = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=MOST_DECLARED, required=False, default=list,
        help_text="by code: those that may not fall either",
    )  # fmt: skip
    bank = serializers.BooleanField(required=False, default=False, help_text="the edge cases must have been run")
    stress = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=20, required=False, default=list,
        help_text="stress, a kind like typos, or typos@2",
    )  # fmt: skip
    allow_simulated = serializers.BooleanField(required=False, default=False)


class GateOut(serializers.Serializer[Any]):
    """The verdict, why it is not a pass, and the report of the command."""

    verdict = serializers.ChoiceField(list(VERDICTS.values()))
    reasons = serializers.ListField(child=serializers.CharField())
    report = Report()


class Gates(EvaluationApi):
    """Is this run good enough? CI asks here."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = GateOut

    @extend_schema(
        operation_id="ask_gate", request=GateIn, responses=GateOut,
        description="It fails if anything fails; what cannot be told is no pass. On test it is a look.",
    )  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        told = self.read(GateIn)
        asked = Asked(
            objectives=self._objectives(told["objectives"]),
            baseline=self.run_named(told["baseline"]) if told["baseline"] else None,
            margin=told["margin"],
            labels=told["labels"],
            bank=told["bank"],
            stress=[stress_named(one) for one in told["stress"]],
            allow_simulated=told["allow_simulated"],
        )
        report = hold_gate(
            run=self.run_named(told["run"]), release=self.release_named(told["release"]), split=told["split"],
            asked=asked, by=self.me,
        )  # fmt: skip
        found = {
            "verdict": VERDICTS[report.outcome],
            "reasons": [f"{one.name}: {one.sentence}" for one in report.checks if one.outcome != Outcome.PASSED],
            "report": report.as_dict(),
        }
        return Response(GateOut(found).data)

    def _objectives(self, names: list[str]) -> list[Objective]:
        if not names:
            return [one for one in in_use(self.project) if one.is_default]
        return [find_objective(self.project, name) for name in dict.fromkeys(names)]
