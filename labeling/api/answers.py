"""A rater's own answers: looked at, taken back within the round's window, in trainings beside the known ones."""

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling import rules
from labeling.actions.annotations import take_back
from labeling.api.queue import LABEL, READ, SeatOut, ShownItemOut, shown
from labeling.api.rounds import RoundApi
from labeling.models import Annotation, Revision
from labeling.queries.answers import own_in
from labeling.queries.contents import content_of
from labeling.queries.training import feedback_on
from labeling.visibility import own_annotations, own_training_answers


class OwnAnswerOut(serializers.Serializer[Any]):
    """One of your answers."""

    id = serializers.UUIDField(source="public_id")
    item = serializers.CharField(source="task.item.name")
    labels = serializers.SerializerMethodField()
    certainty = serializers.SerializerMethodField()
    comment = serializers.SerializerMethodField()
    is_flagged = serializers.SerializerMethodField()
    summary = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField()
    submitted_at = serializers.DateTimeField()
    can_take_back = serializers.SerializerMethodField()

    def get_labels(self, annotation: Annotation) -> list[str]:
        return newest(annotation).codes

    def get_certainty(self, annotation: Annotation) -> str:
        return str(newest(annotation).certainty)

    def get_comment(self, annotation: Annotation) -> str:
        return str(newest(annotation).comment)

    def get_is_flagged(self, annotation: Annotation) -> bool:
        return bool(newest(annotation).is_flagged)

    def get_summary(self, annotation: Annotation) -> str:
        return str(newest(annotation).summary)

    def get_evidence(self, annotation: Annotation) -> dict[str, list[dict[str, Any]]]:
        return newest(annotation).quotes

    def get_can_take_back(self, annotation: Annotation) -> bool:
        return rules.can_take_back(self.context["view"].me, annotation)


class WholeAnswerOut(OwnAnswerOut):
    """One of your answers, with the item as it was shown."""

    shown = serializers.SerializerMethodField()

    def get_shown(self, annotation: Annotation) -> ShownItemOut:
        return ShownItemOut(content_of(annotation.task)).data  # type: ignore[return-value]


class FeedbackOut(serializers.Serializer[Any]):
    """Your labels in a training beside the known ones."""

    labels = serializers.ListField(child=serializers.CharField())
    known = serializers.ListField(child=serializers.CharField())
    likeness = serializers.FloatField(allow_null=True)
    done = serializers.IntegerField()
    skipped = serializers.IntegerField()
    total = serializers.IntegerField()
    is_qualified = serializers.BooleanField()


class OwnAnswers(RoundApi):
    """Your answers in a round, newest first."""

    access: ClassVar = {"GET": READ}
    serializer_class = OwnAnswerOut
    ordering = ("-submitted_at", "public_id")

    @extend_schema(operation_id="my_annotations", responses=OwnAnswerOut(many=True))
    def get(self, request: Request, project: str, round_id: UUID) -> Response:
        return self.page(own_in(self.in_round, self.me), OwnAnswerOut)


class OneOwnAnswer(RoundApi):
    """One of your answers."""

    access: ClassVar = {"GET": READ}
    serializer_class = WholeAnswerOut

    @extend_schema(operation_id="my_annotation", responses=WholeAnswerOut)
    def get(self, request: Request, project: str, round_id: UUID, annotation_id: UUID) -> Response:
        found = get_object_or_404(own_in(self.in_round, self.me), public_id=annotation_id)
        return Response(WholeAnswerOut(found, context={"view": self}).data)


class TakeBackAnswer(RoundApi):
    """Undo."""

    access: ClassVar = {"POST": LABEL}
    serializer_class = SeatOut

    @extend_schema(operation_id="take_back", request=None, responses=SeatOut)
    def post(self, request: Request, project: str, round_id: UUID, annotation_id: UUID) -> Response:
        """Within the round's fixed window, whatever others did: the item is yours again, with your answer as draft."""
        mine = own_annotations(self.me).filter(task__round=self.in_round)
        seat = take_back(annotation=get_object_or_404(mine, public_id=annotation_id), by=self.me)
        return Response(shown(seat, self))


class Feedback(RoundApi):
    """After an answer in a training. Of other rounds there is no such thing."""

    access: ClassVar = {"GET": READ}
    serializer_class = FeedbackOut

    @extend_schema(operation_id="training_feedback", responses=FeedbackOut)
    def get(self, request: Request, project: str, round_id: UUID, annotation_id: UUID) -> Response:
        mine = own_training_answers(self.me).filter(task__round=self.in_round)
        mine = mine.select_related("task__item", "task__gold", "task__round__taxonomy_version")
        found = feedback_on(get_object_or_404(mine, public_id=annotation_id), self.me)
        body = {
            "labels": sorted(found.pair.chosen), "known": sorted(found.pair.gold), "likeness": found.likeness,
            "done": found.progress.done, "skipped": found.progress.skipped, "total": found.progress.total,
            "is_qualified": found.progress.qualification is not None,
        }  # fmt: skip
        return Response(FeedbackOut(body).data)


def newest(annotation: Annotation) -> Revision:
    """The revision that stands, of the ones fetched with the answer."""
    return annotation.revisions.all()[0]
