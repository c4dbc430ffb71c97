"""What raters submit: inserted, never overwritten; a correction is a new revision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core import signing
from django.db import connection, transaction

from labeling import rules, tasks
from labeling.actions.audit import record_event
from labeling.enums import Certainty, RoundState, SeatState, TaskState
from labeling.models import Annotation, Draft, Label, Opening, Revision, RevisionLabel, Round, Seat, Skip, Task, User
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed, Refused

_RECEIPT = "labeling.seat"
# As the claim, written once in SQL instead of being composed at each answer. Hidden checks are never settled.
_FALLS_DUE = """update labeling_task set due_at = %s where id = %s and state = 'open' and gold_id is null
  and not exists (select 1 from labeling_seat s where s.task_id = labeling_task.id and s.id <> %s
    and s.state <> 'submitted')"""


@dataclass(frozen=True)
class Answer:
    """What a rater says of an item. No labels means: none applies, which is an answer."""

    labels: Sequence[Label]
    certainty: str = Certainty.SURE
    comment: str = ""
    seconds: int | None = None
    evidence: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)  # label code -> quotes
    is_flagged: bool = False  # the rater wants an adjudicator to look
    summary: str = ""  # the reference summary, where the round asks for one


def hand_out(seat: Seat, rater: User) -> str:
    """The receipt in the rater's form: proof that this seat was once theirs, whatever became of the lease."""
    return signing.dumps([str(seat.public_id), rater.pk], salt=_RECEIPT)


def was_handed_out(seat: Seat, rater: User, receipt: str) -> bool:
    try:
        return bool(signing.loads(receipt, salt=_RECEIPT) == [str(seat.public_id), rater.pk])
    except signing.BadSignature:
        return False


@transaction.atomic
def submit_annotation(*, seat: Seat, receipt: str, answer: Answer, by: User) -> Annotation:
    """Record one rater's answer. The same answer sent twice has the effect of one.

    A lease that ran out is no reason to throw work away: if nobody took the seat the answer counts, else it is kept
    as an opinion that does not count. The sender cannot tell the difference (DECISIONS 2).
    """
    seat = Seat.objects.select_for_update(of=("self",)).select_related("task").get(pk=seat.pk)
    # read once the seat is locked: whoever closes the round or moves it to another taxonomy locks its seats too
    seat.round = Round.objects.select_related("project").get(pk=seat.round_id)
    rules.check_may_rate(by, seat.round)
    _check_labels(seat, answer)
    mine = seat.rater_id == by.pk
    if not mine and not was_handed_out(seat, by, receipt):
        raise NotAllowed("This item was not handed to you.")
    existing = Annotation.objects.select_for_update().filter(task=seat.task, rater=by).first()
    if existing and not existing.taken_back_at:
        return existing  # sent twice

    now = clock.now()
    # whoever holds the seat holds it for the group they had when they took it
    group = seat.group if mine else rules.group_in(seat.round, by) or None
    free = seat.state == SeatState.OPEN and not _has_moved_on(seat, by) and not _group_is_there(seat, group)
    takes_seat = seat.round.state == RoundState.OPEN and (mine or free)
    annotation = _annotation(existing, seat=seat, takes_seat=takes_seat, by=by, now=now)
    _add_revision(annotation, in_round=seat.round, answer=answer, now=now)
    if takes_seat:
        taken = {"state": SeatState.SUBMITTED, "rater": by, "leased_until": None, "came_back": False}
        Seat.objects.filter(pk=seat.pk).update(**taken, group=group)
        _set_due(seat, now=now)
    Draft.objects.filter(task=seat.task, rater=by).delete()
    record_event(
        kind="annotation.submitted",
        project=seat.round.project,
        by=by,
        target=f"annotation:{annotation.public_id}",
        after={"revision": annotation.revision, "counted": annotation.is_counted},
        at=now,
    )
    return annotation


def _check_labels(seat: Seat, answer: Answer) -> None:
    if any(label.version_id != seat.round.taxonomy_version_id for label in answer.labels):
        raise Refused("One of the labels belongs to another taxonomy version. Open the item again.")


def _has_moved_on(seat: Seat, by: User) -> bool:
    """Whether the person meanwhile took another seat of the task, skipped it, or opened it to adjudicate."""
    return (
        Seat.objects.filter(task=seat.task, rater=by).exclude(pk=seat.pk).exists()
        or Skip.objects.filter(task=seat.task, rater=by).exists()
        or Opening.objects.filter(task=seat.task, user=by).exists()
    )


def _group_is_there(seat: Seat, group: str | None) -> bool:
    """Whether somebody of the same group has the item, in a round whose raters come from different ones."""
    return bool(group) and Seat.objects.filter(task=seat.task, group=group).exclude(pk=seat.pk).exists()


def _annotation(existing: Annotation | None, *, seat: Seat, takes_seat: bool, by: User, now: datetime) -> Annotation:
    holds = seat if takes_seat else None
    if existing is None:
        return Annotation.objects.create(task=seat.task, rater=by, seat=holds, is_counted=takes_seat, submitted_at=now)
    existing.revision += 1
    existing.submitted_at, existing.taken_back_at = now, None
    existing.seat, existing.is_counted = holds, takes_seat
    existing.save(update_fields=["revision", "submitted_at", "taken_back_at", "seat", "is_counted"])
    return existing


