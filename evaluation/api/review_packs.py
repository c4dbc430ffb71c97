"""Monthly reviews: which there are, one as its reader may see it, and putting a month together."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.review_packs import make_review_pack
from evaluation.api.frame import READERS, EvaluationApi, Report
from evaluation.models import ReviewPack
from evaluation.queries.review_packs import parse_month, seen_by
from labeling.api.views import access
from labeling.enums import Scope


class PackOut(serializers.Serializer[Any]):
    """A month as it was when its review was made."""

    id = serializers.UUIDField(source="public_id")
    month = serializers.DateField(help_text="its first day")
    digest = serializers.CharField()
    created_at = serializers.DateTimeField()


class PackWhole(PackOut):
    """With what you may see of it."""

    report = Report()


class PackIn(serializers.Serializer[Any]):
    """Which month."""

    month = serializers.CharField(max_length=10, help_text="like 2026-05")


class PackApi(EvaluationApi):
    """Finds reviews of months."""

    def packs(self) -> QuerySet[ReviewPack]:
        return ReviewPack.objects.filter(project=self.project).select_related("project")

    def whole(self, pack: ReviewPack, *, status: int = 200) -> Response:
        return Response({**PackOut(pack).data, "report": seen_by(pack.report, self.roles)}, status=status)


class ReviewPacks(PackApi):
    """Reviews of months, the newest first; and making one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *READERS)}
    serializer_class = PackOut

    @extend_schema(operation_id="review_packs", responses=PackOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.packs(), PackOut)

    @extend_schema(operation_id="make_review_pack", request=PackIn, responses={201: PackWhole})
    def post(self, request: Request, project: str) -> Response:
        """The same again as long as nothing has changed."""
        month = parse_month(self.read(PackIn)["month"])
        made = make_review_pack(project=self.project, month=month, by=self.me)
        return self.whole(self.packs().get(pk=made.pk), status=201)


class OneReviewPack(PackApi):
    """One of them."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = PackWhole

    @extend_schema(operation_id="review_pack", responses=PackWhole)
    def get(self, request: Request, project: str, pack_id: object) -> Response:
        return self.whole(get_object_or_404(self.packs(), public_id=pack_id))
