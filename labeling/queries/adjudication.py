"""What adjudicators see: which tasks wait, and the answers to the one they opened, aligned label by label."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import BigIntegerField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from labeling.enums import RecheckKind, RoundState, SeatState, TaskState
from labeling.marking import MarkedSentence, Quote, marked, quotes_in
from labeling.models import Annotation, Decision, Opening, Project, Recheck, Seat, Skip, Task, User
from labeling.queries.contents import Content, content_of
from labeling.queries.queue import Choice, Passage, choices, passages
from labeling.shares import Share, wilson
from labeling.visibility import SeenAnswer, answers_to_adjudicate
from reviewapp.common import clock

BAND = 2**40  # what a seat's place holds above this is the band a manager set


@dataclass(frozen=True)
class Vote:
    """What one answer says of one label, with the quotes it gives for it."""

    who: str
    applies: bool
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One label that somebody chose: who said yes, and whether they differ."""

    number: int  # of the label in its taxonomy, which is also what its marks in the text name
    choice: Choice
    votes: tuple[Vote, ...]  # in the order of the answers
    has_marks: bool = False

    @property
    def is_disputed(self) -> bool:
        return not all(vote.applies for vote in self.votes)


@dataclass(frozen=True)
class MarkedPassage:
    """One document in sentences, with the raters' quotes marked."""

    passage: Passage
    sentences: tuple[MarkedSentence, ...]


@dataclass(frozen=True)
class Stand:
    """What a judge's form holds: their own newest decision, or what they sent and has to be completed."""

    rules: Mapping[str, str]  # code -> "yes" or "no"
    reasons: Mapping[str, str]
    ticked: frozenset[str]
    rationale: str = ""
    request_text: str = ""
    request_label: str = ""


@dataclass(frozen=True)
class Dispute:
    """A task as its adjudicator sees it."""

    task: Task
    content: Content
    answers: tuple[SeenAnswer, ...]
    disputed: tuple[Row, ...]
    agreed: tuple[Row, ...]
    others: tuple[Choice, ...]  # labels that nobody chose
    passages: tuple[MarkedPassage, ...]
    history: tuple[Decision, ...]
    is_revealed: bool

    @property
    def has_changed_since(self) -> bool:
        """Whether the item says something else now than when it was rated."""
        return self.task.item.revision != self.task.item_revision

    @property
    def has_marks(self) -> bool:
        return any(row.has_marks for row in (*self.disputed, *self.agreed))

    @property
    def stand(self) -> Stand:
        """The newest decision as the form shows it, or for a first one what all agree on."""
        agreed = frozenset(row.choice.code for row in self.agreed)
        settled = next((one for one in self.history if one.kind != "escalated"), None)
        if settled is None:
            return Stand(rules={}, reasons={}, ticked=agreed)
        chosen = frozenset(entry.label.code for entry in settled.chosen.all())
        codes = [row.choice.code for row in self.disputed]
        return Stand(
            rules={code: "yes" if code in chosen else "no" for code in codes},
            reasons={one.label.code: one.reason for one in settled.rulings.all() if one.reason},
            ticked=chosen - frozenset(codes),
            rationale=settled.rationale,
        )


def waiting_for(user: User, project: Project) -> QuerySet[Task]:
    """The disputed tasks this person may settle, by the manager's band and then oldest first.

    None they hold, answered or skipped, and none that somebody else has open.
    """
    mine = {"task": OuterRef("pk"), "rater": user}
    had = (
        Exists(Seat.objects.filter(**mine))
        | Exists(Annotation.objects.filter(**mine))
        | Exists(Skip.objects.filter(**mine))
    )
    held = Opening.objects.filter(task=OuterRef("pk"), held_until__gt=clock.now()).exclude(user=user)
    waiting = Task.objects.real().filter(round__project=project, round__state=RoundState.OPEN, state=TaskState.DISPUTED)
    place = Seat.objects.filter(task=OuterRef("pk")).order_by("number").values("place")[:1]
    banded = waiting.annotate(band=Coalesce(Subquery(place, output_field=BigIntegerField()), Value(0)) / Value(BAND))
    return banded.filter(~had, ~Exists(held)).select_related("item", "round").order_by("band", "round_id", "id")


def escalated(project: Project) -> QuerySet[Task]:
    """The tasks that wait for the manager."""
    waiting = Task.objects.real().filter(
        round__project=project, round__state=RoundState.OPEN, state=TaskState.ESCALATED
    )
    return waiting.select_related("item", "round").order_by("round_id", "id")


