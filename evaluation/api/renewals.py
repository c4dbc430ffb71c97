"""The next release of a golden set, and measuring it: the prompts in use, run on it and held against the one before."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.refits import start_refit
from evaluation.actions.releases import renew
from evaluation.api.frame import MAKERS, READERS, Dollars, EvaluationApi
from evaluation.forms.taxonomy_changes import RenewForm
from evaluation.queries.refits import Held, held_of, refit_of
from evaluation.queries.renewable import rounds_for
from labeling.api.forms import body_of, filled
from labeling.api.views import Access, access
from labeling.enums import Role, Scope
from labeling.models import Release


class RenewedOut(serializers.Serializer[Any]):
    """The release that was frozen."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.SerializerMethodField()

    def get_name(self, row: Release) -> str:
        """like pilot@2"""
        return str(row)


NextReleaseIn = body_of(
    RenewForm,
    "NextReleaseIn",
    round=serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True,
        help_text="whose answers go in, by id; without one only the newer taxonomy",
    ),
)  # fmt: skip


class RefitIn(serializers.Serializer[Any]):
    """What measuring may cost."""

    budget_usd = Dollars(required=False, allow_null=True, default=None)


class RefitRunOut(serializers.Serializer[Any]):
    """One prompt version on the new release."""

    prompt = serializers.CharField(source="row.version")
    state = serializers.CharField()
    obstacle = serializers.CharField(source="row.obstacle", allow_blank=True)
    run = serializers.UUIDField(source="row.run.public_id", allow_null=True, default=None)
    evaluation = serializers.UUIDField(source="row.evaluation.public_id", allow_null=True, default=None)


class RefitOut(serializers.Serializer[Any]):
    """Each prompt in use; none before it was asked for."""

    results = RefitRunOut(many=True)


class ReleaseApi(EvaluationApi):
    """A view of one release."""

    release: Release

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        mine = Release.objects.filter(golden_set__project=self.project).select_related(
            "golden_set__project", "taxonomy_version", "guideline", "round"
        )
        self.release = get_object_or_404(mine, public_id=kwargs["release_id"])


class RenewRelease(ReleaseApi):
    """Freezes the next release; this one stays as it is."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = RenewedOut

    @extend_schema(operation_id="renew_release", request=NextReleaseIn, responses={201: RenewedOut})
    def post(self, request: Request, project: str, release_id: object) -> Response:
        rounds = rounds_for(self.release)
        form, told = filled(self, NextReleaseIn, lambda sent: RenewForm(sent, rounds=rounds, release=self.release))

        def freeze() -> str:
            said = form.cleaned_data
            made = renew(
                release=self.release, in_round=form.chosen(said["round"]), override_reason=said["override_reason"],
                by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        made = self.once(f"renew:{self.release.public_id}", told, freeze)
        found = Release.objects.select_related("golden_set").get(public_id=made, golden_set__project=self.project)
        return Response(RenewedOut(found).data, status=201)


class RefitOfRelease(ReleaseApi):
    """What was measured on the release before, measured on this one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = RefitOut
    pagination_class = None

    def rows(self) -> list[Held]:
        found = refit_of(self.release)
        return held_of(found) if found else []

    @extend_schema(operation_id="refit", responses=RefitOut)
    def get(self, request: Request, project: str, release_id: object) -> Response:
        return Response(RefitOut({"results": self.rows()}).data)

    @extend_schema(operation_id="measure_release", request=RefitIn, responses={202: RefitOut})
    def post(self, request: Request, project: str, release_id: object) -> Response:
        """Starts it, or goes on with it."""
        told = self.read(RefitIn)

        def start() -> str:
            start_refit(project=self.project, release=self.release, budget_usd=told["budget_usd"], by=self.me)
            return ""

        self.once(f"refit:{self.release.public_id}", told, start)
        return Response(RefitOut({"results": self.rows()}).data, status=202)
