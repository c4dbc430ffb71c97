"""Steering an open round: newer labels and guidelines, seats that somebody holds, its items by state and order."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions import progress as actions
from labeling.actions.rounds import published_taxonomy, set_band
from labeling.actions.seats import add_seats
from labeling.actions.versions import adopt_taxonomy
from labeling.api.rounds import CHANGE, READ, AddedOut, RoundApi, RoundOut, shown
from labeling.enums import TaskState
from labeling.forms.progress import MOST_TICKED
from labeling.models import Round, Seat, User
from labeling.queries import round_items as queries
from reviewapp.common.errors import Conflict

HELD_NO_MORE = "Nothing was changed: that seat is not held by the same person any more."


class HolderIn(serializers.Serializer[Any]):
    """Who held the seat when you read it."""

    holder = serializers.UUIDField(help_text="a member's id")


class ReassignIn(HolderIn):
    """Who takes it over."""

    to = serializers.UUIDField(help_text="a member's id")


class LeaseOut(serializers.Serializer[Any]):
    """A seat after the change."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.CharField()
    holder = serializers.CharField(source="rater.email", allow_null=True, default=None)
    lease_until = serializers.DateTimeField(allow_null=True)


class TicketOut(serializers.Serializer[Any]):
    """One item of a round: where it stands, and whose answers are in or awaited, by name."""

    id = serializers.UUIDField(source="task.public_id")
    item = serializers.CharField(source="task.item.external_id")
    name = serializers.CharField(source="task.item.name")
    state = serializers.ChoiceField(TaskState.choices, source="task.state")
    band = serializers.IntegerField(help_text="of the queue: 0 comes first")
    answered = serializers.IntegerField()
    seats = serializers.IntegerField()
    people = serializers.SerializerMethodField()

    def get_people(self, row: queries.Row) -> dict[str, str]:
        """Name: submitted or leased."""
        return dict(row.people)


class TicketsOut(serializers.Serializer[Any]):
    """A page of them; `next` goes into `after`."""

    results = TicketOut(many=True, source="rows")
    next = serializers.CharField(allow_null=True)


class TicketsAsked(serializers.Serializer[Any]):
    """Which items, in which order, from where on."""

    state = serializers.ChoiceField(TaskState.choices, required=False, default="", allow_blank=True)
    sort = serializers.ChoiceField(sorted(queries.SORTS), required=False, default="queue")
    after = serializers.CharField(max_length=600, required=False, default="", allow_blank=True)


class TickedIn(serializers.Serializer[Any]):
    """Items of the round by the ids of their tasks."""

    tasks = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_TICKED)


class BandIn(TickedIn):
    """Where in the queue they go."""

    band = serializers.IntegerField(min_value=0, max_value=9)


class AdoptGuideline(RoundApi):
    """Moves an open round to the newest guidelines; answers keep the version they were given under."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RoundOut

    @extend_schema(operation_id="adopt_guideline", request=None, responses=RoundOut)
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        actions.adopt_guideline(in_round=self.in_round, by=self.me)
        return Response(shown(Round.objects.get(pk=self.in_round.pk)))


class AdoptTaxonomy(RoundApi):
    """Moves a round without answers to the newest published taxonomy."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RoundOut

    @extend_schema(operation_id="adopt_taxonomy", request=None, responses=RoundOut)
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        adopt_taxonomy(in_round=self.in_round, version=published_taxonomy(self.project), by=self.me)
        return Response(shown(Round.objects.get(pk=self.in_round.pk)))


class SeatApi(RoundApi):
    """Finds seats and people."""

    def seat(self, public_id: UUID) -> Seat:
        seats = Seat.objects.filter(round=self.in_round).select_related("round__project", "rater")
        return get_object_or_404(seats, public_id=public_id)

    def member(self, public_id: UUID) -> User:
        found = User.objects.filter(memberships__project=self.project, public_id=public_id).first()
        if found is None:
            raise Http404
        return found


class FreeLease(SeatApi):
    """Takes a seat from whoever holds it. The draft stays with them."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = LeaseOut

    @extend_schema(operation_id="free_lease", request=HolderIn, responses=LeaseOut)
    def post(self, request: Request, project: str, round_id: UUID, seat_id: UUID) -> Response:
        seat, told = self.seat(seat_id), self.read(HolderIn)
        if not actions.free_lease(seat=seat, holder=self.member(told["holder"]), by=self.me):
            raise Conflict(HELD_NO_MORE)
        return Response(LeaseOut(self.seat(seat_id)).data)


class ReassignLease(SeatApi):
    """Gives a seat that somebody holds to another rater."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = LeaseOut

    @extend_schema(operation_id="reassign_lease", request=ReassignIn, responses=LeaseOut)
    def post(self, request: Request, project: str, round_id: UUID, seat_id: UUID) -> Response:
        seat, told = self.seat(seat_id), self.read(ReassignIn)
        holder, to = self.member(told["holder"]), self.member(told["to"])
        if not actions.reassign_lease(seat=seat, holder=holder, to=to, by=self.me):
            raise Conflict(HELD_NO_MORE)
        return Response(LeaseOut(self.seat(seat_id)).data)


class RoundItems(RoundApi):
    """The items of a round by state."""

    access: ClassVar = {"GET": READ}
    serializer_class = TicketsOut
    pagination_class = None

    @extend_schema(operation_id="round_items", parameters=[TicketsAsked], responses=TicketsOut)
    def get(self, request: Request, project: str, round_id: UUID) -> Response:
        asked = self.read(TicketsAsked, query=True)
        return Response(TicketsOut(queries.items_of(self.in_round, **asked)).data)


class PrioritiseItems(RoundApi):
    """Moves items to a band of the queue."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = AddedOut

    @extend_schema(operation_id="prioritise_items", request=BandIn, responses={204: None})
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        told = self.read(BandIn)
        tasks = list(queries.named(self.in_round, told["tasks"]))
        set_band(in_round=self.in_round, tasks=tasks, band=told["band"], by=self.me)
        return Response(status=204)


class ExtendItems(RoundApi):
    """Asks one more rater for each of these items, as far as the round allows."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = AddedOut

    @extend_schema(operation_id="extend_items", request=TickedIn, responses=AddedOut)
    def post(self, request: Request, project: str, round_id: UUID) -> Response:
        told = self.read(TickedIn)
        tasks, why = queries.named(self.in_round, told["tasks"]), "one more rater for ticked items"

        def extend() -> str:
            return str(add_seats(tasks=tasks, in_round=self.in_round, by=self.me, reason=why))

        return Response({"added": int(self.once(f"extend items:{round_id}", told, extend))})