def rechecks_for(user: User, project: Project) -> QuerySet[Recheck]:
    """The second looks this person may take: on nothing they rated or decided."""
    task = OuterRef("task")
    had = (
        Exists(Seat.objects.filter(task=task, rater=user))
        | Exists(Annotation.objects.filter(task=task, rater=user))
        | Exists(Skip.objects.filter(task=task, rater=user))
        | Exists(Decision.objects.filter(task=task, decided_by=user))
    )
    waiting = Recheck.objects.filter(
        done_at__isnull=True,
        task__round__project=project,
        task__round__state=RoundState.OPEN,
        task__state=TaskState.SETTLED,
    )
    return waiting.filter(~had).select_related("task").order_by("drawn_at", "pk")


def judge_agreement(project: Project) -> dict[str, Share]:
    """How often second judges came to the same answer as the first, and audits to the agreed one."""
    done = Recheck.objects.filter(task__round__project=project, done_at__isnull=False)
    counted = done.values("kind").annotate(n=Count("pk"), same=Count("pk", filter=Q(agrees=True))).order_by()
    found = {one["kind"]: wilson(one["same"], one["n"]) for one in counted}
    return {kind: found.get(kind, wilson(0, 0)) for kind in RecheckKind.values}


def last_decided(user: User, project: Project, *, before: Task | None = None) -> Task | None:
    """The task this person settled last, as long as its round is open; from one they settled, the one before it."""
    mine = Decision.objects.filter(
        decided_by=user, task__round__project=project, task__round__state=RoundState.OPEN, task__state=TaskState.SETTLED
    )
    if before is not None:
        here = (
            Decision.objects.filter(decided_by=user, task=before).order_by("-pk").values_list("pk", flat=True).first()
        )
        mine = mine.exclude(task=before) if here is None else mine.exclude(task=before).filter(pk__lt=here)
    newest = mine.select_related("task").order_by("-decided_at", "-pk").first()
    return newest.task if newest else None


def answered(task: Task) -> tuple[int, int]:
    """How many of a task's raters have answered, of how many; for who opened it and can no longer rate."""
    states = list(task.seats.values_list("state", flat=True))
    return sum(state == SeatState.SUBMITTED for state in states), len(states)


def dispute(task: Task, viewer: User, *, is_blind: bool = False) -> Dispute:
    """The answers side by side, for whoever opened the task on the record; blind, without how it was settled."""
    counted = [answer for answer in answers_to_adjudicate(task=task, viewer=viewer) if answer.is_counted]
    every = choices(task.round.taxonomy_version)
    chosen = frozenset().union(*(answer.labels for answer in counted))
    content = content_of(task)
    quotes = _quotes(counted, every, content)
    rows = [_row(number, choice, counted, quotes) for number, choice in enumerate(every) if choice.code in chosen]
    opening = Opening.objects.get(task=task, user=viewer)
    return Dispute(
        task=task,
        content=content,
        answers=tuple(counted),
        disputed=tuple(row for row in rows if row.is_disputed),
        agreed=tuple(row for row in rows if not row.is_disputed),
        others=tuple(choice for choice in every if choice.code not in chosen),
        passages=tuple(_marked(passage, quotes) for passage in passages(content)),
        history=() if is_blind else _history(task),
        is_revealed=opening.revealed_at is not None,
    )


def _history(task: Task) -> tuple[Decision, ...]:
    decisions = task.decisions.select_related("decided_by").order_by("-number")
    return tuple(decisions.prefetch_related("chosen__label", "rulings__label"))


def _quotes(answers: list[SeenAnswer], every: list[Choice], content: Content) -> tuple[Quote, ...]:
    texts = {document["position"]: document["text"] for document in content.documents}
    numbers = {choice.code: number for number, choice in enumerate(every)}
    return tuple(
        quote
        for answer in answers
        for code, entries in answer.evidence.items()
        for quote in quotes_in(entries, who=answer.who, label=numbers[code], texts=texts)
    )


def _row(number: int, choice: Choice, answers: list[SeenAnswer], quotes: tuple[Quote, ...]) -> Row:
    votes = tuple(
        Vote(
            who=answer.who,
            applies=choice.code in answer.labels,
            quotes=tuple(str(entry.get("text", "")) for entry in answer.evidence.get(choice.code, [])),
        )
        for answer in answers
    )
    return Row(number, choice, votes, has_marks=any(quote.label == number for quote in quotes))


def _marked(passage: Passage, quotes: tuple[Quote, ...]) -> MarkedPassage:
    here = [quote for quote in quotes if quote.document == passage.document["position"]]
    return MarkedPassage(passage, tuple(marked(sentence, here) for sentence in passage.sentences))
