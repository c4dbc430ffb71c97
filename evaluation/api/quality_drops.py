"""What changed between two runs or two times, and what is done about it."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import quality_drops as actions
from evaluation.api.frame import READERS, AnyJson, Dollars, EvaluationApi, Report
from evaluation.forms.incidents import AgainForm, RollBackForm, RunsForm, TimesForm
from evaluation.models import QualityDrop
from evaluation.queries.quality_drops import sentence, version_now
from labeling.api.forms import checked, data_of
from labeling.api.views import access
from labeling.enums import Scope


class DropOut(serializers.Serializer[Any]):
    """Two runs or times side by side; `sentence` is empty until it is computed."""

    id = serializers.UUIDField(source="public_id")
    reference = serializers.DictField(child=AnyJson())
    current = serializers.DictField(child=AnyJson())
    sentence = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_sentence(self, row: QualityDrop) -> str:
        return sentence(row.report) if row.report else ""


class DropWhole(DropOut):
    """With its report."""

    report = Report(allow_null=True)


class DropIn(serializers.Serializer[Any]):
    """Two runs by id (`reference`, `current`), or two times of production in whole days (`then_from`, ...)."""

    reference = serializers.UUIDField(required=False)
    current = serializers.UUIDField(required=False)
    prompt = serializers.CharField(max_length=120, required=False, allow_blank=True, help_text="of the times")
    then_from = serializers.DateField(required=False)
    then_until = serializers.DateField(required=False, help_text="This day included.")
    now_from = serializers.DateField(required=False)
    now_until = serializers.DateField(required=False, help_text="This day included.")


class DropStepIn(serializers.Serializer[Any]):
    """Look at the slice again (`budget`), or roll the prompt back (`reason`, and the version `expected` there)."""

    step = serializers.ChoiceField(["again", "roll_back"])
    budget = Dollars(required=False, allow_null=True)
    reason = serializers.CharField(max_length=2000, required=False)
    expected = serializers.CharField(max_length=200, required=False, allow_blank=True)


class DropApi(EvaluationApi):
    """Finds comparisons."""

    def drops(self) -> QuerySet[QualityDrop]:
        return QualityDrop.objects.filter(project=self.project).select_related("project")


class QualityDrops(DropApi):
    """Comparisons, the newest first; and a new one, which a worker computes."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = DropOut

    @extend_schema(operation_id="quality_drops", responses=DropOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.drops(), DropOut)

    @extend_schema(operation_id="ask_what_changed", request=DropIn, responses={202: DropWhole})
    def post(self, request: Request, project: str) -> Response:
        told = self.read(DropIn)
        form: RunsForm | TimesForm = (RunsForm if "reference" in told else TimesForm)(
            data_of(told), project=self.project
        )
        reference, current = checked(form).windows()

        def ask() -> str:
            made = actions.ask_what_changed(
                project=self.project, reference=reference, current=current, by=self.me
            )  # fmt: skip
            return str(made.public_id)

        made = self.once(f"what changed:{self.project.slug}", told, ask)
        return Response(DropWhole(self.drops().get(public_id=made)).data, status=202)


class OneQualityDrop(DropApi):
    """One comparison."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = DropWhole

    @extend_schema(operation_id="quality_drop", responses=DropWhole)
    def get(self, request: Request, project: str, drop_id: object) -> Response:
        return Response(DropWhole(get_object_or_404(self.drops(), public_id=drop_id)).data)


class StepQualityDrop(DropApi):
    """What is done about it."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = DropWhole

    @extend_schema(operation_id="step_quality_drop", request=DropStepIn, responses=DropWhole)
    def post(self, request: Request, project: str, drop_id: object) -> Response:
        """Looking again is for engineers and managers, rolling back for managers."""
        found, told = get_object_or_404(self.drops(), public_id=drop_id), self.read(DropStepIn)

        def step() -> str:
            if told["step"] == "again":
                form = AgainForm(data_of(told), version=version_now(found))
                return str(actions.look_again(drop=found, budget_usd=form.budget_usd, by=self.me).public_id)
            said = checked(RollBackForm(data_of(told))).cleaned_data
            return str(actions.roll_back_after(drop=found, by=self.me, **said).version)

        self.once(f"quality drop:{found.public_id}", told, step)
        return Response(DropWhole(self.drops().get(pk=found.pk)).data)
