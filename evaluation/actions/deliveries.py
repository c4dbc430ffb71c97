"""Sends messages: written with what they tell of, tried until taken or given up, replayed by hand."""

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException

from celery.utils.time import get_exponential_backoff_interval
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F

from evaluation import tasks
from evaluation.enums import DeliveryState, DestinationKind
from evaluation.models import Delivery, DeliveryTry, Destination
from evaluation.outgoing.addresses import Allowed, Forbidden, NotFound, resolve
from evaluation.outgoing.messages import Message, mail_text, pagerduty_body, slack_body, webhook_body
from evaluation.outgoing.posting import Reply, Unreachable, post
from evaluation.outgoing.signing import secret_of, signed_headers
from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import Role
from labeling.models import AuditEvent, User
from labeling.tasks import nudge
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed

ENDED = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.UNSENT)
MOST_TRIES = 10
FIRST_WAIT, LONGEST_WAIT = 60, 6 * 3600  # seconds; each wait is drawn from nothing to the step it has come to
LEASE = timedelta(seconds=120)
AT_ONCE = 200  # that one sweep calls for
OFF = "The destination was switched off."
TRY_AGAIN = frozenset({408, 425, 429})  # of the answers below 500
MAIL_STAYS_HERE = {  # backends of Django's that reach nobody, and what becomes of a mail
    "dummy": "E-mail is switched off on this server.",
    "console": "This server sends no e-mail: it only writes the mail to its log. EMAIL_URL changes that.",
    "filebased": "This server sends no e-mail: it only writes the mail to a file. EMAIL_URL changes that.",
}


@dataclass(frozen=True)
class Outcome:
    """Of one try. An empty reason: it was taken."""

    reason: str = ""
    status: int | None = None
    response: str = ""
    is_final: bool = False
    retry_after: int = 0
    is_unsent: bool = False  # this server sends nothing of the kind: no failure, and nothing to try again


def queue_message(*, destination: Destination, key: str, message: Message, event: AuditEvent | None = None) -> Delivery:
    """Write a message for a destination, once for each key, in the transaction of what it tells of."""
    now = clock.now()
    made, is_new = Delivery.objects.get_or_create(
        destination=destination,
        key=key,
        defaults={
            "event": event, "kind": message.kind, "title": message.title[:300], "message": message.as_dict(),
            "next_try_at": now, "created_at": now,
        },
    )  # fmt: skip
    if is_new:
        transaction.on_commit(lambda: nudge(tasks.deliver, made.pk))
    return made


def deliver(*, delivery_id: int) -> None:
    """Try to send one message that is due. Whoever comes second finds it claimed."""
    now = clock.now()
    due = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.PENDING, next_try_at__lte=now)
    if not due.update(state=DeliveryState.SENDING, lease_until=now + LEASE, tries=F("tries") + 1):
        return
    delivery = Delivery.objects.select_related("destination__project").get(pk=delivery_id)
    begun = time.monotonic()
    outcome = _send(delivery, now)
    _write_down(delivery, outcome, now, round((time.monotonic() - begun) * 1000))


def sweep_deliveries() -> int:
    """Call for what is due, also what a worker that died held; how many were called for."""
    now = clock.now()
    lost = Delivery.objects.filter(state=DeliveryState.SENDING, lease_until__lt=now)
    lost.filter(tries__gte=MOST_TRIES).update(  # a message that workers die of is not tried for ever
        state=DeliveryState.DEAD, lease_until=None, next_try_at=None, ended_at=now,
        reason=f"After {MOST_TRIES} tries: the worker that sent it did not come back.",
    )  # fmt: skip
    lost.update(state=DeliveryState.PENDING, lease_until=None, next_try_at=now, reason="The worker did not come back.")
    due = Delivery.objects.filter(state=DeliveryState.PENDING, next_try_at__lte=now).order_by("next_try_at")
    found = list(due.values_list("pk", flat=True)[:AT_ONCE])
    for pk in found:
        nudge(tasks.deliver, pk)
    return len(found)


@transaction.atomic
def replay(*, delivery: Delivery, by: User | None, operator: str = "") -> None:
    """Send a message again that was delivered, given up or not sent, with its id, from the first try on."""
    project = delivery.destination.project
    if by:
        rules.check_role(by, project, Role.MANAGER)
    if not delivery.destination.is_active:
        raise NotAllowed("This destination is off. Switch it on first.")
    ended = Delivery.objects.filter(pk=delivery.pk, state__in=ENDED)
    again = {"tries": 0, "next_try_at": clock.now(), "ended_at": None, "reason": ""}
    if not ended.update(state=DeliveryState.PENDING, **again):
        raise NotAllowed("This message is still being sent.")
    record_event(
        kind="delivery.replayed", project=project, by=by, operator=operator, target=f"delivery:{delivery.public_id}",
        after={"title": delivery.title},
    )  # fmt: skip
    transaction.on_commit(lambda: nudge(tasks.deliver, delivery.pk))


