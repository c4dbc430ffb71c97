"""A run's single answers, for those who may see them: never on a held-out split."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.api.frame import READERS, AnyJson, Micro, RunApi
from evaluation.enums import PredictionState
from evaluation.models import Prediction
from evaluation.queries.exports import predictions
from evaluation.queries.run_answers import shows_items, visible
from labeling.api.streams import NDJSON, NdjsonRenderer, stream
from labeling.api.views import access
from labeling.enums import Scope
from reviewapp.common.errors import NotAllowed

HELD_OUT = "This run is over a held-out split: there are figures of it, and no single answers."


class PredictionOut(serializers.Serializer[Any]):
    """What a run said of one item."""

    item = serializers.CharField(source="item.external_id")
    state = serializers.ChoiceField(PredictionState.choices)
    labels = serializers.ListField(child=serializers.DictField(child=AnyJson()))
    review = serializers.CharField(allow_blank=True, help_text="why a person should look at it")
    routes = serializers.ListField(child=AnyJson())
    problems = serializers.ListField(child=AnyJson())
    error_kind = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_blank=True)
    model = serializers.CharField(source="model_returned", allow_blank=True)
    tokens_in = serializers.IntegerField(allow_null=True)
    tokens_out = serializers.IntegerField(allow_null=True)
    cost_usd = Micro(source="cost_micro_usd", allow_null=True)
    latency_ms = serializers.IntegerField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class PredictionsAsked(serializers.Serializer[Any]):
    """Which answers."""

    state = serializers.ChoiceField(PredictionState.choices, required=False)
    kind = serializers.CharField(required=False, max_length=30, help_text="of failure")
    review = serializers.BooleanField(required=False, allow_null=True, default=None)
    item = serializers.CharField(required=False, max_length=255, help_text="an external id")


class AnswersApi(RunApi):
    """What may be seen of a run's answers."""

    def answers(self) -> QuerySet[Prediction]:
        if not shows_items(self.run):
            raise NotAllowed(HELD_OUT)
        return visible(self.run).select_related("item")


class Predictions(AnswersApi):
    """The answers that pass a filter, in the order they were made in; those to held-out items are left out."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = PredictionOut
    ordering = "pk"

    @extend_schema(operation_id="predictions", parameters=[PredictionsAsked], responses=PredictionOut(many=True))
    def get(self, request: Request, project: str, run_id: object) -> Response:
        asked, found = self.read(PredictionsAsked, query=True), self.answers()
        if "state" in asked:
            found = found.filter(state=asked["state"])
        if "kind" in asked:
            found = found.filter(state=PredictionState.FAILED, error_kind=asked["kind"])
        if asked["review"] is not None:
            found = found.exclude(review="") if asked["review"] else found.filter(review="")
        if "item" in asked:
            found = found.filter(item__external_id=asked["item"])
        return self.page(found, PredictionOut)


class ExportedPredictions(AnswersApi):
    """All of them, one a line, in the columns of `export predictions`; the importers read them again."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS)}
    serializer_class = PredictionOut
    pagination_class = None
    renderer_classes = (NdjsonRenderer, JSONRenderer)

    @extend_schema(operation_id="export_predictions", responses={(200, NDJSON): OpenApiTypes.STR})
    def get(self, request: Request, project: str, run_id: object) -> StreamingHttpResponse:
        shown = self.answers()
        response = stream(predictions(self.run, shown=shown), name="predictions")
        response["Assay-Withheld"] = str(self.run.predictions.count() - shown.count())
        return response
