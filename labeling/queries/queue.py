"""What a rater sees of their work: their rounds, their own count, their own past answers. Nothing of anybody else."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from labeling import rules
from labeling.enums import Purpose, RoundState, SeatState
from labeling.models import Annotation, Draft, Label, Project, Round, Seat, Task, TaxonomyVersion, User
from labeling.queries.contents import Content, content_of
from labeling.segments import Segment, sentences
from labeling.visibility import own_annotations


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
    mine: MyRound


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
    seats = Seat.objects.filter(round__in=rounds.values("pk"), rater=user, state=SeatState.SUBMITTED)
    done = dict(seats.values_list("round").annotate(Count("pk")).order_by())
    targets = dict(
        Task.objects.filter(round__in=rounds.values("pk")).values_list("round").annotate(Count("pk")).order_by()
    )
    return [MyRound(round=one, done=done.get(one.pk, 0), target=targets.get(one.pk, 0)) for one in rounds]


def _done(user: User, in_round: Round) -> int:
    return Seat.objects.filter(round=in_round, rater=user, state=SeatState.SUBMITTED).count()


def my_round(user: User, in_round: Round) -> MyRound:
    return MyRound(round=in_round, done=_done(user, in_round), target=in_round.tasks.count())


def work_on(seat: Seat, user: User) -> Work:
    """The page of one seat for the person who holds it."""
    content = content_of(seat.task)
    draft = Draft.objects.filter(task=seat.task, rater=user).values_list("content", flat=True).first()
    return Work(
        seat=seat,
        content=content,
        passages=passages(content),
        draft=draft or {},
        mine=my_round(user, seat.round),
    )


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
