"""Disputes that are alike: one rater chose a label and another did not, and all else is agreed."""

from collections import defaultdict
from dataclasses import dataclass

from labeling.enums import TaskState
from labeling.models import Opening, Project, Revision, RevisionLabel, Task, User
from labeling.queries.adjudication import waiting_for
from labeling.queries.contents import contents_at
from labeling.visibility import SeenAnswer, answers_to_several
from reviewapp.common import clock

# Fewer alike are no pattern. It is also what keeps the list from saying how one single item was answered to a judge
# who has not opened it and could still be asked to rate it.
LEAST = 3
AT_ONCE = 20
READ = 2000  # of the waiting disputes, the first: more are read once these are settled
SNIPPET = 280


@dataclass(frozen=True)
class Pattern:
    """One label on which alone the answers to some tasks differ."""

    code: str
    name: str
    tasks: tuple[int, ...]


@dataclass(frozen=True)
class Alike:
    """One task of a pattern that its judge has opened, with as much text as one decision needs."""

    task: Task
    name: str
    snippet: str
    quotes: tuple[tuple[str, str], ...]  # who, what
    answers: tuple[SeenAnswer, ...]
    agreed: tuple[str, ...]  # codes


def patterns(user: User, project: Project, *, least: int = LEAST) -> list[Pattern]:
    """What the waiting disputes have in common, the most frequent first; a fixed number of queries."""
    order = list(waiting_for(user, project).values_list("pk", flat=True)[:READ])
    single = _single_disputes(order)
    tasks: dict[str, list[int]] = defaultdict(list)
    names: dict[str, str] = {}
    for task in order:
        if task in single:
            code, name = single[task]
            tasks[code].append(task)
            names[code] = name
    found = [Pattern(code, names[code], tuple(alike)) for code, alike in tasks.items() if len(alike) >= least]
    return sorted(found, key=lambda one: (-len(one.tasks), one.name))


def pattern_of(user: User, project: Project, code: str) -> Pattern | None:
    return next((one for one in patterns(user, project) if one.code == code), None)


def alike(user: User, project: Project, code: str) -> list[Alike]:
    """The tasks of a pattern that this person has opened and still holds; the rest of it stays closed to them."""
    held = Opening.objects.filter(
        user=user, held_until__gt=clock.now(), task__round__project=project, task__state=TaskState.DISPUTED
    )
    order = list(waiting_for(user, project).filter(pk__in=held.values("task")).values_list("pk", flat=True))
    single = _single_disputes(order)
    wanted = [task for task in order if single.get(task, ("", ""))[0] == code][:AT_ONCE]
    tasks = Task.objects.filter(pk__in=wanted).select_related("item", "round__project")
    by_pk = {task.pk: task for task in tasks}
    contents = contents_at((task.item, task.item_revision) for task in by_pk.values())
    seen = answers_to_several(tasks=wanted, viewer=user)
    found = []
    for pk in wanted:
        task = by_pk[pk]
        content = contents[task.item_id]
        answers = tuple(one for one in seen[pk] if one.is_counted)
        text = " ".join(" ".join(document["text"].split()) for document in content.documents)
        found.append(
            Alike(
                task=task,
                name=content.name,
                snippet=text if len(text) <= SNIPPET else text[:SNIPPET].rsplit(" ", 1)[0] + " …",
                quotes=tuple(
                    (one.who, str(entry.get("text", ""))) for one in answers for entry in one.evidence.get(code, [])
                ),
                answers=answers,
                agreed=tuple(sorted(frozenset.intersection(*(one.labels for one in answers)))),
            )
        )
    return found


def _single_disputes(tasks: list[int]) -> dict[int, tuple[str, str]]:
    """The code and name of the one disputed label of each task that has exactly one."""
    revisions = Revision.objects.newest().filter(
        annotation__task__in=tasks, annotation__is_counted=True, annotation__taken_back_at__isnull=True
    )
    task_of = dict(revisions.values_list("pk", "annotation__task_id"))
    raters: dict[int, int] = defaultdict(int)
    for task in task_of.values():
        raters[task] += 1
    votes: dict[int, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    chosen = RevisionLabel.objects.filter(revision__in=task_of.keys())
    for revision, code, name in chosen.values_list("revision_id", "label__code", "label__name"):
        votes[task_of[revision]][code, name] += 1
    found = {}
    for task, counted in votes.items():
        disputed = [label for label, number in counted.items() if number < raters[task]]
        if len(disputed) == 1:
            found[task] = disputed[0]
    return found
