"""Changing the taxonomy by steps: what each would touch, applying them, and asking raters anew where a label split."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.taxonomy_changes import apply_change
from evaluation.api.frame import EvaluationApi
from evaluation.queries.taxonomy_effects import effects_of
from labeling.actions import taxonomy_changes as actions
from labeling.api.rounds import RoundOut
from labeling.api.rounds import shown as round_shown
from labeling.api.views import Access, access
from labeling.enums import Role, Scope
from labeling.models import Release, Round, TaxonomyChange
from labeling.queries.taxonomy_changes import outcome
from labeling.taxonomy_steps import KINDS
from reviewapp.common.errors import Conflict

READ = access(Scope.READ, Role.MANAGER, Role.ANALYST)
CHANGE = access(Scope.ADMIN, Role.MANAGER)
NAMES_OF_KINDS = sorted(KINDS)


class ChangeOut(serializers.Serializer[Any]):
    """A change from a published version; `made` is the version that it became."""

    id = serializers.UUIDField(source="public_id")
    base = serializers.IntegerField(source="base.number")
    made = serializers.IntegerField(source="made.number", allow_null=True, default=None)
    steps = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField(allow_null=True)

    def get_steps(self, row: TaxonomyChange) -> int:
        return len(row.steps)


class EffectOut(serializers.Serializer[Any]):
    """One step and how much it touches."""

    place = serializers.IntegerField(source="row.place")
    kind = serializers.ChoiceField(NAMES_OF_KINDS, source="row.kind")
    text = serializers.CharField(source="row.text")
    annotations = serializers.IntegerField()
    gold = serializers.IntegerField()
    fewshot = serializers.IntegerField()
    predictions = serializers.IntegerField()
    cases = serializers.IntegerField()
    prompts = serializers.ListField(child=serializers.CharField())
    objectives = serializers.ListField(child=serializers.CharField())
    happens = serializers.CharField(allow_blank=True)


class BecameOut(serializers.Serializer[Any]):
    """What became of a code; one that is not here stayed what it was."""

    code = serializers.CharField()
    became = serializers.ListField(child=serializers.CharField())
    kind = serializers.CharField()


class ChangeWhole(ChangeOut):
    """With its steps, what they touch and what becomes of each code."""

    effects = EffectOut(many=True)
    codes = BecameOut(many=True)
    labels = serializers.IntegerField(help_text="that the new version has")


class PartIn(serializers.Serializer[Any]):
    """One part of a label that is split; it may keep the old code."""

    code = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=200, required=False)
    definition = serializers.CharField(max_length=4000, required=False)


class StepIn(serializers.Serializer[Any]):
    """Rename `code` (`name`, `to`, `definition`); merge `codes` to `code` (`name`); split `code` into `parts`; retire
    `code`; move `code` below `parent`, empty for the top; add `code` (`name`, `parent`, `definition`)."""

    kind = serializers.ChoiceField(NAMES_OF_KINDS)
    code = serializers.CharField(max_length=100)
    codes = serializers.ListField(child=serializers.CharField(max_length=100), max_length=100, required=False)
    name = serializers.CharField(max_length=200, required=False)
    to = serializers.CharField(max_length=100, required=False)
    parent = serializers.CharField(max_length=100, required=False, allow_blank=True)  # type: ignore[assignment]
    definition = serializers.CharField(max_length=4000, required=False)
    parts = PartIn(many=True, required=False, max_length=100)  # type: ignore[call-arg]


def step_of(told: dict[str, Any]) -> dict[str, Any]:
    """As labeling.taxonomy_steps takes it; what a kind does not need is left out."""
    kind, code = told["kind"], told["code"]
    if kind == "merge":
        into = {"code": code} | ({"name": told["name"]} if "name" in told else {})
        return {"kind": kind, "codes": told.get("codes", []), "into": into}
    if kind == "split":
        return {"kind": kind, "code": code, "into": [dict(one) for one in told.get("parts", [])]}
    if kind == "move":
        return {"kind": kind, "code": code, "parent": told.get("parent", "")}
    needs = {"rename": ("name", "to", "definition"), "add": ("name", "parent", "definition")}.get(kind, ())
    return {"kind": kind, "code": code, **{name: told[name] for name in needs if told.get(name)}}


class PlaceIn(serializers.Serializer[Any]):
    """Which step, by its place."""

    place = serializers.IntegerField(min_value=0, max_value=9999)


class AskAgainIn(serializers.Serializer[Any]):
    """Of which release."""

    release = serializers.UUIDField(help_text="by id")


class ChangesApi(EvaluationApi):
    """Finds changes."""

    def changes(self) -> QuerySet[TaxonomyChange]:
        return TaxonomyChange.objects.filter(project=self.project).select_related("project", "base", "made")

    def whole(self, change: TaxonomyChange, *, status: int = 200) -> Response:
        found = outcome(change)
        codes = [
            {"code": code, "became": became, "kind": kind} for code, became, kind in actions.mapping_rows(found.codes)
        ]
        steps = [] if change.applied_at else effects_of(change, found).steps
        told = {
            "effects": EffectOut(steps, many=True).data, "codes": BecameOut(codes, many=True).data,
            "labels": len(found.rows),
        }  # fmt: skip
        return Response({**ChangeOut(change).data, **told}, status=status)


class TaxonomyChanges(ChangesApi):
    """Changes, the newest first; and the open one, or a new one."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = ChangeOut

    @extend_schema(operation_id="taxonomy_changes", responses=ChangeOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.changes(), ChangeOut)

    @extend_schema(operation_id="start_taxonomy_change", request=None, responses={201: ChangeWhole})
    def post(self, request: Request, project: str) -> Response:
        """There is one open change at a time: it is found again."""
        made = actions.start_change(project=self.project, by=self.me)
        return self.whole(self.changes().get(pk=made.pk), status=201)


