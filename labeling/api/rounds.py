"""Rounds for those who manage them: the list, one, made by sampling, closed, paused; and what was answered in one."""

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions.progress import pause_round, resume_round, set_due
from labeling.actions.rounds import RoundOptions, SampleSpec, cancel_round, close_round, sample_round
from labeling.actions.seats import add_seats
from labeling.api.serializers import PausedIn
from labeling.api.views import Access, ProjectApi, access
from labeling.enums import Purpose, Role, Scope, Settling, TaskState
from labeling.models import Round
from labeling.queries.answers import answers_in
from labeling.queries.attributes import attribute_names
from labeling.queries.progress import RoundProgress, progress_among
from reviewapp.common.errors import Refused

READ = access(Scope.READ, Role.MANAGER, Role.ANALYST)
CHANGE = access(Scope.ADMIN, Role.MANAGER)


class RoundOut(serializers.Serializer[Any]):
    """A round and how far it is. Tasks and seats are without hidden checks."""

    id = serializers.UUIDField(source="round.public_id")
    name = serializers.CharField(source="round.name")
    purpose = serializers.CharField(source="round.purpose")
    state = serializers.CharField(source="round.state")
    taxonomy = serializers.IntegerField(source="round.taxonomy_version.number")
    guideline = serializers.IntegerField(source="round.guideline.number", default=None, allow_null=True)
    raters = serializers.IntegerField(source="round.raters")
    settling = serializers.CharField(source="round.settling")
    undo_seconds = serializers.IntegerField(source="round.undo_seconds")
    agreement_objective = serializers.FloatField(source="round.agreement_objective")
    due_on = serializers.DateField(source="round.due_on", allow_null=True)
    paused_at = serializers.DateTimeField(source="round.paused_at", allow_null=True)
    created_at = serializers.DateTimeField(source="round.created_at")
    closed_at = serializers.DateTimeField(source="round.closed_at", allow_null=True)
    tasks = serializers.IntegerField()
    open = serializers.IntegerField()
    disputed = serializers.IntegerField()
    escalated = serializers.IntegerField()
    settled = serializers.IntegerField()
    seats = serializers.IntegerField()
    seats_submitted = serializers.IntegerField()
    seats_leased = serializers.IntegerField()


class WhereIn(serializers.Serializer[Any]):
    attribute = serializers.CharField(max_length=200)
    value = serializers.CharField(max_length=500, allow_blank=True)


class RoundIn(serializers.Serializer[Any]):
    """A round by stratified sample."""

    name = serializers.CharField(max_length=120)
    size = serializers.IntegerField(min_value=1, max_value=100_000)
    by = serializers.ListField(
        child=serializers.CharField(max_length=200),
        max_length=10,
        default=list,
        help_text="Attributes to balance.",
    )
    allocation = serializers.ChoiceField(choices=["proportional", "equal"], default="proportional")
    where = WhereIn(many=True, default=list)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    raters = serializers.IntegerField(min_value=1, max_value=20, required=False)
    settling = serializers.ChoiceField(choices=Settling.choices, default=Settling.UNANIMOUS)
    purpose = serializers.ChoiceField(choices=[Purpose.GOLDEN, Purpose.TRAINING], default=Purpose.GOLDEN)
    undo_seconds = serializers.IntegerField(min_value=0, max_value=86_400, default=600)
    due_on = serializers.DateField(required=False, allow_null=True)
    quick_labels = serializers.ListField(child=serializers.CharField(max_length=100), max_length=9, required=False)
    asks_summary = serializers.BooleanField(required=False)
    distinct_groups = serializers.BooleanField(required=False)
    needs_qualification = serializers.BooleanField(required=False)
    check_bar = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    check_least = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    second_share = serializers.FloatField(min_value=0, max_value=1, required=False)
    audit_share = serializers.FloatField(min_value=0, max_value=1, required=False)


class RoundChange(serializers.Serializer[Any]):
    due_on = serializers.DateField(allow_null=True)


class AddedOut(serializers.Serializer[Any]):
    added = serializers.IntegerField()


class AnnotationOut(serializers.Serializer[Any]):
    """An answer that counts, for managers and analysts: by name."""

    id = serializers.UUIDField(source="annotation.public_id")
    item = serializers.CharField(source="annotation.task.item.external_id")
    rater = serializers.CharField(source="annotation.rater.email")
    labels = serializers.ListField(source="codes", child=serializers.CharField())
    certainty = serializers.CharField()
    comment = serializers.CharField()
    summary = serializers.CharField()
    is_flagged = serializers.BooleanField()
    seconds = serializers.IntegerField(allow_null=True)
    evidence = serializers.DictField(source="quotes", child=serializers.ListField(child=serializers.DictField()))
    revision = serializers.IntegerField(source="number")
    submitted_at = serializers.DateTimeField(source="annotation.submitted_at")


