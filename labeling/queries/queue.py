"""What a rater sees of their work: their rounds, their own count, their own past answers. Nothing of anybody else."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F

from labeling import rules
from labeling.enums import Purpose, RoundState
from labeling.models import (
    Annotation,
    Draft,
    Label,
    Project,
    Return,
    Revision,
    RevisionLabel,
    Round,
    Seat,
    Task,
    TaxonomyVersion,
    User,
)
from labeling.queries.contents import Content, content_of
from labeling.segments import Segment, sentences
from labeling.visibility import own_annotations

QUICK = 9
QUICK_FROM = 20  # of how many own answers the recent labels are


@dataclass(frozen=True)
class MyRound:
    """A round as one of its raters sees it: own numbers only (SAFETY channel 3)."""

    round: Round
    done: int
    target: int  # the most this rater can be asked for: every item of the round once


@dataclass(frozen=True)
class Passage:
    """One document cut into sentences, each with its stable id."""

    document: dict[str, Any]
    sentences: tuple[Segment, ...]


@dataclass(frozen=True)
class Work:
    """Everything the labelling page shows."""

    seat: Seat
    content: Content
    passages: tuple[Passage, ...]
    draft: dict[str, Any]
    draft_number: int
    returned: str  # why an adjudicator sent the answer back, or nothing


@dataclass(frozen=True)
class Choice:
    """One label as a rater may choose it."""

    pk: int
    code: str
    name: str
    path: str
    definition: str
    examples: tuple[str, ...]
    synonyms: tuple[str, ...]
    depth: int
    is_group: bool


def my_rounds(user: User, project: Project) -> list[MyRound]:
    """The open rounds the user may label in, with their own counts; a fixed number of queries."""
    held = rules.roles(user, project)
    if not held & {"annotator", "adjudicator"}:
        return []
    rounds = Round.objects.filter(project=project, state=RoundState.OPEN).exclude(purpose=Purpose.IMPORTED)
    blind_only = bool(held & {str(role) for role in rules.SEES_ANSWERS})
    if blind_only:
        rounds = rounds.filter(purpose=Purpose.TRAINING)
    rounds = rounds.select_related("taxonomy_version", "guideline").order_by("created_at", "pk")
    mine = own_annotations(user).filter(task__round__in=rounds.values("pk"), taken_back_at__isnull=True)
    done = dict(mine.values_list("task__round").annotate(Count("pk")).order_by())
    targets = dict(
        Task.objects.filter(round__in=rounds.values("pk")).values_list("round").annotate(Count("pk")).order_by()
    )
    return [MyRound(round=one, done=done.get(one.pk, 0), target=targets.get(one.pk, 0)) for one in rounds]


def _done(user: User, in_round: Round) -> int:
    """Own answers, late ones too: not to count them would tell that somebody else has the seat."""
    return own_annotations(user).filter(task__round=in_round, taken_back_at__isnull=True).count()


def my_round(user: User, in_round: Round) -> MyRound:
    return MyRound(round=in_round, done=_done(user, in_round), target=in_round.tasks.count())


def work_on(seat: Seat, user: User) -> Work:
    """The item of one seat for the person who holds it; three queries, and one more for what was touched before."""
    content = content_of(Task.objects.select_related("item").get(pk=seat.task_id))
    draft = Draft.objects.filter(task=seat.task_id, rater=user).first()
    back = _returned(seat, user) if draft else None  # a return leaves the answer as a draft
    return Work(
        seat=seat,
        content=content,
        passages=passages(content),
        draft=draft.content if draft else {},
        draft_number=draft.number if draft else 0,
        returned=back.get_reason_display() if back else "",
    )


def _returned(seat: Seat, user: User) -> Return | None:
    newest = Return.objects.filter(annotation__task=seat.task_id, annotation__rater=user)
    return newest.filter(revision=F("annotation__revision")).first()


@dataclass(frozen=True)
class OwnAnswer:
    """One of the rater's own answers, and the ones before and after it."""

    annotation: Annotation
    content: Content
    revision: Revision
    chosen: tuple[RevisionLabel, ...]
    older: Annotation | None
    newer: Annotation | None
    can_take_back: bool


def own_answer(annotation: Annotation, user: User) -> OwnAnswer:
    """What the rater said themselves, to look at; nobody else's part in the item."""
    mine = own_annotations(user).filter(task__round=annotation.task.round_id, taken_back_at__isnull=True)
    revision = annotation.revisions.get(number=annotation.revision)
    return OwnAnswer(
        annotation=annotation,
        content=content_of(annotation.task),
        revision=revision,
        chosen=tuple(revision.chosen.select_related("label").order_by("label__position")),
        older=mine.filter(submitted_at__lt=annotation.submitted_at).order_by("-submitted_at").first(),
        newer=mine.filter(submitted_at__gt=annotation.submitted_at).order_by("submitted_at").first(),
        can_take_back=rules.can_take_back(user, annotation),
    )


def quick_labels(user: User, in_round: Round) -> list[str]:
    """The codes on keys 1 to 9: the manager's choice, or else the labels this rater used last. Never anybody else's."""
    if in_round.quick_labels:
        return list(in_round.quick_labels[:QUICK])
    newest = Revision.objects.newest().filter(annotation__rater=user, annotation__task__round=in_round)
    last = newest.order_by("-created_at").values("pk")[:QUICK_FROM]
    used = RevisionLabel.objects.filter(revision__in=list(last.values_list("pk", flat=True)))
    codes = used.order_by("-revision__created_at", "label__position").values_list("label__code", flat=True)
    return list(dict.fromkeys(codes))[:QUICK]


def passages(content: Content) -> tuple[Passage, ...]:
    return tuple(Passage(document, tuple(sentences(document["text"]))) for document in content.documents)


def choices(version: TaxonomyVersion) -> list[Choice]:
    """The labels of a version in reading order, with their paths."""
    labels = list(Label.objects.filter(version=version).order_by("position"))
    by_pk = {label.pk: label for label in labels}
    parents = {label.parent_id for label in labels}

    def line(label: Label) -> list[Label]:
        above = by_pk.get(label.parent_id) if label.parent_id else None
        return [*(line(above) if above else []), label]

    made = []
    for label in labels:
        path = line(label)
        made.append(
            Choice(
                pk=label.pk,
                code=label.code,
                name=label.name,
                path=" > ".join(step.name for step in path),
                definition=label.definition,
                examples=tuple(label.examples),
                synonyms=tuple(label.synonyms),
                depth=len(path) - 1,
                is_group=label.pk in parents,
            )
        )
    return made


def recent_own(user: User, in_round: Round, *, limit: int = 10) -> list[Annotation]:
    """The rater's own newest answers in the round, to look at or take back."""
    mine = own_annotations(user).filter(task__round=in_round, taken_back_at__isnull=True)
    return list(mine.select_related("task__item", "task__round").order_by("-submitted_at")[:limit])
