"""Settling disputes: opened on the record, decided by somebody who did not label, appended and never changed."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rechecks import DICE, Chance, draw_second
from labeling.actions.seats import add_seats
from labeling.actions.settling import opinions_on
from labeling.actions.sights import note_sights
from labeling.enums import DecisionKind, RulingReason, TaskState
from labeling.models import AuditEvent, Decision, DecisionLabel, Label, Opening, Ruling, Task, User
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed, Refused

RATIONALE_MAX = 5000
ADJUDICABLE = (TaskState.DISPUTED, TaskState.ESCALATED, TaskState.SETTLED)
WAITING = (TaskState.DISPUTED, TaskState.ESCALATED)
HOLD = timedelta(minutes=30)


class HeldByAnother(NotAllowed):
    """Somebody else has the task open and is at work on it."""


@transaction.atomic
def open_for_adjudication(*, task: Task, by: User) -> Opening:
    """Record that somebody now sees a task's answers. From here on they can settle it but no longer label it.

    For half an hour nobody else is handed the task; opening it again renews that.
    """
    task = Task.objects.select_for_update(of=("self",)).select_related("round__project").get(pk=task.pk)
    rules.check_can_adjudicate(by, task)
    if task.state not in ADJUDICABLE:
        raise NotAllowed("This task is still being labelled.")
    if task.seats.filter(rater=by).exists():
        raise NotAllowed("You hold this item as a rater, so somebody else has to settle it.")
    if rules.is_kept_blind(by, task):
        raise NotAllowed("This item waits for a second, blind opinion. Open it from there.")
    if is_held_by_another(task=task, by=by):
        raise HeldByAnother("Another adjudicator is working on this item.")
    now = clock.now()
    opening, is_new = Opening.objects.get_or_create(
        task=task, user=by, defaults={"opened_at": now, "mirror": bool(secrets.randbits(1))}
    )
    opening.held_until = now + HOLD if task.state in WAITING else None
    opening.save(update_fields=["held_until"])
    if is_new:
        record_event(kind="task.opened", project=task.round.project, by=by, target=f"task:{task.public_id}")
    return opening


@transaction.atomic
def decide(
    *,
    task: Task,
    labels: Sequence[Label],
    rationale: str,
    by: User,
    after_decision: int | None = None,
    reasons: Mapping[str, str] | None = None,
    chance: Chance = DICE,
) -> Decision:
    """Append the settled answer. `after_decision` is the number the judge saw: a decision made meanwhile is a Conflict.

    No labels is an answer: none applies. The raters' own answers stay as they are. Each label that was disputed,
    overturned or added gets a ruling, with its reason from `reasons` (by code).
    """
    task = locked_for(task, by=by, after_decision=after_decision)
    if any(label.version_id != task.round.taxonomy_version_id for label in labels):
        raise Refused("One of the labels belongs to another taxonomy version. Open the task again.")
    decision = _append(task, kind=DecisionKind.ADJUDICATED, rationale=rationale, by=by)
    DecisionLabel.objects.bulk_create(DecisionLabel(decision=decision, label=label) for label in labels)
    _rule(decision, {label.pk for label in labels}, reasons or {})
    task.state, task.settled_at = TaskState.SETTLED, decision.decided_at
    task.save(update_fields=["state", "settled_at", "decisions_made"])
    release_hold(task)
    draw_second(task=task, now=decision.decided_at, chance=chance)
    _record(task, decision, [label.code for label in labels])
    return decision


@transaction.atomic
def escalate(*, task: Task, rationale: str, by: User) -> Decision:
    """Pass a task to the manager, saying why."""
    if not rationale.strip():
        raise Refused("Say why this needs the manager: the reason is all they have to go on.")
    task = locked_for(task, by=by, after_decision=None)
    decision = _append(task, kind=DecisionKind.ESCALATED, rationale=rationale, by=by)
    task.state = TaskState.ESCALATED
    task.save(update_fields=["state", "decisions_made"])
    release_hold(task)
    _record(task, decision, [])
    return decision


@transaction.atomic
def ask_one_more(*, task: Task, by: User) -> bool:
    """Ask one more rater for a task; it comes back when they have answered. False if it takes no more raters."""
    task = locked_for(task, by=by, after_decision=None)
    same = Task.objects.filter(pk=task.pk)
    added = add_seats(tasks=same, in_round=task.round, by=by, reason="asked while adjudicating")
    if added:
        release_hold(task)
    return bool(added)


@transaction.atomic
def record_reveal(*, task: Task, by: User) -> Opening:
    """Put on the record that somebody asked what the model says of a task they opened; the first time counts."""
    check_opened(task=task, by=by, may_be_blind=True)
    opening = Opening.objects.select_for_update().get(task=task, user=by)
    note_sights(user=by, items=[task.item_id])
    if opening.revealed_at is None:
        opening.revealed_at = clock.now()
        opening.save(update_fields=["revealed_at"])
        record_event(
            kind="task.model_revealed",
            project=task.round.project,
            by=by,
            target=f"task:{task.public_id}",
            after={"before_deciding": not task.decisions.filter(decided_by=by).exists()},
            at=opening.revealed_at,
        )
    return opening


@transaction.atomic
def record_suggestion(*, task: Task, by: User) -> None:
    """Put on the record that somebody asked who was right elsewhere, for a task they opened; the first time counts."""
    check_opened(task=task, by=by, may_be_blind=True)
    Opening.objects.select_for_update().get(task=task, user=by)
    kind, target = "task.suggestion_seen", f"task:{task.public_id}"
    if not AuditEvent.objects.filter(kind=kind, project=task.round.project, target=target, by=by).exists():
        record_event(
            kind=kind,
            project=task.round.project,
            by=by,
            target=target,
            after={"before_deciding": not task.decisions.filter(decided_by=by).exists()},
        )


def release_hold(task: Task) -> None:
    """Let others be handed the task."""
    task.openings.filter(held_until__isnull=False).update(held_until=None)


def is_held_by_another(*, task: Task, by: User) -> bool:
    """Whether somebody else opened a waiting task within the last half hour."""
    return task.state in WAITING and task.openings.filter(held_until__gt=clock.now()).exclude(user=by).exists()


def is_open_to(*, task: Task, by: User) -> bool:
    """Whether this person opened the task on the record and may settle it now."""
    try:
        check_opened(task=task, by=by)
    except NotAllowed:
        return False
    return True


def check_opened(*, task: Task, by: User, may_be_blind: bool = False) -> None:
    """With `may_be_blind`, also for who is judging a settled task again."""
    rules.check_can_adjudicate(by, task)
    if task.state not in ADJUDICABLE:
        raise NotAllowed("This task is being labelled again.")
    if not rules.has_opened(by, task):
        raise NotAllowed("Open the task to adjudicate it before deciding.")
    if not may_be_blind and rules.is_kept_blind(by, task):
        raise NotAllowed("This item waits for a second, blind opinion. Open it from there.")


def locked_for(task: Task, *, by: User, after_decision: int | None) -> Task:
    """The task, locked, for somebody who opened it."""
    task = Task.objects.select_for_update(of=("self",)).select_related("round__project").get(pk=task.pk)
    check_opened(task=task, by=by)
    if after_decision is not None and task.decisions_made != after_decision:
        raise Conflict("Somebody else settled this task meanwhile. Open it again to see what they decided.")
    return task


def _rule(decision: Decision, chosen: set[int], reasons: Mapping[str, str]) -> None:
    """Write down each label that the answers did not already settle as it was decided."""
    answers = [opinion.labels for opinion in opinions_on([decision.task]).get(decision.task_id, [])]
    everybody = frozenset.intersection(*answers) if answers else frozenset()
    somebody = frozenset().union(*answers)
    ruled = (somebody - everybody) | (everybody - chosen) | (chosen - somebody)
    labels = Label.objects.filter(pk__in=ruled).order_by("position")
    Ruling.objects.bulk_create(
        Ruling(
            decision=decision,
            label=label,
            applies=label.pk in chosen,
            reason=reasons.get(label.code, "") if reasons.get(label.code) in RulingReason.values else "",
        )
        for label in labels
    )


def _append(task: Task, *, kind: DecisionKind, rationale: str, by: User) -> Decision:
    task.decisions_made += 1
    return Decision.objects.create(
        task=task,
        number=task.decisions_made,
        kind=kind,
        rationale=rationale.strip()[:RATIONALE_MAX],
        decided_by=by,
        decided_at=clock.now(),
    )


def _record(task: Task, decision: Decision, codes: list[str]) -> None:
    record_event(
        kind=f"task.{decision.kind}",
        project=task.round.project,
        by=decision.decided_by,
        target=f"task:{task.public_id}",
        before={"decision": decision.number - 1},
        after={"decision": decision.number, "labels": sorted(codes)},
    )
