"""Training files: what went out to train models with, the next file, and which models were trained with one."""

from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions.training_exports import declare_training, export_training
from evaluation.api.frame import MAKERS, READERS, EvaluationApi
from evaluation.forms.training_files import ModelTrainingForm, TrainingFileForm
from evaluation.queries.training_exports import training_exports
from labeling.api.forms import body_of, filled
from labeling.api.streams import NDJSON, NdjsonRenderer, stream
from labeling.api.views import access
from labeling.enums import Scope, TrainingKind
from labeling.models import TrainingExport


class TrainingFileOut(serializers.Serializer[Any]):
    """A file that went out, with what was said of models."""

    id = serializers.UUIDField(source="public_id")
    number = serializers.IntegerField()
    what = serializers.ChoiceField(TrainingKind.choices)
    of = serializers.CharField(source="source", help_text="the release, panel or review")
    splits = serializers.DictField(child=serializers.IntegerField(), help_text="items by split; empty: in no release")
    lines = serializers.IntegerField()
    items = serializers.IntegerField()
    digest = serializers.CharField(help_text="SHA-256 of the file")
    created_at = serializers.DateTimeField()
    models = serializers.SerializerMethodField()

    def get_models(self, row: TrainingExport) -> dict[str, bool]:
        """Whether each model of which somebody said so was trained with the file."""
        return {one.model: one.is_trained for one in sorted(row.trainings.all(), key=lambda one: one.pk)}


TrainingFileIn = body_of(
    TrainingFileForm,
    "TrainingFileIn",
    source=serializers.CharField(
        max_length=100, help_text="release:{id}:fewshot, release:{id}:dev, panel:{id} or review:{id}"
    ),
)
ModelTrainingIn = body_of(ModelTrainingForm, "ModelTrainingIn")


class TrainingFiles(EvaluationApi):
    """Files that went out, the newest first; and the next one."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = TrainingFileOut
    renderer_classes = (JSONRenderer, NdjsonRenderer)

    @extend_schema(operation_id="training_files", responses=TrainingFileOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(training_exports(self.project).prefetch_related("trainings"), TrainingFileOut)

    @extend_schema(
        operation_id="write_training_file", request=TrainingFileIn, responses={(200, NDJSON): OpenApiTypes.BINARY}
    )
    def post(self, request: Request, project: str) -> HttpResponseBase:
        """The lines, on the record with their items before they are given out."""
        form, _ = filled(self, TrainingFileIn, lambda sent: TrainingFileForm(sent, project=self.project))
        source, split = form.chosen()
        lines = export_training(project=self.project, source=source, split=split, by=self.me)
        return stream(lines, name=f"{self.project.slug}-training")


class OneTrainingFile(EvaluationApi):
    """One file, and saying whether a model was trained with it."""

    access: ClassVar = {"GET": access(Scope.READ, *READERS), "POST": access(Scope.EVALUATE, *MAKERS)}
    serializer_class = TrainingFileOut

    def found(self, training_file_id: UUID) -> TrainingExport:
        return get_object_or_404(training_exports(self.project), public_id=training_file_id)

    @extend_schema(operation_id="training_file", responses=TrainingFileOut)
    def get(self, request: Request, project: str, training_file_id: UUID) -> Response:
        return Response(TrainingFileOut(self.found(training_file_id)).data)

    @extend_schema(operation_id="say_of_training", request=ModelTrainingIn, responses=TrainingFileOut)
    def post(self, request: Request, project: str, training_file_id: UUID) -> Response:
        """Yes leaves the file's items out of the model's evaluations; no counts them. The newest word holds."""
        found = self.found(training_file_id)
        form, _ = filled(self, ModelTrainingIn, ModelTrainingForm)
        said = form.cleaned_data
        declare_training(export=found, model=said["model"], is_trained=said["is_trained"] == "yes", by=self.me)
        return Response(TrainingFileOut(found).data)
