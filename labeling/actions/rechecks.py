"""Second looks: a share of settled tasks is judged again, blind to how it was settled."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.enums import DecisionKind, RecheckKind, TaskState
from labeling.models import Decision, DecisionLabel, Label, Opening, Recheck, Ruling, Task, User
from reviewapp.common import clock
from reviewapp.common.errors import Conflict, NotAllowed, Refused

Chance = Callable[[], float]
DICE: Chance = secrets.SystemRandom().random  # nobody can foresee which task is looked at again


def draw_second(*, task: Task, now: datetime, chance: Chance = DICE) -> Recheck | None:
    """Perhaps have a second adjudicator judge a task that one just settled; once a task at most."""
    if chance() >= task.round.second_share or task.rechecks.filter(kind=RecheckKind.SECOND).exists():
        return None
    return Recheck.objects.create(task=task, kind=RecheckKind.SECOND, drawn_at=now)


def draw_audits(*, tasks: Iterable[Task], now: datetime, chance: Chance = DICE) -> int:
    """Have an adjudicator look at a share of the tasks that equal answers settled; the number drawn."""
    drawn = [
        Recheck(task=task, kind=RecheckKind.AUDIT, drawn_at=now) for task in tasks if chance() < task.round.audit_share
    ]
    Recheck.objects.bulk_create(drawn, ignore_conflicts=True)
    return len(drawn)


@transaction.atomic
def open_for_recheck(*, task: Task, by: User) -> Opening:
    """Record that somebody now sees a task's answers to judge it again. They can no longer label it."""
    task = Task.objects.select_for_update(of=("self",)).select_related("round__project").get(pk=task.pk)
    waiting_recheck(task=task, by=by)
    now = clock.now()
    opening, is_new = Opening.objects.get_or_create(
        task=task, user=by, defaults={"opened_at": now, "mirror": bool(secrets.randbits(1))}
    )
    if is_new:
        record_event(kind="task.opened", project=task.round.project, by=by, target=f"task:{task.public_id}")
    return opening


def waiting_recheck(*, task: Task, by: User) -> Recheck:
    """The second look that waits on this task, if this person may take it."""
    rules.check_can_recheck(by, task)
    if task.seats.filter(rater=by).exists():
        raise NotAllowed("You hold this item as a rater, so somebody else has to look at it again.")
    found = task.rechecks.filter(done_at__isnull=True).order_by("pk").first()
    if found is None or task.state != TaskState.SETTLED:
        raise Conflict("Somebody else has looked at this item meanwhile. Go on with the next one.")
    return found


@transaction.atomic
def judge_again(*, recheck: Recheck, labels: Sequence[Label], rationale: str, by: User) -> Recheck:
    """Record the second judgement and what follows from it.

    A second adjudicator who differs sends the task to the manager. An audit that differs corrects the agreement: its
    own answer becomes the newest decision. Agreeing changes nothing.
    """
    task = Task.objects.select_for_update(of=("self",)).select_related("round__project").get(pk=recheck.task_id)
    waiting = waiting_recheck(task=task, by=by)
    if waiting.pk != recheck.pk:
        raise Conflict("Somebody else has looked at this item meanwhile. Go on with the next one.")
    if not rules.has_opened(by, task):
        raise NotAllowed("Open the task before judging it.")
    if any(label.version_id != task.round.taxonomy_version_id for label in labels):
        raise Refused("One of the labels belongs to another taxonomy version. Open the task again.")

    stood = task.decisions.get(number=task.decisions_made)
    standing = set(stood.labels.values_list("code", flat=True))
    own = {label.code for label in labels}
    waiting.labels, waiting.agrees = sorted(own), own == standing
    now = clock.now()
    waiting.rationale, waiting.done_by, waiting.done_at = rationale.strip()[:5000], by, now
    waiting.save(update_fields=["labels", "agrees", "rationale", "done_by", "done_at"])
    if not waiting.agrees:
        _follow(task, waiting, labels, now=now)
    record_event(
        kind="task.rechecked",
        project=task.round.project,
        by=by,
        target=f"task:{task.public_id}",
        before={"decision": stood.number},
        after={"kind": waiting.kind, "labels": waiting.labels, "agrees": waiting.agrees},
    )
    return waiting


def _follow(task: Task, recheck: Recheck, labels: Sequence[Label], *, now: datetime) -> None:
    """What a differing second look changes."""
    escalates = recheck.kind == RecheckKind.SECOND
    said = recheck.rationale or "A second adjudicator, blind to the first, chose otherwise."
    named = ", ".join(recheck.labels) or "none applies"
    task.decisions_made += 1
    decision = Decision.objects.create(
        task=task,
        number=task.decisions_made,
        kind=DecisionKind.ESCALATED if escalates else DecisionKind.ADJUDICATED,
        rationale=f"{said} Second opinion: {named}."[:5000] if escalates else recheck.rationale,
        decided_by=recheck.done_by,
        decided_at=now,
    )
    if escalates:
        task.state = TaskState.ESCALATED
        task.save(update_fields=["state", "decisions_made"])
        return
    before = set(task.decisions.get(number=decision.number - 1).labels.values_list("pk", flat=True))
    chosen = {label.pk for label in labels}
    DecisionLabel.objects.bulk_create(DecisionLabel(decision=decision, label=label) for label in labels)
    Ruling.objects.bulk_create(
        Ruling(decision=decision, label_id=pk, applies=pk in chosen) for pk in sorted(before ^ chosen)
    )
    task.settled_at = now
    task.save(update_fields=["settled_at", "decisions_made"])
