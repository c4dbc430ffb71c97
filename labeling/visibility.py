"""Who may see whose answers: the only place that reads other people's labels for showing them to somebody.

Raters read nothing here but their own. An adjudicator sees answers of a task they opened on the record, as A, B, ...
in an order drawn for the task and the person. Managers and analysts see names.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from labeling import rules
from labeling.accuracy import Pair
from labeling.enums import Purpose, Role, RoundState
from labeling.models import Annotation, Opening, Project, Revision, RevisionLabel, Round, Task, User
from reviewapp.common.errors import NotAllowed


@dataclass(frozen=True)
class SeenAnswer:
    """One rater's answer as somebody else may see it: `who` is a letter, or a name for those who may know it."""

    who: str
    labels: frozenset[str]
    certainty: str
    comment: str
    evidence: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    is_counted: bool = True
    is_flagged: bool = False
    before_return: tuple[str, ...] | None = None  # what they chose before the answer was returned to them, if it was


def may_see_names(user: User, project: Project) -> bool:
    return bool(rules.roles(user, project) & {Role.MANAGER, Role.ANALYST})


def may_see_agreement(user: User, project: Project, *, round_state: str) -> bool:
    """Managers and analysts always, adjudicators once the round is closed (DECISIONS 6)."""
    held = rules.roles(user, project)
    return bool(held & {Role.MANAGER, Role.ANALYST}) or (Role.ADJUDICATOR in held and round_state != RoundState.OPEN)


def own_annotations(user: User) -> QuerySet[Annotation]:
    """A rater's own answers, and nobody else's."""
    return Annotation.objects.filter(rater=user)


def answers_to_adjudicate(*, task: Task, viewer: User) -> list[SeenAnswer]:
    """The answers to a task its adjudicator has opened, named A, B, ... in the order drawn at the opening."""
    return answers_to_several(tasks=[task.pk], viewer=viewer)[task.pk]


def answers_to_several(*, tasks: Sequence[int], viewer: User) -> dict[int, list[SeenAnswer]]:
    """The answers to each of the tasks, all of which the viewer has opened; a fixed number of queries."""
    drawn = _in_drawn_order(tasks, viewer)
    returned = _before_return([revision for answers in drawn.values() for _, revision in answers])
    return {
        task: [_seen(who, revision, returned.get(revision.annotation_id)) for who, revision in answers]
        for task, answers in drawn.items()
    }


def answer_called(who: str, *, task: Task, viewer: User) -> Annotation:
    """The counted answer that this viewer sees under a letter."""
    for letter, revision in _in_drawn_order([task.pk], viewer)[task.pk]:
        if letter == who and revision.annotation.is_counted:
            return revision.annotation
    raise NotAllowed("There is no such answer on this task any more. Open the task again.")


def answers_by_name(*, task: Task, viewer: User) -> list[SeenAnswer]:
    """The answers with their raters' names, for managers and analysts."""
    if not may_see_names(viewer, task.round.project):
        raise NotAllowed("Your role in this project does not include seeing who answered what.")
    return [_seen(str(revision.annotation.rater), revision) for revision in _answers([task.pk])]


def _in_drawn_order(tasks: Sequence[int], viewer: User) -> dict[int, list[tuple[str, Revision]]]:
    mirrors = dict(Opening.objects.filter(task__in=tasks, user=viewer).values_list("task", "mirror"))
    if not mirrors.keys() >= set(tasks):
        raise NotAllowed("Open the task to adjudicate it before reading its answers.")
    found: dict[int, list[Revision]] = {task: [] for task in tasks}
    for revision in _answers(tasks):
        found[revision.annotation.task_id].append(revision)
    return {
        task: [(chr(ord("A") + index), revision) for index, revision in enumerate(_drawn(answers, mirrors[task]))]
        for task, answers in found.items()
    }


def _drawn(answers: list[Revision], is_mirrored: bool) -> list[Revision]:
    """The answers that count in their drawn order, then the late ones: these may come in while a judge is at work, and
    a letter must go on meaning the same person."""
    counted = [one for one in answers if one.annotation.is_counted]
    late = [one for one in answers if not one.annotation.is_counted]
    return [*(counted[::-1] if is_mirrored else counted), *late]


