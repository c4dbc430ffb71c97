"""What a trainee learns: their own answers beside the known ones, and how far they are. Nobody else's."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, Q

from labeling.accuracy import Measure, Pair, mean_likeness
from labeling.models import Annotation, Qualification, Round, User
from labeling.queries.contents import content_of
from labeling.queries.queue import Choice, Passage, choices, passages
from labeling.visibility import own_training_answers, training_pairs


@dataclass(frozen=True)
class FeedbackRow:
    """One label of a trainee's answer or of the known one."""

    choice: Choice
    is_mine: bool
    is_known: bool
    quotes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        return "right" if self.is_mine and self.is_known else "missed" if self.is_known else "extra"


@dataclass(frozen=True)
class Feedback:
    """One's own answer to a training item beside the known one."""

    annotation: Annotation
    name: str
    passages: tuple[Passage, ...]
    pair: Pair
    likeness: float | None
    rows: tuple[FeedbackRow, ...]
    progress: "TrainingProgress"


@dataclass(frozen=True)
class TrainingProgress:
    """How far one trainee is in a training."""

    done: int
    skipped: int
    total: int
    qualification: Qualification | None

    @property
    def is_finished(self) -> bool:
        return self.done + self.skipped >= self.total


def progress_in(in_round: Round, user: User) -> TrainingProgress:
    """The trainee's own count."""
    known = in_round.tasks.filter(gold__isnull=False)
    counts = known.aggregate(
        total=Count("pk", distinct=True),
        done=Count("pk", filter=Q(annotations__rater=user), distinct=True),
        skipped=Count("pk", filter=Q(skips__rater=user), distinct=True),
    )
    passed = Qualification.objects.filter(round=in_round, user=user).first()
    return TrainingProgress(counts["done"], counts["skipped"], counts["total"], passed)


def feedback_on(annotation: Annotation, user: User) -> Feedback:
    """What a trainee learns after one answer: `annotation` is one of `own_training_answers`."""
    task = annotation.task
    pair = training_pairs(user, task.round)[annotation.pk]
    assert task.gold is not None
    quotes: dict[str, list[str]] = defaultdict(list)
    for quote in task.gold.evidence:
        quotes[str(quote.get("code"))].append(str(quote.get("text", "")))
    rows = [
        FeedbackRow(
            choice=choice,
            is_mine=choice.code in pair.chosen,
            is_known=choice.code in pair.gold,
            quotes=tuple(dict.fromkeys(filter(None, quotes[choice.code]))),
        )
        for choice in choices(task.round.taxonomy_version)
        if choice.code in pair.chosen | pair.gold
    ]
    content = content_of(task)
    return Feedback(
        annotation=annotation,
        name=content.name,
        passages=passages(content),
        pair=pair,
        likeness=mean_likeness([pair]).value,
        rows=tuple(rows),
        progress=progress_in(task.round, user),
    )


@dataclass(frozen=True)
class TrainingResult:
    """What a training came to, for the person who took it."""

    progress: TrainingProgress
    likeness: Measure
    answers: list[tuple[Annotation, Pair]] = field(default_factory=list)


def result_of(in_round: Round, user: User) -> TrainingResult:
    """One's own answers in a training, newest first; a skipped item counts as all wrong once all is done."""
    progress = progress_in(in_round, user)
    pairs = training_pairs(user, in_round)
    mine = own_training_answers(user).filter(task__round=in_round).select_related("task__item")
    # to an item that was skipped, anything that is not its answer would do
    skipped = [Pair(frozenset(), frozenset({"skipped"}))] * progress.skipped
    return TrainingResult(
        progress=progress,
        likeness=mean_likeness([*pairs.values(), *skipped]),
        answers=[(one, pairs[one.pk]) for one in mine.order_by("-submitted_at", "-pk") if one.pk in pairs],
    )