def wait_after(tries: int) -> timedelta:
    """Exponential backoff with full jitter, by the function that Celery retries with."""
    seconds = get_exponential_backoff_interval(FIRST_WAIT, tries - 1, LONGEST_WAIT, full_jitter=True)
    return timedelta(seconds=seconds)


@transaction.atomic
def _write_down(delivery: Delivery, outcome: Outcome, began: datetime, took_ms: int) -> None:
    DeliveryTry.objects.create(
        delivery=delivery, at=began, took_ms=took_ms, status=outcome.status, response=outcome.response[:500],
        reason=outcome.reason[:500],
    )  # fmt: skip
    now = clock.now()
    change: dict[str, object] = {"lease_until": None, "status": outcome.status, "response": outcome.response[:500]}
    if not outcome.reason:
        change |= {"state": DeliveryState.SENT, "reason": "", "ended_at": now, "next_try_at": None}
    elif outcome.is_unsent:
        change |= {"state": DeliveryState.UNSENT, "reason": outcome.reason, "ended_at": now, "next_try_at": None}
    elif outcome.is_final or delivery.tries >= MOST_TRIES:
        why = outcome.reason if outcome.is_final else f"After {delivery.tries} tries: {outcome.reason}"
        change |= {"state": DeliveryState.DEAD, "reason": why[:500], "ended_at": now, "next_try_at": None}
    else:
        wait = max(wait_after(delivery.tries), timedelta(seconds=min(outcome.retry_after, LONGEST_WAIT)))
        change |= {"state": DeliveryState.PENDING, "reason": outcome.reason[:500], "next_try_at": now + wait}
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING, tries=delivery.tries).update(**change)


def _send(delivery: Delivery, now: datetime) -> Outcome:
    destination = delivery.destination
    if not destination.is_active:
        return Outcome(OFF, is_final=True)
    message = Message.from_dict(delivery.message)
    if destination.kind == DestinationKind.EMAIL:
        return _mail(destination, message)
    try:
        url, body, headers = _request(delivery, message, now)
        target = resolve(url, Allowed(settings.DELIVERY_ALLOWED_HOSTS, settings.DELIVERY_PLAIN_HTTP))
        return _judged(post(target, body=body, headers=headers))
    except Forbidden as refusal:
        return Outcome(str(refusal), is_final=True)
    except (NotFound, Unreachable) as error:
        return Outcome(str(error))


def _request(delivery: Delivery, message: Message, now: datetime) -> tuple[str, bytes, dict[str, str]]:
    destination, headers = delivery.destination, {"Content-Type": "application/json"}
    if destination.kind == DestinationKind.WEBHOOK:
        body = _json(webhook_body(message))
        secret = secret_of(settings.SECRET_KEY, str(destination.public_id), destination.generation)
        signed = signed_headers(
            secret=secret, message_id=delivery.message_id, timestamp=int(now.timestamp()), body=body
        )
        return destination.address, body, headers | signed
    kept = settings.DELIVERY_SECRETS.get(destination.address, "")
    if not kept:
        raise Forbidden(f"The environment of the server holds no {destination.address} any more.")
    if destination.kind == DestinationKind.SLACK:
        return kept, _json(slack_body(message)), headers
    told = pagerduty_body(message, routing_key=kept, source=settings.BASE_URL)
    return settings.PAGERDUTY_URL, _json(told), headers


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _judged(reply: Reply) -> Outcome:
    if 200 <= reply.status < 300:
        return Outcome(status=reply.status, response=reply.text)
    if 300 <= reply.status < 400:
        reason, final = "It answered with a redirect, which is not followed. Name the address it leads to.", True
    elif reply.status >= 500 or reply.status in TRY_AGAIN:
        reason, final = f"It answered {reply.status}.", False
    else:
        reason, final = f"It answered {reply.status}, and asking again would not change that.", True
    return Outcome(reason, reply.status, reply.text, final, reply.retry_after or 0)


def _mail(destination: Destination, message: Message) -> Outcome:
    subject, text = mail_text(message)
    addresses = [one.strip() for one in destination.address.split(",")]
    try:
        EmailMessage(subject, text, to=addresses).send()
    except (SMTPException, OSError) as error:
        return Outcome(f"{type(error).__name__}: {error}")
    backend = settings.EMAIL_BACKEND.removeprefix("django.core.mail.backends.").split(".")[0]
    if stays := MAIL_STAYS_HERE.get(backend):
        return Outcome(stays, is_unsent=True)
    return Outcome()
