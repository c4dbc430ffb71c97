"""Who may see whose answers: the only place that reads other people's labels for showing them to somebody.

Raters read nothing here but their own. An adjudicator sees answers of a task they opened on the record, as A, B, ...
in an order drawn for the task and the person. Managers and analysts see names.
"""

from collections import defaultdict
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
    opening = Opening.objects.filter(task=task, user=viewer).first()
    if opening is None:
        raise NotAllowed("Open the task to adjudicate it before reading its answers.")
    answers = _answers(task)
    if opening.mirror:
        answers.reverse()
    return [_seen(chr(ord("A") + index), revision) for index, revision in enumerate(answers)]


def answers_by_name(*, task: Task, viewer: User) -> list[SeenAnswer]:
    """The answers with their raters' names, for managers and analysts."""
    if not may_see_names(viewer, task.round.project):
        raise NotAllowed("Your role in this project does not include seeing who answered what.")
    return [_seen(str(revision.annotation.rater), revision) for revision in _answers(task)]


def _answers(task: Task) -> list[Revision]:
    revisions = Revision.objects.newest().filter(annotation__task=task, annotation__taken_back_at__isnull=True)
    ordered = revisions.select_related("annotation__rater").order_by("annotation__public_id")
    return list(ordered.prefetch_related("chosen__label"))


def _seen(who: str, revision: Revision) -> SeenAnswer:
    chosen: list[RevisionLabel] = list(revision.chosen.all())
    return SeenAnswer(
        who=who,
        labels=frozenset(entry.label.code for entry in chosen),
        certainty=revision.certainty,
        comment=revision.comment,
        evidence={entry.label.code: entry.evidence for entry in chosen if entry.evidence},
        is_counted=revision.annotation.is_counted,
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