class ChangeApi(ChangesApi):
    """A view of one change."""

    change: TaxonomyChange

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        self.change = get_object_or_404(self.changes(), public_id=kwargs["change_id"])

    def again(self) -> Response:
        found = self.changes().filter(pk=self.change.pk).first()
        if found is None:
            raise Conflict("These steps were thrown away meanwhile.")
        return self.whole(found)


class OneTaxonomyChange(ChangeApi):
    """One change: what its steps would touch, and one step more. Until it is applied nothing but steps is written."""

    access: ClassVar = {"GET": READ, "POST": CHANGE, "DELETE": CHANGE}
    serializer_class = ChangeWhole

    @extend_schema(operation_id="taxonomy_change", responses=ChangeWhole)
    def get(self, request: Request, project: str, change_id: object) -> Response:
        return self.whole(self.change)

    @extend_schema(operation_id="add_taxonomy_step", request=StepIn, responses=ChangeWhole)
    def post(self, request: Request, project: str, change_id: object) -> Response:
        step = step_of(self.read(StepIn))

        def add() -> str:
            actions.add_step(change=self.change, step=step, by=self.me)
            return "added"

        self.once(f"taxonomy step:{self.change.public_id}", step, add)
        return self.again()

    @extend_schema(operation_id="discard_taxonomy_change", responses={204: None})
    def delete(self, request: Request, project: str, change_id: object) -> Response:
        """Throws the steps away; what was applied stays for good."""
        actions.discard_change(change=self.change, by=self.me)
        return Response(status=204)


class DropTaxonomyStep(ChangeApi):
    """Takes a step out; refused where a later one needs it."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = ChangeWhole

    @extend_schema(operation_id="drop_taxonomy_step", request=PlaceIn, responses=ChangeWhole)
    def post(self, request: Request, project: str, change_id: object) -> Response:
        place = self.read(PlaceIn)["place"]

        def drop() -> str:
            actions.drop_step(change=self.change, place=place, by=self.me)
            return "dropped"

        self.once(f"drop step:{self.change.public_id}", place, drop)
        return self.again()


class ApplyTaxonomyChange(ChangeApi):
    """Publishes the version that the steps lead to. No release, round or run changes."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = ChangeWhole

    @extend_schema(operation_id="apply_taxonomy_change", request=None, responses=ChangeWhole)
    def post(self, request: Request, project: str, change_id: object) -> Response:
        self.once(
            f"apply change:{self.change.public_id}", {},
            lambda: str(apply_change(change=self.change, by=self.me).number),
        )  # fmt: skip
        return self.again()


class AskAgain(ChangeApi):
    """Sends the items whose label was split back to raters, who see no earlier answer."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RoundOut

    @extend_schema(operation_id="ask_again", request=AskAgainIn, responses={201: RoundOut})
    def post(self, request: Request, project: str, change_id: object) -> Response:
        told = self.read(AskAgainIn)
        releases = Release.objects.filter(golden_set__project=self.project)
        release = releases.select_related("golden_set", "taxonomy_version").filter(public_id=told["release"]).first()
        if release is None:
            raise Http404

        def ask() -> str:
            return str(actions.ask_again(change=self.change, release=release, by=self.me).public_id)

        made = self.once(f"ask again:{self.change.public_id}", told, ask)
        return Response(round_shown(Round.objects.get(public_id=made)), status=201)
