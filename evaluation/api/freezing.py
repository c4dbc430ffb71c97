"""Freezing a round into the next release of a golden set, with the agreement it reached."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.releases import freeze
from labeling.actions.golden import FreezeSpec
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

    def validate_stratified_by(self, names: list[str]) -> list[str]:
        if wrong := sorted(set(names) - set(attribute_names(self.context["view"].project))):
            raise serializers.ValidationError(f"No item has the attribute “{wrong[0]}”.")
        return names


class FreezeRound(RoundApi):
    """A round's gold, for good."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = ReleaseOut

    @extend_schema(operation_id="freeze_round", request=FreezeIn, responses={201: ReleaseOut})
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        """Freeze the settled tasks and close the round. What is wanting is said (422), unless a reason is given."""
        sent = self.read(FreezeIn)
        spec = FreezeSpec(sent["name"], sent["shares"], sent["seed"], sent["stratified_by"])

        def do() -> str:
            why = {name: sent[name] for name in ("require_all", "override_reason")}
            return str(freeze(in_round=self.in_round, spec=spec, by=self.me, **why).public_id)

        made = Release.objects.get(public_id=self.once(f"freeze:{round_id}", sent, do))
        return Response(ReleaseOut(made).data, status=201)
