"""Models that judge panels, apart from the people: started, watched, approved for gates."""

from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.asking import TO_JUDGE, written
from evaluation.actions.judge_approvals import approve_judge
from evaluation.actions.judges import start_judge, stop_judge
from evaluation.api.frame import MAKERS, READERS, AnyJson, Dollars, EvaluationApi
from evaluation.forms.asking import AskForm
from evaluation.models import Panel, PanelRater
from evaluation.queries.judges import comparison, judges_of, may_gate, standing_of_judge
from labeling.api.forms import body_of, checked, data_of
from labeling.api.views import access
from labeling.enums import Scope
from reviewapp.common.errors import Refused

LEAST_USD = 0.0001


class JudgeOut(serializers.Serializer[Any]):
    """A judge of a panel; beside the people only once the panel is closed."""

    judge = serializers.CharField(help_text="its prompt version, name@number")
    standing = serializers.DictField(child=AnyJson())
    beside_people = serializers.DictField(child=AnyJson())
    approved_at = serializers.DateTimeField(allow_null=True, help_text="since when gates may ask it")


class JudgesOut(serializers.Serializer[Any]):
    """All judges of a panel."""

    results = JudgeOut(many=True)


JudgeIn = body_of(
    AskForm,
    "JudgeIn",
    prompt=serializers.CharField(
        max_length=60, required=False, default="standard", help_text="standard, or a prompt version by id"
    ),
    budget_usd=Dollars(help_text="what it may cost at most"),
)


class JudgeStepIn(serializers.Serializer[Any]):
    """Approve it for gates (managers), let it go on with a higher budget, or stop it."""

    judge = serializers.CharField(max_length=140, help_text="name@number")
    step = serializers.ChoiceField(["approve", "go_on", "stop"])
    budget_usd = Dollars(required=False, allow_null=True, default=None)


class JudgeApi(EvaluationApi):
    """Finds panels and their judges."""

    def panel(self, panel_id: object) -> Panel:
        mine = Panel.objects.filter(project=self.project).select_related("project", "rubric_version__rubric")
        return get_object_or_404(mine, public_id=panel_id)

    def shown(self, panel: Panel, *, status: int = 200) -> Response:
        rows = [row_of(panel, rater) for rater in judges_of(panel)]
        return Response(JudgesOut({"results": rows}).data, status=status)


class Judges(JudgeApi):
    """The judges of a panel; and one more."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = JudgesOut
    pagination_class = None

    @extend_schema(operation_id="judges", responses=JudgesOut)
    def get(self, request: Request, project: str, panel_id: object) -> Response:
        return self.shown(self.panel(panel_id))

    @extend_schema(operation_id="start_judge", request=JudgeIn, responses={201: JudgesOut})
    def post(self, request: Request, project: str, panel_id: object) -> Response:
        """A model is asked about every output, for the budget at most."""
        panel, told = self.panel(panel_id), self.read(JudgeIn)
        if told["budget_usd"] < LEAST_USD:
            raise Refused("Give a budget above nothing.")
        form = checked(AskForm(data_of(told), project=self.project, standard=TO_JUDGE))

        def start() -> str:
            version = written(project=self.project, version=form.chosen, by=self.me)
            start_judge(panel=panel, version=version, budget_usd=told["budget_usd"], by=self.me)
            return str(version)

        self.once(f"judge:{panel.public_id}", told, start)
        return self.shown(panel, status=201)


class StepJudge(JudgeApi):
    """Approves a judge, lets it go on, or stops it."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = JudgesOut

    @extend_schema(operation_id="step_judge", request=JudgeStepIn, responses=JudgesOut)
    def post(self, request: Request, project: str, panel_id: object) -> Response:
        panel, told = self.panel(panel_id), self.read(JudgeStepIn)
        rater = next((one for one in judges_of(panel) if str(one.judge) == told["judge"]), None)
        if rater is None or rater.judge is None:
            raise Http404
        rater.panel, version = panel, rater.judge

        def step() -> str:
            if told["step"] == "approve":
                approve_judge(rater=rater, by=self.me)
            elif told["step"] == "stop":
                stop_judge(rater=rater, by=self.me)
            else:
                start_judge(panel=panel, version=version, budget_usd=told["budget_usd"], by=self.me)
            return ""

        self.once(f"step judge:{panel.public_id}", told, step)
        return self.shown(panel)


def row_of(panel: Panel, rater: PanelRater) -> dict[str, Any]:
    assert rater.judge is not None
    rater.panel = panel
    standing = standing_of_judge(rater)
    approval = may_gate(rater.judge, panel.rubric_version, models_returned=standing.models_returned)
    return {
        "judge": str(rater.judge), "standing": standing.as_dict(), "beside_people": comparison(rater),
        "approved_at": approval.created_at if approval else None,
    }  # fmt: skip
