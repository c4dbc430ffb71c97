"""Sending an answer back to its rater, with a fixed reason so that nothing of the others leaks (DECISIONS 5)."""

from datetime import timedelta

from django.db import transaction

from labeling.actions.adjudication import WAITING, locked_for, release_hold
from labeling.actions.annotations import draft_of
from labeling.actions.audit import record_event
from labeling.enums import ReturnReason, SeatState, TaskState
from labeling.models import Annotation, Draft, Return, Seat, Task, User
from labeling.visibility import answer_called
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

LEASE = timedelta(days=7)


@transaction.atomic
def return_to_rater(*, task: Task, who: str, reason: ReturnReason | str, by: User) -> Return:
    """Give the answer under this letter back to its rater, who holds the seat again with the answer as a draft.

    The revision they gave by themselves is remembered: agreement goes on being measured on it.
    """
    if reason not in ReturnReason.values:
        raise Refused("Choose one of the reasons for returning an answer.")
    list(Seat.objects.select_for_update().filter(task=task).order_by("pk"))  # first, as whoever submits does
    task = locked_for(task, by=by, after_decision=None)
    if task.state not in WAITING:
        raise NotAllowed("This item is settled, so no answer to it goes back.")
    named = answer_called(who, task=task, viewer=by)
    annotation = Annotation.objects.select_for_update().get(pk=named.pk)
    seat = Seat.objects.select_for_update().get(annotation=annotation)
    now = clock.now()
    returned = Return.objects.create(
        annotation=annotation, revision=annotation.revision, reason=reason, returned_by=by, returned_at=now
    )
    draft = {"content": draft_of(annotation), "updated_at": now}
    Draft.objects.update_or_create(task=task, rater_id=annotation.rater_id, defaults=draft)
    if annotation.independent_revision is None:
        annotation.independent_revision = annotation.revision
    # Off its seat until it is submitted again: should the lease run out, the seat is free for somebody else's answer.
    annotation.taken_back_at, annotation.seat, annotation.is_counted = now, None, False
    annotation.save(update_fields=["independent_revision", "taken_back_at", "seat", "is_counted"])
    seat.state, seat.leased_until = SeatState.LEASED, now + LEASE
    seat.save(update_fields=["state", "leased_until"])
    task.state, task.due_at = TaskState.OPEN, None
    task.save(update_fields=["state", "due_at"])
    release_hold(task)
    record_event(
        kind="annotation.returned",
        project=task.round.project,
        by=by,
        target=f"annotation:{annotation.public_id}",
        after={"revision": annotation.revision, "reason": str(reason)},
        at=now,
    )
    return returned
