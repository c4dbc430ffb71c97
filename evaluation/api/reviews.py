"""Reviews of production runs: opening one, its figures, corrections, closing it. The work is under `my-reviews/`."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.reviews import close_review, open_review
from evaluation.actions.training_exports import give_out
from evaluation.api.frame import MAKERS, READERS, EvaluationApi, Report
from evaluation.enums import ReviewState
from evaluation.forms.reviews import ReviewForm
from evaluation.models import Review
from evaluation.queries.reviewboard import board
from evaluation.queries.reviews import loaded
from labeling.api.forms import body_of, filled
from labeling.api.streams import NDJSON, NdjsonRenderer, stream
from labeling.api.views import Access, access
from labeling.enums import Scope


class ReviewOut(serializers.Serializer[Any]):
    """A review: what of a run people look at."""

    id = serializers.UUIDField(source="public_id")
    number = serializers.IntegerField()
    run = serializers.UUIDField(source="run.public_id")
    run_name = serializers.CharField(source="run.name")
    is_simulated = serializers.BooleanField(source="run.is_simulated")
    state = serializers.ChoiceField(ReviewState.choices)
    asked = serializers.IntegerField(help_text="answers of the run that were considered")
    passed = serializers.IntegerField(help_text="of them those that went through")
    blind_share = serializers.FloatField()
    audit_share = serializers.FloatField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class ReviewWhole(ReviewOut):
    """With where its targets stand and what people said."""

    figures = Report()


ReviewIn = body_of(
    ReviewForm, "ReviewIn",
    run=serializers.UUIDField(help_text="a finished run over items that has no review yet"),
    other_run=serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="where it said otherwise, people look too"
    ),
)  # fmt: skip


class ReviewsApi(EvaluationApi):
    """Finds reviews."""

    def reviews(self) -> QuerySet[Review]:
        return loaded().filter(project=self.project)

    def whole(self, found: Review, *, status: int = 200) -> Response:
        return Response({**ReviewOut(found).data, "figures": board(found).as_dict()}, status=status)


class Reviews(ReviewsApi):
    """Reviews, the newest first; and a new one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = ReviewOut

    @extend_schema(operation_id="reviews", responses=ReviewOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.reviews(), ReviewOut)

    @extend_schema(operation_id="open_review", request=ReviewIn, responses={201: ReviewWhole})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, ReviewIn, lambda sent: ReviewForm(sent, project=self.project))

        def start() -> str:
            run, other = (form.runs.get(form.cleaned_data[name]) for name in ("run", "other_run"))
            assert run is not None  # the form offers no other
            return str(open_review(run=run, spec=form.spec(), other_run=other, by=self.me).public_id)

        made = self.once(f"review:{self.project.slug}", told, start)
        return self.whole(self.reviews().get(public_id=made), status=201)


class ReviewApi(ReviewsApi):
    """A view of one review."""

    review: Review

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        self.review = get_object_or_404(self.reviews(), public_id=kwargs["review_id"])


class OneReview(ReviewApi):
    """One review."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = ReviewWhole

    @extend_schema(operation_id="review", responses=ReviewWhole)
    def get(self, request: Request, project: str, review_id: object) -> Response:
        return self.whole(self.review)


class CloseReview(ReviewApi):
    """Hands out nothing more."""

    access: ClassVar = {"POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = ReviewWhole

    @extend_schema(operation_id="close_review", request=None, responses=ReviewWhole)
    def post(self, request: Request, project: str, review_id: object) -> Response:
        close_review(review=self.review, by=self.me)
        return self.whole(self.reviews().get(pk=self.review.pk))


class Corrections(ReviewApi):
    """What counts of each task that is done, in the columns that the importers read. Nobody's name."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    renderer_classes = (NdjsonRenderer,)
    pagination_class = None

    @extend_schema(operation_id="corrections", responses={(200, NDJSON): OpenApiTypes.STR})
    def get(self, request: Request, project: str, review_id: object) -> HttpResponseBase:
        """On the record like a training file: a model can be trained with it."""
        rows = give_out(source=self.review, by=self.me)
        return stream(rows, name=f"{self.project.slug} review {self.review.number} corrections")
