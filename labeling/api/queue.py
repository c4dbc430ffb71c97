"""The rater's own queue, blind as the labelling page: claim, submit, skip, give back, draft, renew, take back.

Nothing here says what others did: not an order, a count, a number of a row, a time or a refusal. A late answer gets the
reply of any other.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling import rules
from labeling.actions.annotations import hand_out, save_draft, submit_annotation, was_handed_out
from labeling.actions.seats import claim_seat, release_seat, renew_lease, skip_task
from labeling.actions.training import is_guided, qualify_if_passed, seat_for_trainee
from labeling.api.rounds import RoundApi
from labeling.api.views import Access, ProjectApi, access, complaint
from labeling.enums import Certainty, Role, Scope, SkipReason
from labeling.evidence import SPANS_MAX
from labeling.forms.annotation import BESIDE_MAX, LABELS_MAX, SECONDS_MAX, AnswerForm, DraftForm
from labeling.models import Seat
from labeling.queries import queue
from labeling.queries.taxonomy import moved_on
from reviewapp.common.errors import Conflict

RATERS = (Role.ANNOTATOR, Role.ADJUDICATOR)
LABEL = access(Scope.LABEL, *RATERS)
READ = access(Scope.READ, *RATERS)


class MyRoundOut(serializers.Serializer[Any]):
    """A round as one of its raters sees it: own numbers only."""

    id = serializers.UUIDField(source="round.public_id")
    name = serializers.CharField(source="round.name")
    purpose = serializers.CharField(source="round.purpose")
    taxonomy = serializers.IntegerField(source="round.taxonomy_version.number")
    guideline = serializers.IntegerField(source="round.guideline.number", default=None, allow_null=True)
    asks_summary = serializers.BooleanField(source="round.asks_summary")
    lease_seconds = serializers.IntegerField(source="round.lease_seconds")
    undo_seconds = serializers.IntegerField(source="round.undo_seconds")
    done = serializers.IntegerField()
    target = serializers.IntegerField()


class PassageOut(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.CharField()
    source_url = serializers.CharField(allow_blank=True)
    page = serializers.IntegerField(allow_null=True)


class ShownItemOut(serializers.Serializer[Any]):
    """An item as the labelling page shows it."""

    name = serializers.CharField()
    attributes = serializers.DictField(child=serializers.CharField(allow_blank=True))
    documents = PassageOut(many=True)


class SeatOut(serializers.Serializer[Any]):
    """The item to work on. Send `receipt` and `taxonomy` back with the answer."""

    seat = serializers.UUIDField(source="seat.public_id")
    receipt = serializers.CharField()
    taxonomy = serializers.IntegerField()
    item = ShownItemOut(source="content")
    draft = serializers.DictField()
    draft_number = serializers.IntegerField()
    returned = serializers.CharField(allow_blank=True, help_text="Why the answer was sent back to you, if it was.")


class NextIn(serializers.Serializer[Any]):
    beside = serializers.ListField(
        child=serializers.UUIDField(), max_length=BESIDE_MAX, default=list,
        help_text="Seats you are at work on: the one to work on after them is kept for you for two minutes.",
    )  # fmt: skip


class QuoteIn(serializers.Serializer[Any]):
    """A place in a document; offsets count code points."""

    document = serializers.IntegerField(min_value=0)
    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=0)


class AnswerIn(serializers.Serializer[Any]):
    """An answer: labels, or the plain statement that none applies. Neither is no answer."""

    labels = serializers.ListField(child=serializers.CharField(max_length=100), max_length=LABELS_MAX, default=list)
    none_applies = serializers.BooleanField(default=False)
    certainty = serializers.ChoiceField(choices=Certainty.choices, default=Certainty.SURE)
    comment = serializers.CharField(max_length=5000, allow_blank=True, default="")
    is_flagged = serializers.BooleanField(default=False)
    summary = serializers.CharField(max_length=20_000, allow_blank=True, default="")
    evidence = serializers.DictField(
        child=QuoteIn(many=True, max_length=SPANS_MAX),  # type: ignore[call-arg]
        default=dict,
    )
    seconds = serializers.IntegerField(min_value=0, max_value=SECONDS_MAX, required=False)
    receipt = serializers.CharField(max_length=300, default="")
    taxonomy = serializers.IntegerField(min_value=0, required=False)


class DraftIn(AnswerIn):
    number = serializers.IntegerField(min_value=0, required=False, help_text="Of the draft that this one continues.")


class DraftOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()


class ReceiptIn(serializers.Serializer[Any]):
    receipt = serializers.CharField(max_length=300, default="")


class SkipIn(ReceiptIn):
    reason = serializers.ChoiceField(choices=SkipReason.choices)


class RenewIn(ReceiptIn):
    ahead = serializers.BooleanField(default=False, help_text="It is the item after the one you are at work on.")


class RenewOut(serializers.Serializer[Any]):
    held = serializers.BooleanField()
    paused = serializers.BooleanField()


class SubmittedOut(serializers.Serializer[Any]):
    annotation = serializers.UUIDField()


class MyRounds(ProjectApi):
    """The rounds you may label in."""

    access: ClassVar = {"GET": READ}
    serializer_class = MyRoundOut
    pagination_class = None

    @extend_schema(operation_id="my_rounds", responses=MyRoundOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return Response(MyRoundOut(queue.my_rounds(self.me, self.project), many=True).data)


class NextItem(RoundApi):
    """The queue of a round."""

    access: ClassVar = {"POST": LABEL}
    serializer_class = SeatOut

    @extend_schema(operation_id="claim_next", request=NextIn, responses={200: SeatOut, 204: None})
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        """The item you hold, or the next one; 204 if there is none for you at the moment."""
        beside = frozenset(self.read(NextIn)["beside"])
        if is_guided(self.in_round):
            rules.check_can_label(self.me, self.in_round)
            seat = seat_for_trainee(in_round=self.in_round, by=self.me)
        else:
            seat = claim_seat(in_round=self.in_round, by=self.me, beside=beside)
        return Response(status=204) if seat is None else Response(shown(seat, self))


class SeatApi(RoundApi):
    """A view of a seat, for whoever holds it or once held it; for anybody else it does not exist."""

    seat: Seat

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        seats = Seat.objects.filter(round=self.in_round).select_related("task__item")
        self.seat = get_object_or_404(seats, public_id=kwargs["seat_id"])
        self.seat.round = self.in_round
        sent = request.data if isinstance(request.data, Mapping) else {}
        receipt = str(sent.get("receipt", ""))
        if self.seat.rater_id != self.me.pk and not was_handed_out(self.seat, self.me, receipt):
            get_object_or_404(seats.none())


class SubmitAnswer(SeatApi):
    """Your answer."""

    access: ClassVar = {"POST": LABEL}
    serializer_class = SubmittedOut

    @extend_schema(operation_id="submit", request=AnswerIn, responses={201: SubmittedOut})
    def post(self, request: Request, project: str, round_id: UUID, seat_id: UUID) -> Response:
        """Sent twice, it has the effect of one. 409 if the round moved to other labels since `taxonomy`."""
        sent = self.read(AnswerIn)
        if moved_on(self.in_round, str(sent.get("taxonomy", ""))):
            now = self.in_round.taxonomy_version.number
            raise Conflict(f"This round now uses taxonomy v{now}. Look at your answer again.")
        form = AnswerForm(as_form(sent), seat=self.seat)
        if not form.is_valid():
            raise complaint(form, whole="answer")

        def do() -> str:
            made = submit_annotation(seat=self.seat, receipt=sent["receipt"], answer=form.answer(), by=self.me)
            return str(made.public_id)

        done = self.once(f"submit:{seat_id}", form.payload(), do)
        if is_guided(self.in_round):
            qualify_if_passed(in_round=self.in_round, by=self.me)
        return Response({"annotation": done}, status=201)


class SkipItem(SeatApi):
    """Passing on an item."""

    access: ClassVar = {"POST": LABEL}
    serializer_class = SkipIn

    @extend_schema(operation_id="skip", request=SkipIn, responses={204: None})
    def post(self, request: Request, project: str, round_id: UUID, seat_id: UUID) -> Response:
        skip_task(seat=self.seat, reason=self.read(SkipIn)["reason"], by=self.me)
        return Response(status=204)


class ReleaseSeat(SeatApi):
    """Giving an item back unused."""

    access: ClassVar = {"POST": LABEL}
    serializer_class = ReceiptIn

    @extend_schema(operation_id="release_seat", request=ReceiptIn, responses={204: None})
    def post(self, request: Request, project: str, round_id: UUID, seat_id: UUID) -> Response:
        """You may be handed it again."""
        rules.check_may_rate(self.me, self.in_round)
        release_seat(seat=self.seat, by=self.me)
        return Response(status=204)


class SaveDraft(SeatApi):
    """What you have chosen so far."""

    access: ClassVar = {"PUT": LABEL}
    serializer_class = DraftIn

    @extend_schema(operation_id="save_draft", request=DraftIn, responses=DraftOut)
    def put(self, request: Request, project: str, round_id: UUID, seat_id: UUID) -> Response:
        """Kept for you alone. 409 if it was changed elsewhere since the draft of that `number`: claim the item again to
        see it."""
        sent = self.read(DraftIn)
        form = DraftForm(as_form(sent))
        if not form.is_valid():
            raise complaint(form, whole="draft")
        content = form.content()
        return Response({"number": save_draft(seat=self.seat, content=content, by=self.me, after=sent.get("number"))})


class RenewLease(SeatApi):
    """A sign of life."""

    access: ClassVar = {"POST": LABEL}
    serializer_class = RenewIn

    @extend_schema(operation_id="renew_lease", request=RenewIn, responses=RenewOut)
    def post(self, request: Request, project: str, round_id: UUID, seat_id: UUID) -> Response:
        """You are still at work on it, so it stays yours; `held` is false if your own time ran out."""
        held = renew_lease(seat=self.seat, by=self.me, ahead=self.read(RenewIn)["ahead"])
        return Response({"held": held, "paused": bool(self.in_round.paused_at or self.project.paused_at)})


def shown(seat: Seat, view: RoundApi) -> dict[str, Any]:
    """The item of a seat as its holder sees it."""
    seat.round = view.in_round
    work = queue.work_on(seat, view.me)
    extra = {"receipt": hand_out(seat, view.me), "taxonomy": view.in_round.taxonomy_version.number}
    names = ("seat", "content", "draft", "draft_number", "returned")
    return dict(SeatOut({**{name: getattr(work, name) for name in names}, **extra}).data)


def as_form(sent: Mapping[str, Any]) -> QueryDict:
    """The same as the labelling page's form sends it, so that one set of checks serves both."""
    data = QueryDict(mutable=True)
    for name, value in sent.items():
        if name == "labels":
            data.setlist(name, value)
        elif name == "evidence":
            data[name] = json.dumps(value)
        elif value is not False and value is not None:
            data[name] = str(value)
    return data
