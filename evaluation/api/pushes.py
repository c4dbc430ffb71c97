"""Predictions made elsewhere, pushed in parts: open a run, send its parts, finish it.

A part is taken whole or refused whole with the lines that cannot be used. Sent again with its Idempotency-Key it has
no second effect, so a pipeline that was cut off sends its last part again and goes on.
"""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.imported_runs import PART_ROWS, PartRefused, finish_push, open_push, push_part
from evaluation.actions.importing import read_predictions
from evaluation.api.frame import MAKERS, AnyJson, EvaluationApi, RunApi
from evaluation.api.runs import RunWhole, shown
from labeling.api.rows import ListedRows, Rows, RowsParser
from labeling.api.views import access
from labeling.enums import Scope
from reviewapp.common.errors import NotAllowed, Refused

MB = 1024 * 1024
PART_BYTES = 50 * MB
KEY = OpenApiParameter(
    "Idempotency-Key", {"type": "string", "format": "uuid"}, OpenApiParameter.HEADER, required=True,
    description="A UUID of your own for this part; the part sent again under it has no second effect.",
)  # fmt: skip


class PushIn(serializers.Serializer[Any]):
    """A run to push predictions to. Its name is used once."""

    name = serializers.CharField(max_length=120)


class PredictedLabel(serializers.Serializer[Any]):
    """A label by its code, or by its full path or unique name."""

    code = serializers.CharField()
    confidence = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    evidence = serializers.CharField(required=False, allow_blank=True)


class PredictionRow(serializers.Serializer[Any]):
    """One prediction. An empty list of labels says that none applies; without `labels` the row is refused."""

    item = serializers.CharField(help_text="the item's external id")
    labels = PredictedLabel(many=True)
    cost = serializers.FloatField(required=False, allow_null=True, help_text="dollars")
    latency_ms = serializers.IntegerField(required=False, allow_null=True)
    model = serializers.CharField(required=False, allow_blank=True)
    retrieved = serializers.ListField(child=AnyJson(), required=False, allow_null=True)
    summary = serializers.CharField(required=False, allow_null=True)


class PartOut(serializers.Serializer[Any]):
    """What the run holds now."""

    run = serializers.UUIDField()
    total = serializers.IntegerField()


class FinishIn(serializers.Serializer[Any]):
    """How many predictions there should be, if that is to be checked."""

    expected = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, allow_null=True, default=None)


class Pushes(EvaluationApi):
    """Opens a run for predictions made elsewhere."""

    access: ClassVar = {"POST": access(Scope.PREDICT, *MAKERS)}
    serializer_class = RunWhole

    @extend_schema(operation_id="open_push", request=PushIn, responses={201: RunWhole})
    def post(self, request: Request, project: str) -> Response:
        told = self.read(PushIn)

        def begin() -> str:
            return str(open_push(project=self.project, name=told["name"], by=self.me).public_id)

        made = self.once(f"push:{self.project.slug}", told, begin)
        return Response(shown(self.runs().get(public_id=made)), status=201)


class Part(RunApi):
    """One part of a run: NDJSON with one prediction a line, or a JSON list of them."""

    access: ClassVar = {"POST": access(Scope.PREDICT, *MAKERS)}
    serializer_class = PartOut
    parser_classes = (RowsParser, ListedRows)

    @extend_schema(
        operation_id="push_part", parameters=[KEY], responses=PartOut,
        request={"application/x-ndjson": PredictionRow, "application/json": PredictionRow(many=True)},
        description=f"At most {PART_ROWS:,} rows and {PART_BYTES // MB} MB a part; gzip by Content-Encoding is read.",
    )  # fmt: skip
    def post(self, request: Request, project: str, run_id: object) -> Response:
        if not request.headers.get("Idempotency-Key"):
            raise ValidationError({"Idempotency-Key": ["Send a UUID of your own with each part."]})
        if not self.run.is_imported:
            raise NotAllowed("This run answers its items itself: nothing is pushed to it.")
        rows: Any = request.data  # as its parsers read it
        assert isinstance(rows, Rows)
        if rows.lines > PART_ROWS or rows.path.stat().st_size > PART_BYTES:
            raise Refused(f"A part has at most {PART_ROWS:,} rows and {PART_BYTES // MB} MB. Send it in two.")
        total = self.once(f"part:{self.run.public_id}", rows.digest, lambda: str(self._push(rows)))
        return Response(PartOut({"run": self.run.public_id, "total": int(total)}).data)

    def _push(self, rows: Rows) -> int:
        read = read_predictions(rows.path, project=self.project, name=rows.name, taxonomy=self.run.taxonomy_version)
        if read.problems:
            raise PartRefused(read.problems, len(read.rows) + len(read.problems))
        return push_part(run=self.run, rows=read.rows, by=self.me).total


class Finish(RunApi):
    """No more parts: the run is done and can be scored."""

    access: ClassVar = {"POST": access(Scope.PREDICT, *MAKERS)}
    serializer_class = RunWhole

    @extend_schema(operation_id="finish_push", request=FinishIn, responses=RunWhole)
    def post(self, request: Request, project: str, run_id: object) -> Response:
        told = self.read(FinishIn)

        def finish() -> str:
            return str(finish_push(run=self.run, expected=told["expected"], by=self.me).public_id)

        self.once(f"finish:{self.run.public_id}", told, finish)
        return Response(shown(self.runs().get(pk=self.run.pk)))
