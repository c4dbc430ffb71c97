"""Destinations of a project's messages: made, switched, given a new secret, tried out."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from evaluation.actions.announcements import catch_up
from evaluation.actions.deliveries import OFF, queue_message
from evaluation.enums import DeliveryState, DestinationKind, EventKind
from evaluation.models import Delivery, Destination
from evaluation.outgoing.addresses import Allowed, Forbidden, check_url
from evaluation.outgoing.messages import Message
from evaluation.outgoing.signing import secret_of
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import Project, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

MOST = 20  # of a project
MOST_ADDRESSES = 20
PAGED = (EventKind.ALERT_RAISED, EventKind.ALERT_RESOLVED)  # what PagerDuty can make an incident of


@transaction.atomic
def make_destination(
    *,
    project: Project,
    name: str,
    kind: str,
    address: str,
    events: Sequence[str] = (),
    by: User | None,
    operator: str = "",
) -> Destination:
    """Send this project's messages there too. What leaves the server is a manager's to decide."""
    _check_manager(project, by)
    rules.check_not_archived(project)
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise Refused("A destination needs a name of at most 60 characters.")
    if Destination.objects.filter(project=project, name=name).exists():
        raise Refused(f"There is a destination “{name}” already.")
    if Destination.objects.filter(project=project, is_active=True).count() >= MOST:
        raise Refused(f"A project has at most {MOST} destinations that are on. Switch one off.")
    made = Destination.objects.create(
        project=project, name=name, kind=kind, address=_checked(kind, address), events=_chosen(kind, events),
        created_at=clock.now(), created_by=by,
    )  # fmt: skip
    _record(made, "destination.made", by, operator, {"name": name, "kind": kind, "events": made.events})
    return made


@transaction.atomic
def choose_events(*, destination: Destination, events: Sequence[str], by: User | None, operator: str = "") -> None:
    """Which messages it gets, from now on: what happened before stays as it was chosen then."""
    _check_manager(destination.project, by)
    chosen = _chosen(destination.kind, events)
    if chosen == destination.events:
        return
    catch_up(destination)
    destination.events, destination.heard_since = chosen, clock.now()
    destination.save(update_fields=["events", "heard_since"])
    _record(destination, "destination.events_chosen", by, operator, {"events": destination.events})


@transaction.atomic
def switch_destination(*, destination: Destination, on: bool, by: User | None, operator: str = "") -> None:
    """Stop sending there, or go on: what waits is given up, and it hears of what happens once it is on again."""
    _check_manager(destination.project, by)
    if destination.is_active != on:
        now = clock.now()
        destination.is_active = on
        destination.heard_since = now if on else destination.heard_since
        destination.save(update_fields=["is_active", "heard_since"])
        if not on:
            waiting = Delivery.objects.filter(destination=destination, state=DeliveryState.PENDING)
            waiting.update(state=DeliveryState.DEAD, reason=OFF, next_try_at=None, ended_at=now)
        _record(destination, "destination.switched", by, operator, {"is_active": on})


@transaction.atomic
def renew_secret(*, destination: Destination, by: User | None, operator: str = "") -> str:
    """A new signing secret, from now on; the old one signs nothing any more."""
    _check_manager(destination.project, by)
    locked = Destination.objects.select_for_update().get(pk=destination.pk)
    if locked.kind != DestinationKind.WEBHOOK:
        raise Refused("Only webhooks are signed.")
    locked.generation += 1
    locked.save(update_fields=["generation"])
    destination.generation = locked.generation
    _record(destination, "destination.secret_renewed", by, operator, {"generation": locked.generation})
    return signing_secret(destination)


def signing_secret(destination: Destination) -> str:
    """Derived from the server's key, so that no dump of the database holds it."""
    return secret_of(settings.SECRET_KEY, str(destination.public_id), destination.generation)


@transaction.atomic
def send_test(*, destination: Destination, by: User | None, operator: str = "") -> Delivery:
    """A message that says it is one, through the whole way."""
    _check_manager(destination.project, by)
    if not destination.is_active:
        raise Refused("This destination is off.")
    project = destination.project
    message = Message(
        kind="test",
        title=f"A test from {project.name}",
        at=clock.now().isoformat(),
        project=project.slug,
        url=settings.BASE_URL + reverse("evaluation:destinations", args=[project.slug]),
        facts=(("Destination", destination.name),),
        dedup_key=f"assay-test-{destination.public_id}",
    )
    _record(destination, "destination.tested", by, operator, {})
    return queue_message(destination=destination, key=f"test:{uuid4().hex}", message=message)


def _chosen(kind: str, events: Sequence[str]) -> list[str]:
    if unknown := sorted(set(events) - set(EventKind.values)):
        raise Refused(f"There is no event “{unknown[0]}”. There are: {', '.join(EventKind.values)}.")
    if kind == DestinationKind.PAGERDUTY and set(events) - set(PAGED):
        raise Refused("PagerDuty opens incidents, so it gets alerts only: alert.raised and alert.resolved.")
    return [one for one in EventKind.values if one in events]


def _checked(kind: str, address: str) -> str:
    address = address.strip()
    if kind == DestinationKind.EMAIL:
        return _mail_addresses(address)
    if kind == DestinationKind.WEBHOOK:
        try:
            check_url(address, Allowed(settings.DELIVERY_ALLOWED_HOSTS, settings.DELIVERY_PLAIN_HTTP))
        except Forbidden as refusal:
            raise Refused(str(refusal)) from refusal
        return address
    if kind in (DestinationKind.SLACK, DestinationKind.PAGERDUTY):
        if address not in settings.DELIVERY_SECRETS:
            names = ", ".join(settings.DELIVERY_SECRETS) or "none yet"
            raise Refused(
                "Name the environment variable that holds it. It begins with ASSAY_DESTINATION_ and the operator sets "
                f"it. There are: {names}."
            )
        return address
    raise Refused(f"There is no kind “{kind}”. There are: {', '.join(DestinationKind.values)}.")


def _mail_addresses(text: str) -> str:
    found = list(dict.fromkeys(part.strip() for part in text.replace(";", ",").split(",") if part.strip()))
    if not 1 <= len(found) <= MOST_ADDRESSES:
        raise Refused(f"Name 1 to {MOST_ADDRESSES} addresses, with commas between.")
    for one in found:
        try:
            validate_email(one)
        except ValidationError as error:
            raise Refused(f"“{one}” is no e-mail address.") from error
    return ", ".join(found)


def _check_manager(project: Project, by: User | None) -> None:
    if by:
        rules.check_role(by, project, Role.MANAGER)


def _record(made: Destination, kind: str, by: User | None, operator: str, after: dict[str, Any]) -> None:
    target = f"destination:{made.public_id}"
    record_event(kind=kind, project=made.project, by=by, operator=operator, target=target, after=after)