def _before_return(revisions: list[Revision]) -> dict[int, tuple[str, ...]]:
    """What the returned answers among these said before, by annotation."""
    changed = [
        revision.annotation_id
        for revision in revisions
        if (revision.annotation.independent_revision or revision.number) < revision.number
    ]
    if not changed:
        return {}
    found = Revision.objects.independent().filter(annotation__in=changed).prefetch_related("chosen__label")
    return {one.annotation_id: tuple(sorted(entry.label.code for entry in one.chosen.all())) for one in found}


def _answers(tasks: Sequence[int]) -> list[Revision]:
    revisions = Revision.objects.newest().filter(annotation__task__in=tasks, annotation__taken_back_at__isnull=True)
    ordered = revisions.select_related("annotation__rater").order_by("annotation__public_id")
    return list(ordered.prefetch_related("chosen__label"))


def _seen(who: str, revision: Revision, before_return: tuple[str, ...] | None = None) -> SeenAnswer:
    chosen: list[RevisionLabel] = list(revision.chosen.all())
    return SeenAnswer(
        who=who,
        labels=frozenset(entry.label.code for entry in chosen),
        certainty=revision.certainty,
        comment=revision.comment,
        evidence={entry.label.code: entry.evidence for entry in chosen if entry.evidence},
        is_counted=revision.annotation.is_counted,
        is_flagged=revision.is_flagged,
        before_return=before_return,
    )


@dataclass(frozen=True)
class CheckedAnswer:
    """One answer to an item whose answer is known."""

    rater_id: int
    round_id: int
    at: datetime
    pair: Pair


def checked_answers(*, project: Project, viewer: User, rater: User | None = None) -> list[CheckedAnswer]:
    """The answers to hidden checks beside the known ones, oldest first, for managers and analysts; three queries."""
    if not may_see_names(viewer, project):
        raise NotAllowed("Your role in this project does not include seeing who answered what.")
    newest = Revision.objects.newest().filter(
        annotation__task__round__project=project,
        annotation__task__gold__isnull=False,
        annotation__is_counted=True,
        annotation__taken_back_at__isnull=True,
    )
    newest = newest.exclude(annotation__task__round__purpose=Purpose.TRAINING)
    if rater is not None:
        newest = newest.filter(annotation__rater=rater)
    chosen = _codes_of(newest)
    rows = newest.order_by("annotation__submitted_at", "pk").values_list(
        "pk",
        "annotation__rater_id",
        "annotation__task__round_id",
        "annotation__submitted_at",
        "annotation__task__gold__labels",
    )
    return [
        CheckedAnswer(rater_id, round_id, at, Pair(frozenset(chosen.get(pk, ())), frozenset(gold)))
        for pk, rater_id, round_id, at, gold in rows
    ]


def own_training_answers(user: User) -> QuerySet[Annotation]:
    """One's own answers in trainings, the only ones whose known answer a rater is shown."""
    return own_annotations(user).filter(task__round__purpose=Purpose.TRAINING, task__gold__isnull=False)


def training_pairs(user: User, in_round: Round) -> dict[int, Pair]:
    """One's own answers in a training beside the known ones, by annotation; two queries."""
    newest = Revision.objects.newest().filter(annotation__in=own_training_answers(user).filter(task__round=in_round))
    chosen = _codes_of(newest)
    rows = newest.values_list("pk", "annotation_id", "annotation__task__gold__labels")
    return {annotation: Pair(frozenset(chosen.get(pk, ())), frozenset(gold)) for pk, annotation, gold in rows}


def _codes_of(revisions: QuerySet[Revision]) -> dict[int, set[str]]:
    chosen: dict[int, set[str]] = defaultdict(set)
    for revision, code in RevisionLabel.objects.filter(revision__in=revisions).values_list("revision", "label__code"):
        chosen[revision].add(code)
    return chosen
