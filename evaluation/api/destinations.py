"""Destinations outside, and the log of what was sent to them: for managers, and for analysts to read."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evaluation.actions import destinations as actions
from evaluation.actions.deliveries import replay
from evaluation.api.frame import EvaluationApi
from evaluation.enums import DeliveryState, DestinationKind, EventKind
from evaluation.forms.webhooks import DestinationForm
from evaluation.models import Delivery, Destination
from evaluation.queries.deliveries import loaded, shown_address
from labeling.api.forms import body_of, filled
from labeling.api.views import access
from labeling.enums import Role, Scope

READ = access(Scope.READ, Role.MANAGER, Role.ANALYST)
CHANGE = access(Scope.ADMIN, Role.MANAGER)
STEPS = ("test", "renew", "on", "off", "events")


class DestinationOut(serializers.Serializer[Any]):
    """Where messages go; of a webhook the host alone."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    kind = serializers.ChoiceField(DestinationKind.choices)
    where = serializers.SerializerMethodField()
    events = serializers.ListField(child=serializers.CharField())
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()

    def get_where(self, row: Destination) -> str:
        return shown_address(row)


class DestinationMade(DestinationOut):
    """With the signing secret of a webhook where it is new: it is shown this once."""

    secret = serializers.CharField(allow_null=True)


DestinationIn = body_of(DestinationForm, "DestinationIn")


class DestinationStepIn(serializers.Serializer[Any]):
    """Send a test, make a new secret, switch on or off, or choose its `events`."""

    step = serializers.ChoiceField(STEPS)
    events = serializers.ListField(child=serializers.ChoiceField(EventKind.choices), max_length=50, required=False)


class DeliveryOut(serializers.Serializer[Any]):
    """One message to one destination."""

    id = serializers.UUIDField(source="public_id")
    destination = serializers.CharField(source="destination.name")
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(DeliveryState.choices)
    tries = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class DestinationApi(EvaluationApi):
    """Finds destinations and messages."""

    def destinations(self) -> QuerySet[Destination]:
        return Destination.objects.filter(project=self.project).select_related("project")

    def deliveries(self) -> QuerySet[Delivery]:
        return loaded().filter(destination__project=self.project)

    def shown(self, found: Destination, *, secret: str | None, status: int = 200) -> Response:
        return Response({**DestinationOut(found).data, "secret": secret}, status=status)


class Destinations(DestinationApi):
    """All destinations; and a new one."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = DestinationOut

    @extend_schema(operation_id="destinations", responses=DestinationOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.destinations(), DestinationOut)

    @extend_schema(operation_id="new_destination", request=DestinationIn, responses={201: DestinationMade})
    def post(self, request: Request, project: str) -> Response:
        form, told = filled(self, DestinationIn, DestinationForm)

        def make() -> str:
            said = form.cleaned_data
            made = actions.make_destination(
                project=self.project, name=said["name"], kind=said["kind"], address=form.address(),
                events=said["events"], by=self.me,
            )  # fmt: skip
            return str(made.public_id)

        found = self.destinations().get(public_id=self.once(f"destination:{self.project.slug}", told, make))
        secret = actions.signing_secret(found) if found.kind == DestinationKind.WEBHOOK else None
        return self.shown(found, secret=secret, status=201)


class SteerDestination(DestinationApi):
    """Try it out, switch it, choose its events, or make a new secret, which the answer shows once."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = DestinationMade

    @extend_schema(operation_id="steer_destination", request=DestinationStepIn, responses=DestinationMade)
    def post(self, request: Request, project: str, destination_id: object) -> Response:
        found = get_object_or_404(self.destinations(), public_id=destination_id)
        told = self.read(DestinationStepIn)
        self.once(f"steer destination:{found.public_id}", told, lambda: self._step(found, **told))
        found.refresh_from_db()
        return self.shown(found, secret=actions.signing_secret(found) if told["step"] == "renew" else None)

    def _step(self, found: Destination, step: str, events: list[str] | None = None) -> str:
        if step == "test":
            actions.send_test(destination=found, by=self.me)
        elif step == "renew":
            actions.renew_secret(destination=found, by=self.me)
        elif step == "events":
            actions.choose_events(destination=found, events=events or [], by=self.me)
        else:
            actions.switch_destination(destination=found, on=step == "on", by=self.me)
        return ""


class Deliveries(DestinationApi):
    """What was sent, the newest first."""

    access: ClassVar = {"GET": READ}
    serializer_class = DeliveryOut

    @extend_schema(operation_id="deliveries", responses=DeliveryOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return self.page(self.deliveries(), DeliveryOut)


class ReplayDelivery(DestinationApi):
    """Sends a message again."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = DeliveryOut

    @extend_schema(operation_id="replay_delivery", request=None, responses=DeliveryOut)
    def post(self, request: Request, project: str, delivery_id: object) -> Response:
        found = get_object_or_404(self.deliveries(), public_id=delivery_id)
        replay(delivery=found, by=self.me)
        return Response(DeliveryOut(self.deliveries().get(pk=found.pk)).data)
