"""Destinations and the delivery log, as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from evaluation.enums import DeliveryState, DestinationKind, EventKind
from evaluation.models import Delivery, DeliveryTry, Destination
from labeling.models import Project

PAGE = 50
TONES = {
    DeliveryState.SENT: "good",
    DeliveryState.DEAD: "bad",
    DeliveryState.SENDING: "on",
    DeliveryState.UNSENT: "gold",
}


@dataclass(frozen=True)
class Listed:
    """A destination with how its messages fared."""

    destination: Destination
    newest: str  # state of the newest message; empty: none yet
    waiting: int
    dead: int

    @property
    def where(self) -> str:
        return shown_address(self.destination)

    @property
    def tone(self) -> str:
        return TONES.get(DeliveryState(self.newest), "") if self.newest else ""

    @property
    def said(self) -> str:
        return DeliveryState(self.newest).label if self.newest else "Nothing sent yet"

    @property
    def events(self) -> list[str]:
        return [EventKind(one).label for one in self.destination.events]


def shown_address(destination: Destination) -> str:
    """Where it leads, without the part of an address that may hold a secret."""
    if destination.kind != DestinationKind.WEBHOOK:
        return destination.address
    return urlsplit(destination.address).netloc


def destinations_of(project: Project) -> list[Listed]:
    """All of a project's, those that are on first; one query."""
    newest = Delivery.objects.filter(destination=OuterRef("pk")).order_by("-pk").values("state")[:1]
    waits = Q(deliveries__state__in=[DeliveryState.PENDING, DeliveryState.SENDING])
    found = Destination.objects.filter(project=project).annotate(
        newest=Subquery(newest),
        waiting=Count("deliveries", filter=waits),
        dead=Count("deliveries", filter=Q(deliveries__state=DeliveryState.DEAD)),
    )
    return [Listed(one, one.newest or "", one.waiting, one.dead) for one in found.order_by("-is_active", "name")]


def log_of(project: Project, *, destination: Destination | None = None, before: int | None = None) -> list[Delivery]:
    """A page of messages, newest first; one more than a page if there are more."""
    found = loaded().filter(destination__project=project)
    if destination:
        found = found.filter(destination=destination)
    if before:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[: PAGE + 1])


def tries_of(delivery: Delivery) -> Sequence[DeliveryTry]:
    return list(delivery.log.order_by("-pk"))


def loaded() -> QuerySet[Delivery]:
    return Delivery.objects.select_related("destination__project")


def tone_of(delivery: Delivery) -> str:
    return TONES.get(DeliveryState(delivery.state), "")