def _add_revision(annotation: Annotation, *, in_round: Round, answer: Answer, now: datetime) -> None:
    revision = Revision.objects.create(
        annotation=annotation,
        number=annotation.revision,
        certainty=answer.certainty,
        comment=answer.comment,
        seconds=answer.seconds,
        is_flagged=answer.is_flagged,
        summary=answer.summary,
        taxonomy_version_id=in_round.taxonomy_version_id,
        guideline_id=in_round.guideline_id,
        created_at=now,
    )
    RevisionLabel.objects.bulk_create(
        RevisionLabel(revision=revision, label=label, evidence=answer.evidence.get(label.code, []))
        for label in answer.labels
    )


def _set_due(seat: Seat, *, now: datetime) -> None:
    """When the last seat is in, the task falls due at the end of the undo window (DECISIONS 3).

    The task is locked first: of two last submissions at the same moment, the second waits and sees the first. The last
    answer costs as many queries as any other (SAFETY channel 16).
    """
    due = now + timedelta(seconds=seat.round.undo_seconds)
    with connection.cursor() as cursor:
        if connection.features.has_select_for_update:
            cursor.execute("select id from labeling_task where id = %s for no key update", [seat.task_id])
        cursor.execute(_FALLS_DUE, [connection.ops.adapt_datetimefield_value(due), seat.task_id, seat.pk])
        has_fallen_due = cursor.rowcount == 1
    if has_fallen_due and seat.round.undo_seconds == 0:
        transaction.on_commit(partial(tasks.nudge, tasks.settle_due))


@transaction.atomic
def take_back(*, annotation: Annotation, by: User) -> Seat:
    """Undo a submission inside the round's fixed window: the rater holds the seat again, with their answer as draft.

    Where the answer had come too late to count, they see the same, and what they submit next is again kept as late.
    """
    held = (
        Seat.objects.select_for_update(of=("self",)).filter(annotation=annotation).first()
    )  # seats are locked before answers
    annotation = (
        Annotation.objects.select_for_update(of=("self",)).select_related("task__round__project").get(pk=annotation.pk)
    )
    task = Task.objects.select_for_update().get(pk=annotation.task_id)
    rules.check_can_take_back(by, annotation)  # with the task locked: settling cannot slip in after the window is read
    now = clock.now()
    in_round = annotation.task.round
    _keep(task, by, content=draft_of(annotation), now=now)
    if held is not None:
        held.state, held.leased_until = SeatState.LEASED, now + timedelta(seconds=in_round.lease_seconds)
        held.save(update_fields=["state", "leased_until"])
    annotation.taken_back_at, annotation.seat, annotation.is_counted = now, None, False  # the seat may go to another
    annotation.save(update_fields=["taken_back_at", "seat", "is_counted"])
    if held is not None:
        Task.objects.filter(pk=task.pk, state=TaskState.OPEN).update(due_at=None)
    record_event(
        kind="annotation.taken_back",
        project=in_round.project,
        by=by,
        target=f"annotation:{annotation.public_id}",
        after={"revision": annotation.revision},
    )
    return held or Seat.objects.filter(task=task).order_by("number")[0]


def draft_of(annotation: Annotation) -> dict[str, Any]:
    """The newest revision in the form that drafts have."""
    revision = annotation.revisions.get(number=annotation.revision)
    chosen = list(revision.chosen.select_related("label").order_by("label__position"))
    return {
        "labels": [entry.label.code for entry in chosen],
        "none_applies": not chosen,
        "comment": revision.comment,
        "certainty": revision.certainty,
        "is_flagged": revision.is_flagged,
        "summary": revision.summary,
        "evidence": {entry.label.code: entry.evidence for entry in chosen if entry.evidence},
    }


class DraftConflict(Conflict):
    """Another tab or machine of the same person kept something else meanwhile; `theirs` is what it kept."""

    def __init__(self, theirs: dict[str, Any], number: int) -> None:
        super().__init__("This item was also changed somewhere else. Choose what to keep.")
        self.theirs, self.number = theirs, number


@transaction.atomic
def save_draft(*, seat: Seat, content: dict[str, Any], by: User, after: int | None = None) -> int:
    """Keep what a rater has chosen so far, theirs alone, and renew their lease; the number of the draft.

    `after` is the number the sender's page was made from: if another page saved something else since, nothing is
    written and DraftConflict says what it saved.
    """
    now = clock.now()
    skipped = Skip.objects.filter(task=seat.task_id, rater=by)
    answered = Annotation.objects.filter(task=seat.task_id, rater=by, taken_back_at__isnull=True)
    if skipped.exists() or answered.exists():
        return 0
    until = now + timedelta(seconds=seat.round.lease_seconds)
    mine = Seat.objects.filter(pk=seat.pk, rater=by, state=SeatState.LEASED)
    mine.filter(leased_until__lt=until).update(leased_until=until)
    kept = Draft.objects.select_for_update().filter(task=seat.task_id, rater=by).first()
    if kept and after is not None and kept.number != after and kept.content != content:
        raise DraftConflict(kept.content, kept.number)
    return _keep(seat.task, by, content=content, now=now, kept=kept)


def _keep(task: Task, rater: User, *, content: dict[str, Any], now: datetime, kept: Draft | None = None) -> int:
    draft = kept or Draft.objects.get_or_create(task=task, rater=rater, defaults={"updated_at": now, "number": 0})[0]
    draft.content, draft.updated_at, draft.number = content, now, draft.number + 1
    draft.save(update_fields=["content", "updated_at", "number"])
    return draft.number
