"""The gate: a run held against objectives and against another run, answered pass, fail or cannot tell."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.comparisons import MARGIN
from evaluation.actions.gate_calls import Answer, GateAnswer, ask_gate
from evaluation.api.comparisons import VERDICTS
from evaluation.api.evaluations import SCORED
from evaluation.api.frame import READERS, EvaluationApi, Number, Report
from evaluation.queries.bank_standing import told_of
from evaluation.queries.objectives import find_objective, standing_report
from labeling.api.views import access
from labeling.enums import Scope


class GateIn(serializers.Serializer[Any]):
    """A run, what it is scored on, and what it has to meet."""

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


class GateOut(serializers.Serializer[Any]):
    """The answer, why it is not a pass, and what it rests on."""

    verdict = serializers.ChoiceField([str(one) for one in Answer])
    reasons = serializers.ListField(child=serializers.CharField())
    run = serializers.CharField()
    is_simulated = serializers.BooleanField()
    evaluation = serializers.UUIDField(allow_null=True)
    objectives = serializers.ListField(child=Report(), help_text="where it stands against each")
    comparison = serializers.UUIDField(allow_null=True)
    comparison_verdict = serializers.ChoiceField(VERDICTS, allow_null=True)
    bank = Report(allow_null=True, help_text="the newest run of its prompt version over the edge-case bank")


class Gates(EvaluationApi):
    """Is this run good enough? CI asks here."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = GateOut

    @extend_schema(operation_id="ask_gate", request=GateIn, responses=GateOut)
    def post(self, request: Request, project: str) -> Response:
        told = self.read(GateIn)
        run = self.run_named(told["run"])
        answer = ask_gate(
            run=run, release=self.release_named(told["release"]), split=told["split"],
            objectives=[find_objective(self.project, name) for name in dict.fromkeys(told["objectives"])],
            baseline=self.run_named(told["baseline"]) if told["baseline"] else None, margin=told["margin"],
            by=self.me,
        )  # fmt: skip
        return Response(GateOut(self._shown(answer) | {"run": run.name, "is_simulated": run.is_simulated}).data)

    def _shown(self, answer: GateAnswer) -> dict[str, Any]:
        compared = answer.comparison
        return {
            "verdict": str(answer.verdict), "reasons": answer.reasons,
            "evaluation": answer.evaluation.public_id if answer.evaluation else None,
            "objectives": [standing_report(one, standing) for one, standing in answer.standings],
            "comparison": compared.public_id if compared else None,
            "comparison_verdict": compared.report["verdict"] if compared else None,
            "bank": told_of(answer.bank, self.me) if answer.bank else None,
        }  # fmt: skip