class Rounds(ProjectApi):
    """Rounds, newest first."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = RoundOut

    @extend_schema(operation_id="rounds", responses=RoundOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        rounds = Round.objects.filter(project=self.project).select_related("taxonomy_version", "guideline")
        found = self.paginate_queryset(rounds) or []
        return self.get_paginated_response(RoundOut(progress_among(list(found)), many=True).data)

    @extend_schema(operation_id="new_round", request=RoundIn, responses={201: RoundOut})
    def post(self, request: Request, project: str) -> Response:
        """Draw a sample and open a round on it: raters find it in their queue at once."""
        sent = self.read(RoundIn)
        made = self.once(f"round:{self.project.slug}", sent, lambda: str(self.make(dict(sent)).public_id))
        return Response(shown(Round.objects.get(public_id=made)), status=201)

    def make(self, sent: dict[str, Any]) -> Round:
        known = attribute_names(self.project)
        where = tuple((one["attribute"], one["value"]) for one in sent.pop("where"))
        if wrong := next((name for name in [*sent["by"], *(name for name, _ in where)] if name not in known), None):
            raise Refused(f"No item has the attribute “{wrong}”.")
        spec = SampleSpec(
            size=sent.pop("size"), by=tuple(sent.pop("by")), allocation=sent.pop("allocation"), seed=sent.pop("seed"),
            where=where,
        )  # fmt: skip
        names = ("name", "settling", "purpose", "undo_seconds")
        fixed = {name: sent.pop(name) for name in names}
        raters = sent.pop("raters", None)
        return sample_round(
            project=self.project, spec=spec, by=self.me, raters=raters, options=RoundOptions(**sent), **fixed
        )


class RoundApi(ProjectApi):
    """A view of one round of the project."""

    in_round: Round

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        rounds = Round.objects.filter(project=self.project).select_related("taxonomy_version", "guideline")
        self.in_round = get_object_or_404(rounds, public_id=kwargs["round_id"])
        self.in_round.project = self.project


class OneRound(RoundApi):
    """One round."""

    access: ClassVar = {"GET": READ, "PATCH": CHANGE}
    serializer_class = RoundOut

    @extend_schema(operation_id="round", responses=RoundOut)
    def get(self, request: Request, project: str, round_id: UUID) -> Response:
        return Response(shown(self.in_round))

    @extend_schema(operation_id="change_round", request=RoundChange, responses=RoundOut)
    def patch(self, request: Request, project: str, round_id: UUID) -> Response:
        """The day it is planned to be done. With `If-Match`, only if the round is as you read it (else 412)."""
        due_on = self.read(RoundChange)["due_on"]

        def change() -> str:
            self.expect(shown(Round.objects.select_for_update().get(pk=self.in_round.pk)))
            return str(set_due(in_round=self.in_round, due_on=due_on, by=self.me).public_id)

        self.once(f"due:{round_id}", {"due_on": due_on}, change)
        return Response(shown(Round.objects.get(pk=self.in_round.pk)))


class CloseRound(RoundApi):
    """The end of a round."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RoundOut

    @extend_schema(operation_id="close_round", request=None, responses=RoundOut)
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        """Nothing is labelled or settled in it any more. Its answers stay."""
        self.once(f"close:{round_id}", {}, lambda: str(close_round(in_round=self.in_round, by=self.me).public_id))
        return Response(shown(Round.objects.get(pk=self.in_round.pk)))


class CancelRound(RoundApi):
    """A round given up."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RoundOut

    @extend_schema(operation_id="cancel_round", request=None, responses=RoundOut)
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        """Like closing, and none of its tasks counts for anything. Its answers stay on record."""
        self.once(f"cancel:{round_id}", {}, lambda: str(cancel_round(in_round=self.in_round, by=self.me).public_id))
        return Response(shown(Round.objects.get(pk=self.in_round.pk)))


class PauseRound(RoundApi):
    """Whether a round hands out work."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = PausedIn

    @extend_schema(operation_id="pause_round", request=PausedIn, responses=RoundOut)
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        """A paused round hands out nothing; answers that come in are kept."""
        act = pause_round if self.read(PausedIn)["paused"] else resume_round
        return Response(shown(act(in_round=self.in_round, by=self.me)))


class ExtendRound(RoundApi):
    """More raters for what is disputed."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = AddedOut

    @extend_schema(operation_id="extend_round", request=None, responses=AddedOut)
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        """Ask one more rater for every task that is disputed or escalated, as far as the round allows."""
        disputed = self.in_round.tasks.filter(state__in=[TaskState.DISPUTED, TaskState.ESCALATED])
        why = "one more rater for disputes"

        def extend() -> str:
            return str(add_seats(tasks=disputed, in_round=self.in_round, by=self.me, reason=why))

        return Response({"added": int(self.once(f"extend:{round_id}", {}, extend))})


class RoundAnnotations(RoundApi):
    """The answers of a round by name: those that count, as they stand."""

    access: ClassVar = {"GET": READ}
    serializer_class = AnnotationOut

    @extend_schema(operation_id="annotations", responses=AnnotationOut(many=True))
    def get(self, request: Request, project: str, round_id: UUID) -> Response:
        return self.page(answers_in(self.in_round, viewer=self.me), AnnotationOut)


def shown(in_round: Round) -> dict[str, Any]:
    progress: RoundProgress = progress_among([in_round])[0]
    return dict(RoundOut(progress).data)
