"""Prompts: their versions, written once, and what each is used for."""

from typing import Any, ClassVar

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import promotions as actions
from evaluation.actions.prompts import Recipe, write_version
from evaluation.api.frame import MAKERS, READERS, AnyJson, Dollars, EvaluationApi, Settings
from evaluation.enums import PromptStatus, Strategy
from evaluation.models import Promotion, PromptVersion
from evaluation.queries.promotions import gate_of
from labeling.api.views import access
from labeling.enums import Scope

STEPS = ("candidate", "look", "promote", "retire", "roll_back")


class PromptOut(serializers.Serializer[Any]):
    """A prompt version in the list."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField(source="prompt.name")
    number = serializers.IntegerField()
    strategy = serializers.ChoiceField(Strategy.choices)
    model = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(PromptStatus.choices)
    digest = serializers.CharField()
    created_at = serializers.DateTimeField()


class PromptWhole(PromptOut):
    """A prompt version word for word."""

    template = serializers.CharField(allow_blank=True)
    parameters = serializers.DictField(child=AnyJson())
    notes = serializers.CharField(allow_blank=True)


class PromptIn(serializers.Serializer[Any]):
    """A version to write. The same name again appends the next; the same recipe again gives the one there is."""

    name = serializers.CharField(max_length=120)
    model = serializers.CharField(max_length=120)
    template = serializers.CharField(max_length=100_000, trim_whitespace=False)
    parameters = Settings(required=False, default=dict)
    notes = serializers.CharField(max_length=5000, required=False, default="", allow_blank=True)


class PromptsAsked(serializers.Serializer[Any]):
    """Which versions."""

    name = serializers.CharField(required=False, max_length=120)
    status = serializers.ChoiceField(PromptStatus.choices, required=False)


class StatusIn(serializers.Serializer[Any]):
    """A step: propose as candidate, look at test, promote, retire, or roll the prompt back to this version."""

    step = serializers.ChoiceField(STEPS)
    reason = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)
    budget_usd = Dollars(required=False, allow_null=True, default=None)
    override = serializers.BooleanField(required=False, default=False)


class StatusOut(serializers.Serializer[Any]):
    """What a version is used for, and what a promotion still needs."""

    status = serializers.ChoiceField(PromptStatus.choices)
    looks_used = serializers.IntegerField()
    most_looks = serializers.IntegerField()
    needs = serializers.CharField(allow_blank=True)
    obstacle = serializers.CharField(allow_blank=True)
    notes = serializers.ListField(child=serializers.CharField(), help_text="What to weigh it by that stands in no way.")


class PromptApi(EvaluationApi):
    """Finds versions with their status."""

    def versions(self) -> QuerySet[PromptVersion]:
        now = Promotion.objects.filter(version=OuterRef("pk"), is_current=True).values("status")[:1]
        mine = PromptVersion.objects.filter(prompt__project=self.project).select_related("prompt__project")
        return mine.annotate(status=Coalesce(Subquery(now), Value(str(PromptStatus.DRAFT)), output_field=CharField()))

    def version(self, version_id: object) -> PromptVersion:
        return get_object_or_404(self.versions(), public_id=version_id)


class Prompts(PromptApi):
    """Prompt versions, the newest first."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = PromptOut

    @extend_schema(operation_id="prompts", parameters=[PromptsAsked], responses=PromptOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        asked = self.read(PromptsAsked, query=True)
        found = self.versions()
        if "name" in asked:
            found = found.filter(prompt__name=asked["name"])
        if "status" in asked:
            found = found.filter(status=asked["status"])  # type: ignore[misc]
        return self.page(found, PromptOut)

    @extend_schema(operation_id="write_prompt", request=PromptIn, responses={201: PromptWhole})
    def post(self, request: Request, project: str) -> Response:
        told = self.read(PromptIn)

        def write() -> str:
            recipe = Recipe(Strategy.CHAT, told["model"], told["template"], told["parameters"])
            made = write_version(
                project=self.project, name=told["name"], recipe=recipe, notes=told["notes"], by=self.me
            )
            return str(made.public_id)

        made = self.once(f"prompt:{self.project.slug}", told, write)
        return Response(PromptWhole(self.version(made)).data, status=201)


class OnePrompt(PromptApi):
    """One version, word for word."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = PromptWhole

    @extend_schema(operation_id="prompt", responses=PromptWhole)
    def get(self, request: Request, project: str, version_id: object) -> Response:
        return Response(PromptWhole(self.version(version_id)).data)


class StatusOfPrompt(PromptApi):
    """What a version is used for; managers promote and roll back."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = StatusOut

    @extend_schema(operation_id="prompt_status", responses=StatusOut)
    def get(self, request: Request, project: str, version_id: object) -> Response:
        return self._shown(version_id)

    @extend_schema(operation_id="set_prompt_status", request=StatusIn, responses=StatusOut)
    def post(self, request: Request, project: str, version_id: object) -> Response:
        told, version = self.read(StatusIn), self.version(version_id)

        def step() -> str:
            self._step(version, told)
            return ""

        if told["step"] == "promote":  # its look stays in the ledger also where the promotion is refused
            step()
        else:
            self.once(f"status:{version.public_id}", told, step)
        return self._shown(version_id)

    def _step(self, version: PromptVersion, told: dict[str, Any]) -> None:
        reason, budget = told["reason"], told["budget_usd"]
        if told["step"] == "candidate":
            actions.make_candidate(version=version, reason=reason, budget_usd=budget, by=self.me)
        elif told["step"] == "look":
            actions.ask_for_look(version=version, budget_usd=budget, by=self.me)
        elif told["step"] == "promote":
            actions.promote(version=version, reason=reason, override=told["override"], by=self.me)
        elif told["step"] == "retire":
            actions.retire(version=version, reason=reason, by=self.me)
        else:
            actions.roll_back(prompt=version.prompt, to=version, reason=reason, by=self.me)

    def _shown(self, version_id: object) -> Response:
        version = self.version(version_id)
        gate = gate_of(version)
        found = {
            "status": version.status,  # type: ignore[attr-defined]
            "looks_used": gate.looks_used, "most_looks": gate.most_looks, "needs": gate.needs,
            "obstacle": gate.obstacle, "notes": gate.notes,
        }  # fmt: skip
        return Response(StatusOut(found).data)
