"""What a judge of a dispute may ask for besides, on the record: who was right elsewhere, and what a model says."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.queries.panels import is_veiled
from evaluation.queries.reveal import newest_answer
from evaluation.queries.suggestion import suggestion
from labeling.actions.adjudication import record_reveal, record_suggestion
from labeling.api.disputes import JUDGE, TaskApi
from reviewapp.common.errors import NotAllowed


class SuggestedOut(serializers.Serializer[Any]):
    """A label in dispute: how likely it applies, and how many answers say so here."""

    name = serializers.CharField()
    chance = serializers.FloatField(allow_null=True)
    said_yes = serializers.IntegerField()
    answers = serializers.IntegerField()


class SuggestionOut(serializers.Serializer[Any]):
    """A suggestion, never the decision, by Dawid and Skene's model; or why there is none."""

    labels = SuggestedOut(many=True)
    items = serializers.IntegerField(help_text="of the round with two answers or more")
    reason = serializers.CharField(allow_blank=True)


class ModelSaid(serializers.Serializer[Any]):
    """A label that the model gave, with its stated confidence."""

    name = serializers.CharField()
    confidence = serializers.FloatField(allow_null=True)


class ModelAnswerOut(serializers.Serializer[Any]):
    """The newest answer; `run` is null where no run answered the item."""

    run = serializers.CharField(allow_null=True)
    is_simulated = serializers.BooleanField()
    labels = ModelSaid(many=True)


class Suggestion(TaskApi):
    """Who is likely right, by who was right elsewhere in the round."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = SuggestionOut

    @extend_schema(operation_id="suggestion", request=None, responses=SuggestionOut)
    def post(self, request: Request, project: str, task_id: UUID) -> Response:
        """For whoever has opened the task; that you looked is recorded first."""
        record_suggestion(task=self.task, by=self.me)
        return Response(SuggestionOut(suggestion(self.task)).data)


class Reveal(TaskApi):
    """What the newest run says of the item."""

    access: ClassVar = {"POST": JUDGE}
    serializer_class = ModelAnswerOut

    @extend_schema(operation_id="reveal", request=None, responses=ModelAnswerOut)
    def post(self, request: Request, project: str, task_id: UUID) -> Response:
        """For whoever has opened the task; that you looked is recorded first. Not while a panel judges the item."""
        if is_veiled(self.task.item, self.me, self.roles):
            raise NotAllowed("A panel is judging outputs of this item. What models said stays hidden until it closes.")
        record_reveal(task=self.task, by=self.me)
        found = newest_answer(self.task)
        labels = [{"name": name, "confidence": sure} for name, sure in found.labels] if found else []
        told = {
            "run": found.run.name if found else None, "is_simulated": bool(found and found.run.is_simulated),
            "labels": labels,
        }  # fmt: skip
        return Response(ModelAnswerOut(told).data)
