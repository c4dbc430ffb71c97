"""Settling disputes: opened on the record, decided by somebody who did not label, appended and never changed."""

import secrets
from collections.abc import Sequence

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import DecisionKind, TaskState
from labeling.models import Decision, DecisionLabel, Label, Opening, Task, User
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed, Refused

RATIONALE_MAX = 5000
ADJUDICABLE = (TaskState.DISPUTED, TaskState.ESCALATED, TaskState.SETTLED)


@transaction.atomic
def open_for_adjudication(*, task: Task, by: User) -> Opening:
    """Record that somebody now sees a task's answers. From here on they can settle it but no longer label it."""
    task = Task.objects.select_for_update(of=("self",)).select_related("round__project").get(pk=task.pk)
    rules.check_can_adjudicate(by, task)
    if task.state not in ADJUDICABLE:
        raise NotAllowed("This task is still being labelled.")
    if task.seats.filter(rater=by).exists():
        raise NotAllowed("You hold this item as a rater, so somebody else has to settle it.")
    opening, is_new = Opening.objects.get_or_create(
        task=task, user=by, defaults={"opened_at": clock.now(), "mirror": bool(secrets.randbits(1))}
    )
    if is_new:
        record_event(kind="task.opened", project=task.round.project, by=by, target=f"task:{task.public_id}")
    return opening


@transaction.atomic
def decide(
    *, task: Task, labels: Sequence[Label], rationale: str, by: User, after_decision: int | None = None
) -> Decision:
    """Append the settled answer. `after_decision` is the number the judge saw: a decision made meanwhile is a Conflict.

    No labels is an answer: none applies. The raters' own answers stay as they are.
    """
    task = _locked(task, by=by, after_decision=after_decision)
    if any(label.version_id != task.round.taxonomy_version_id for label in labels):
        raise Refused("One of the labels belongs to another taxonomy version. Open the task again.")
    decision = _append(task, kind=DecisionKind.ADJUDICATED, rationale=rationale, by=by)
    DecisionLabel.objects.bulk_create(DecisionLabel(decision=decision, label=label) for label in labels)
    task.state, task.settled_at = TaskState.SETTLED, decision.decided_at
    task.save(update_fields=["state", "settled_at", "decisions_made"])
    _record(task, decision, [label.code for label in labels])
    return decision


@transaction.atomic
def escalate(*, task: Task, rationale: str, by: User) -> Decision:
    """Pass a task to the manager, saying why."""
    if not rationale.strip():
        raise Refused("Say why this needs the manager: the reason is all they have to go on.")
    task = _locked(task, by=by, after_decision=None)
    decision = _append(task, kind=DecisionKind.ESCALATED, rationale=rationale, by=by)
    task.state = TaskState.ESCALATED
    task.save(update_fields=["state", "decisions_made"])
    _record(task, decision, [])
    return decision


def is_open_to(*, task: Task, by: User) -> bool:
    """Whether this person opened the task on the record and may settle it now."""
    try:
        check_opened(task=task, by=by)
    except NotAllowed:
        return False
    return True


def check_opened(*, task: Task, by: User) -> None:
    rules.check_can_adjudicate(by, task)
    if task.state not in ADJUDICABLE:
        raise NotAllowed("This task is being labelled again.")
    if not rules.has_opened(by, task):
        raise NotAllowed("Open the task to adjudicate it before deciding.")


def _locked(task: Task, *, by: User, after_decision: int | None) -> Task:
    task = Task.objects.select_for_update(of=("self",)).select_related("round__project").get(pk=task.pk)
    check_opened(task=task, by=by)
    if after_decision is not None and task.decisions_made != after_decision:
        raise Conflict("Somebody else settled this task meanwhile. Open it again to see what they decided.")
    return task


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
