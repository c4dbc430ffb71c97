"""Settles what fell due: equal answers settle themselves, others go to adjudication."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from labeling.actions.rechecks import DICE, Chance, draw_audits
from labeling.enums import Certainty, DecisionKind, RoundState, Settling, TaskState
from labeling.models import AuditEvent, Decision, DecisionLabel, Revision, Task
from labeling.models.annotations import RevisionLabel
from reviewapp.common import clock

BATCH = 500


@dataclass(frozen=True)
class Opinion:
    """One rater's counted answer."""

    labels: frozenset[int]
    is_sure: bool  # and neither flagged for an adjudicator nor given after a return: those a person looks at


def settle_due_tasks(*, chance: Chance = DICE) -> int:
    """Settle every task whose undo window is over, in batches that each hold their locks briefly; the number settled.

    A task that another worker holds is passed over: that worker settles it. A share of the full agreements is drawn
    for an audit, because two raters can be wrong together.
    """
    handled = 0
    while batch := _settle_batch(chance):
        handled += batch
    return handled


@transaction.atomic
def _settle_batch(chance: Chance) -> int:
    now = clock.now()
    due = (
        Task.objects.real()
        .filter(state=TaskState.OPEN, due_at__lte=now, round__state=RoundState.OPEN)
        .order_by("due_at")
    )
    skip = connection.features.has_select_for_update_skip_locked
    tasks = list(
        due.order_by("due_at").select_for_update(of=("self",), skip_locked=skip).select_related("round")[:BATCH]
    )
    if not tasks:
        return 0
    opinions = opinions_on(tasks)
    agreed: list[Task] = []
    decisions: list[Decision] = []
    labels: list[tuple[Decision, Iterable[int]]] = []
    events: list[AuditEvent] = []
    for task in tasks:
        outcome = settle(opinions.get(task.pk, []), settling=task.round.settling)
        task.due_at = None
        task.state = TaskState.DISPUTED if outcome is None else TaskState.SETTLED
        if outcome is not None:
            kind, chosen = outcome
            if kind == DecisionKind.AGREED:
                agreed.append(task)
            task.settled_at, task.decisions_made = now, task.decisions_made + 1
            decision = Decision(task=task, number=task.decisions_made, kind=kind, decided_at=now)
            decisions.append(decision)
            labels.append((decision, sorted(chosen)))
        events.append(_event(task, now, "agreed" if outcome else "disputed"))
    Decision.objects.bulk_create(decisions)
    DecisionLabel.objects.bulk_create(
        DecisionLabel(decision=decision, label_id=label) for decision, chosen in labels for label in chosen
    )
    Task.objects.bulk_update(tasks, ["due_at", "state", "settled_at", "decisions_made"])
    AuditEvent.objects.bulk_create(events)
    draw_audits(tasks=agreed, now=now, chance=chance)
    return len(tasks)


def settle(opinions: list[Opinion], *, settling: str) -> tuple[DecisionKind, frozenset[int]] | None:
    """How the answers settle a task by themselves, or None if a person has to.

    An unsure, flagged or returned answer always goes to a person, even when all agree. By majority, each label is in
    if more than half of three or more raters chose it; a label that exactly half chose is for a person.
    """
    if not opinions or not all(opinion.is_sure for opinion in opinions):
        return None
    first = opinions[0].labels
    if all(opinion.labels == first for opinion in opinions):
        return DecisionKind.AGREED, first
    if settling != Settling.MAJORITY or len(opinions) < 3:
        return None
    votes = Counter(label for opinion in opinions for label in opinion.labels)
    if any(2 * number == len(opinions) for number in votes.values()):
        return None
    return DecisionKind.MAJORITY, frozenset(label for label, number in votes.items() if 2 * number > len(opinions))


def opinions_on(tasks: Sequence[Task]) -> dict[int, list[Opinion]]:
    """The counted answers to each task, from their newest revisions."""
    revisions = Revision.objects.newest().filter(
        annotation__task__in=tasks, annotation__is_counted=True, annotation__taken_back_at__isnull=True
    )
    returned = "annotation__independent_revision"
    found = list(revisions.values_list("pk", "annotation__task_id", "certainty", "is_flagged", returned))
    chosen: dict[int, set[int]] = {}
    pairs = RevisionLabel.objects.filter(revision__in=[row[0] for row in found])
    for revision, label in pairs.values_list("revision_id", "label_id"):
        chosen.setdefault(revision, set()).add(label)
    opinions: dict[int, list[Opinion]] = {}
    for pk, task, certainty, is_flagged, independent in found:
        is_sure = certainty == Certainty.SURE and not is_flagged and independent is None
        opinion = Opinion(labels=frozenset(chosen.get(pk, ())), is_sure=is_sure)
        opinions.setdefault(task, []).append(opinion)
    return opinions


def _event(task: Task, now: datetime, how: str) -> AuditEvent:
    return AuditEvent(
        at=now,
        kind="task.fell_due",
        project_id=task.round.project_id,
        operator="system",
        target=f"task:{task.public_id}",
        after={"outcome": how},
    )
