"""What adjudicators see: which tasks wait, and the answers to the one they opened, aligned label by label."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from labeling.enums import RoundState, TaskState
from labeling.models import Annotation, Decision, Project, Seat, Skip, Task, User
from labeling.queries.queue import Choice, choices
from labeling.visibility import SeenAnswer, answers_to_adjudicate


@dataclass(frozen=True)
class Row:
    """One label that somebody chose: who said yes, and whether they differ."""

    choice: Choice
    votes: tuple[bool, ...]  # in the order of the answers

    @property
    def is_disputed(self) -> bool:
        return not all(self.votes)


@dataclass(frozen=True)
class Dispute:
    """A task as its adjudicator sees it."""

    task: Task
    answers: tuple[SeenAnswer, ...]
    disputed: tuple[Row, ...]
    agreed: tuple[Row, ...]
    choices: list[Choice]
    history: tuple[Decision, ...]
    decided: frozenset[str]  # the codes of the newest decision, if there is one


def waiting_for(user: User, project: Project) -> QuerySet[Task]:
    """The disputed tasks this person may settle, oldest first: none they hold, answered or skipped."""
    mine = {"task": OuterRef("pk"), "rater": user}
    had = (
        Exists(Seat.objects.filter(**mine))
        | Exists(Annotation.objects.filter(**mine))
        | Exists(Skip.objects.filter(**mine))
    )
    waiting = Task.objects.filter(round__project=project, round__state=RoundState.OPEN, state=TaskState.DISPUTED)
    return waiting.filter(~had).select_related("item", "round").order_by("round_id", "id")


def escalated(project: Project) -> QuerySet[Task]:
    """The tasks that wait for the manager."""
    waiting = Task.objects.filter(round__project=project, round__state=RoundState.OPEN, state=TaskState.ESCALATED)
    return waiting.select_related("item", "round").order_by("round_id", "id")


def dispute(task: Task, viewer: User) -> Dispute:
    """The answers side by side, for whoever opened the task on the record."""
    answers = tuple(answers_to_adjudicate(task=task, viewer=viewer))
    counted = [answer for answer in answers if answer.is_counted]
    every = choices(task.round.taxonomy_version)
    chosen = frozenset().union(*(answer.labels for answer in counted)) if counted else frozenset()
    rows = [
        Row(choice, tuple(choice.code in answer.labels for answer in counted))
        for choice in every
        if choice.code in chosen
    ]
    history = tuple(task.decisions.select_related("decided_by").prefetch_related("chosen__label").order_by("-number"))
    return Dispute(
        task=task,
        answers=tuple(counted),
        disputed=tuple(row for row in rows if row.is_disputed),
        agreed=tuple(row for row in rows if not row.is_disputed),
        choices=every,
        history=history,
        decided=frozenset(entry.label.code for entry in history[0].chosen.all()) if history else frozenset(),
    )
