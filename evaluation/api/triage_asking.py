"""A language model asked for proposals in triage: started within a budget, watched, stopped."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.asking import TO_CATEGORISE, written
from evaluation.actions.triage_asking import ask_for_categories, stop_asking
from evaluation.api.frame import MAKERS, READERS, Dollars
from evaluation.api.triage import TriageApi
from evaluation.forms.asking import AskForm, BudgetForm
from evaluation.models import TriageAsking
from evaluation.queries.triage_asking import askings_of
from labeling.api.forms import body_of, checked, data_of
from labeling.api.views import access
from labeling.enums import Scope

MAKE = access(Scope.EVALUATE, *MAKERS)


class AskingOut(serializers.Serializer[Any]):
    """How far a model is that was asked."""

    id = serializers.UUIDField(source="asking.public_id")
    prompt = serializers.CharField(source="version")
    model = serializers.CharField()
    state = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    items = serializers.IntegerField()
    answered = serializers.IntegerField()
    proposals = serializers.IntegerField()
    failed = serializers.DictField(child=serializers.IntegerField())
    spent_usd = serializers.FloatField()
    budget_usd = serializers.FloatField(allow_null=True)
    is_simulated = serializers.BooleanField()


class AskingsOut(serializers.Serializer[Any]):
    """Models that were asked about a triage."""

    results = AskingOut(many=True)


AskIn = body_of(
    AskForm,
    "AskIn",
    prompt=serializers.CharField(
        max_length=60, required=False, default="standard", help_text="standard, or a prompt version by id"
    ),
    budget=Dollars(help_text="what it may cost at most"),
)


class AskingStepIn(serializers.Serializer[Any]):
    """Let it go on, with a higher budget where one is given, or stop it and keep what it said."""

    step = serializers.ChoiceField(["go_on", "stop"])
    budget = Dollars(required=False, allow_null=True, default=None)


class Askings(TriageApi):
    """Models that were asked; and asking one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": MAKE}
    serializer_class = AskingsOut
    pagination_class = None

    @extend_schema(operation_id="askings", responses=AskingsOut)
    def get(self, request: Request, project: str, triage_id: object) -> Response:
        return Response(AskingsOut({"results": askings_of(self.triage)}).data)

    @extend_schema(operation_id="ask_proposals", request=AskIn, responses={201: AskingsOut})
    def post(self, request: Request, project: str, triage_id: object) -> Response:
        told = self.read(AskIn)
        budget = checked(BudgetForm(data_of(told))).cleaned_data["budget"]
        form = checked(AskForm(data_of(told), project=self.project, standard=TO_CATEGORISE))

        def ask() -> str:
            version = written(project=self.project, version=form.chosen, by=self.me)
            ask_for_categories(triage=self.triage, version=version, budget_usd=budget, by=self.me)
            return ""

        self.once(f"ask:{self.triage.public_id}", told, ask)
        return Response(AskingsOut({"results": askings_of(self.triage)}).data, status=201)


class SteerAsking(TriageApi):
    """Lets one go on that was stopped, or stops it."""

    access: ClassVar = {"POST": MAKE}
    serializer_class = AskingsOut

    @extend_schema(operation_id="steer_asking", request=AskingStepIn, responses=AskingsOut)
    def post(self, request: Request, project: str, triage_id: object, asking_id: object) -> Response:
        mine = TriageAsking.objects.filter(triage=self.triage)
        asking = get_object_or_404(
            mine.select_related("run__prompt_version__prompt", "triage__run__project"), public_id=asking_id
        )
        told, version = self.read(AskingStepIn), asking.run.prompt_version
        assert version is not None

        def step() -> str:
            if told["step"] == "stop":
                stop_asking(asking=asking, by=self.me)
            else:
                ask_for_categories(triage=asking.triage, version=version, budget_usd=told["budget"], by=self.me)
            return ""

        self.once(f"asking:{asking.public_id}", told, step)
        return Response(AskingsOut({"results": askings_of(self.triage)}).data)
