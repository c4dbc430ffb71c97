"""Tells destinations what happened: the record of events is the outbox, read again and again until all is written.

An event is recorded in the transaction of what it tells of, so it is there exactly if that took place; a message is
written once for each event and destination. What needs no event of its own yet (a round that is settled) gets one.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.urls import reverse

from evaluation.actions.deliveries import queue_message
from evaluation.enums import EventKind, PredictionState
from evaluation.models import Delivery, Destination, Run
from evaluation.outgoing.messages import INFO, WARNING, Message
from labeling.actions.audit import record_event
from labeling.enums import RoundState, TaskState
from labeling.models import AuditEvent, Project, Round, User
from reviewapp.common import clock

logger = logging.getLogger(__name__)
LOOKS_BACK = timedelta(days=2)  # how long the sweep may have been down without a message lost
AT_ONCE = 200
RECORDED = {  # kinds of the record, and what they are told as
    "round.settled": EventKind.ROUND_SETTLED,
    "release.frozen": EventKind.RELEASE_FROZEN,
    "run.finished": EventKind.RUN_FINISHED,
    "run.imported": EventKind.RUN_FINISHED,
    "gate.failed": EventKind.GATE_FAILED,
    "drift.fired": EventKind.DRIFT_FOUND,
}
Told = tuple[str, list[tuple[str, str]], dict[str, Any], str]  # title, facts, data, path


def announce() -> int:
    """Write the messages for what happened since a destination was made, or switched on again; how many."""
    since = clock.now() - LOOKS_BACK
    destinations = Destination.objects.filter(is_active=True, project__archived_at__isnull=True)
    written = 0
    for destination in destinations.select_related("project").order_by("pk"):
        try:
            written += _announce_to(destination, since)
        except Exception:
            logger.exception("what happened could not be told to %s", destination.public_id)  # to the others it is
    return written


def catch_up(destination: Destination) -> None:
    """Write all that a destination has to hear of until now, before it hears of other events."""
    if destination.is_active and destination.project.archived_at is None:
        while _announce_to(destination, clock.now() - LOOKS_BACK) >= AT_ONCE:
            pass


def _announce_to(destination: Destination, since: datetime) -> int:
    begin = max(since, destination.heard_since or destination.created_at)
    kinds = [kind for kind, told_as in RECORDED.items() if told_as in destination.events]
    if not kinds:
        return 0
    if EventKind.ROUND_SETTLED in destination.events:
        _record_settled_rounds(destination.project, begin)
    told = Delivery.objects.filter(destination=destination, event=OuterRef("pk"))
    events = AuditEvent.objects.filter(~Exists(told), project=destination.project, kind__in=kinds, at__gte=begin)
    written = 0
    for event in events.select_related("project").order_by("pk")[:AT_ONCE]:
        try:
            with transaction.atomic():
                message = _message(destination.project, event)
                queue_message(destination=destination, key=f"event:{event.pk}", message=message, event=event)
        except Exception:
            logger.exception("the event %s could not be told to %s", event.pk, destination.public_id)
        else:
            written += 1
    return written


def gate_failed(
    *, project: Project, target: str, after: Mapping[str, str], by: User | None, operator: str = ""
) -> None:
    """Put on the record that something did not pass its gate: which version or run, held against what."""
    record_event(kind="gate.failed", project=project, by=by, operator=operator, target=target, after=dict(after))


def _record_settled_rounds(project: Project, since: datetime) -> None:
    """One event for each round whose tasks are all settled now; another one if it was topped up since."""
    real = Q(tasks__gold__isnull=True) & ~Q(tasks__state=TaskState.CANCELLED)
    settled = real & Q(tasks__state=TaskState.SETTLED)
    rounds = (
        Round.objects.filter(project=project)
        .exclude(state=RoundState.CANCELLED)
        .annotate(
            wanted=Count("tasks", filter=real), done=Count("tasks", filter=settled), last=Max("tasks__settled_at")
        )
    )
    for one in rounds:
        if not one.wanted or one.done < one.wanted or one.last is None or one.last < since:
            continue
        with transaction.atomic():
            locked = Round.objects.select_for_update(of=("self",)).get(pk=one.pk)
            target = f"round:{locked.public_id}"
            after: dict[str, Any] = {"round": locked.name, "tasks": one.wanted}
            known = AuditEvent.objects.filter(project=project, kind="round.settled", target=target)
            if after not in list(known.values_list("after", flat=True)):
                record_event(kind="round.settled", project=project, by=None, target=target, after=after)


def _message(project: Project, event: AuditEvent) -> Message:
    kind = RECORDED[event.kind]
    title, facts, data, path = TOLD[kind](project, event)
    return Message(
        kind=kind,
        title=title,
        at=event.at.isoformat(),
        project=project.slug,
        url=settings.BASE_URL + path,
        facts=tuple(facts),
        severity=WARNING if kind in (EventKind.GATE_FAILED, EventKind.DRIFT_FOUND) else INFO,
        dedup_key=f"assay-event-{event.pk}",
        data=data,
    )


def _id(event: AuditEvent) -> str:
    return event.target.partition(":")[2]


def _round(project: Project, event: AuditEvent) -> Told:
    name, tasks = event.after["round"], event.after["tasks"]
    path = reverse("labeling:round", args=[project.slug, _id(event)])
    return f"Round “{name}” is settled", [("Tasks", f"{tasks:,}")], {"id": _id(event), **event.after}, path


def _release(project: Project, event: AuditEvent) -> Told:
    counts = {str(split): number for split, number in event.after.get("counts", {}).items() if isinstance(number, int)}
    data = {"id": _id(event), "release": event.after["release"], "counts": counts, "digest": event.after["digest"]}
    path = reverse("evaluation:release", args=[project.slug, _id(event)])
    return f"Release {data['release']} is frozen", [(one, f"{n:,}") for one, n in counts.items()], data, path


def _run(project: Project, event: AuditEvent) -> Told:
    run = Run.objects.select_related("prompt_version__prompt").get(project=project, public_id=_id(event))
    failed = run.predictions.filter(state=PredictionState.FAILED).count()
    usd = run.spent_micro_usd / 1e6
    facts = [("Prompt", str(run.prompt_version or "imported")), ("Items", f"{run.total:,}"), ("Failed", f"{failed:,}"),
             ("Cost", f"${usd:,.2f}")]  # fmt: skip
    facts += [("Answers", "simulated")] if run.is_simulated else []
    data = {
        "id": _id(event), "run": run.name, "prompt": str(run.prompt_version) if run.prompt_version else None,
        "items": run.total, "failed": failed, "cost_usd": usd, "is_simulated": run.is_simulated,
    }  # fmt: skip
    return f"Run “{run.name}” has finished", facts, data, reverse("evaluation:run", args=[project.slug, run.public_id])


def _gate(project: Project, event: AuditEvent) -> Told:
    what, held = event.after["what"], event.after["against"]
    noun = event.target.partition(":")[0]
    path = reverse("evaluation:run" if noun == "run" else "evaluation:prompt", args=[project.slug, _id(event)])
    return f"{what} did not pass its gate", [("Held against", held)], {"what": what, "against": held}, path


def _drift(project: Project, event: AuditEvent) -> Told:
    signals, monitor = event.after["signals"], event.after["monitor"]
    facts = [("Signals", f"{signals:,}")] + ([("Monitor", monitor)] if monitor else [])
    path = reverse("evaluation:drift-check", args=[project.slug, _id(event)])
    return "Drift was found", facts, {"id": _id(event), "signals": signals, "monitor": monitor or None}, path


TOLD: dict[EventKind, Callable[[Project, AuditEvent], Told]] = {
    EventKind.ROUND_SETTLED: _round,
    EventKind.RELEASE_FROZEN: _release,
    EventKind.RUN_FINISHED: _run,
    EventKind.GATE_FAILED: _gate,
    EventKind.DRIFT_FOUND: _drift,
}
