"""Freezing a round into the next release of a golden set, with the agreement it reached."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.releases import freeze
from labeling.actions.dealing import FreezeSpec, SplitPreview, preview_splits
from labeling.api.releases import ReleaseOut
from labeling.api.rounds import RoundApi
from labeling.api.views import access
from labeling.enums import Role, Scope
from labeling.models import Release
from labeling.queries.attributes import attribute_names


class SharesIn(serializers.Serializer[Any]):
    """Which part of the entries each split gets; together 1."""

    dev = serializers.FloatField(min_value=0, max_value=1, default=0.0)
    test = serializers.FloatField(min_value=0, max_value=1, default=0.0)
    fewshot = serializers.FloatField(min_value=0, max_value=1, default=0.0)

    def validate(self, attrs: dict[str, float]) -> dict[str, float]:
        if abs(sum(attrs.values()) - 1) > 1e-6:
            raise serializers.ValidationError("The shares must sum to 1.")
        return {name: share for name, share in attrs.items() if share}


class FreezeIn(serializers.Serializer[Any]):
    """How a round's settled tasks become a release. The same name again makes the next number."""

    name = serializers.CharField(max_length=120)
    shares = SharesIn()
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    stratified_by = serializers.ListField(child=serializers.CharField(max_length=200), max_length=10, default=list)
    require_all = serializers.BooleanField(default=False)
    override_reason = serializers.CharField(
        max_length=2000, allow_blank=True, default="", help_text="Needed only where the round is wanting."
    )

    retire_test = serializers.CharField(
        max_length=2000,
        allow_blank=True,
        default="",
        help_text="Why the test splits that hold these items out are used up: then they are dealt anew, on the record.",
    )

    def validate_stratified_by(self, names: list[str]) -> list[str]:
        if wrong := sorted(set(names) - set(attribute_names(self.context["view"].project))):
            raise serializers.ValidationError(f"No item has the attribute “{wrong[0]}”.")
        return names


class SplitsOut(serializers.Serializer[Any]):
    """How the settled items would be dealt."""

    splits = serializers.DictField(source="dealt.splits", child=serializers.IntegerField())
    earlier = serializers.DictField(
        source="dealt.earlier",
        child=serializers.IntegerField(),
        help_text="What becomes of the splits items had before: kept, moved, new, let_go; of test: over, known, used.",
    )
    sentences = serializers.ListField(child=serializers.CharField(), help_text="The same in words.")
    held_out_by = serializers.SerializerMethodField(help_text="Releases with any of the items in test.")

    def get_held_out_by(self, row: SplitPreview) -> list[str]:
        return [str(one) for one in row.holders]


class FreezeRound(RoundApi):
    """A round's gold, for good."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = ReleaseOut

    @extend_schema(operation_id="freeze_round", request=FreezeIn, responses={201: ReleaseOut})
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        """Freeze the settled tasks and close the round. What is wanting is said (422), unless a reason is given."""
        sent = self.read(FreezeIn)
        spec = spec_of(sent)

        def do() -> str:
            why = {name: sent[name] for name in ("require_all", "override_reason")}
            return str(freeze(in_round=self.in_round, spec=spec, by=self.me, **why).public_id)

        made = Release.objects.get(public_id=self.once(f"freeze:{round_id}", sent, do))
        return Response(ReleaseOut(made).data, status=201)


class PreviewFreeze(RoundApi):
    """What a freeze would make of a round, nothing written."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = SplitsOut

    @extend_schema(operation_id="preview_freeze", request=FreezeIn, responses=SplitsOut)
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        """How many items each split would get, and how many keep the one they had in an earlier release."""
        return Response(SplitsOut(preview_splits(self.in_round, spec_of(self.read(FreezeIn)))).data)


def spec_of(sent: dict[str, Any]) -> FreezeSpec:
    """What was sent, as a freeze takes it."""
    return FreezeSpec(sent["name"], sent["shares"], sent["seed"], sent["stratified_by"], sent["retire_test"])
