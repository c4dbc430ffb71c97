"""Guidelines for reading: a version with its contents and changes, examples that may be shown, a rater's news."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet

from labeling.enums import DecisionKind, Purpose, RoundState, TaskState, VersionStatus
from labeling.models import Decision, DecisionLabel, Guideline, Item, Label, Project, Revision, Task, User
from labeling.queries.contents import contents_at
from labeling.queries.held_out import held_out_entries
from labeling.segments import sentences
from labeling.textdiff import Line, diff

OFFERED = 40  # settled cases a manager chooses examples from
QUOTE_MOST = 300


@dataclass(frozen=True)
class Case:
    """An adjudicated item that may become an example, with a first go at its words."""

    task: UUID
    item: str  # external id
    name: str
    quote: str
    labels: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class News:
    """What changed in the guidelines since the version a rater last worked with."""

    worked_with: int
    newest: int
    lines: list[Line]
    new_examples: int


def versions_of(project: Project) -> list[Guideline]:
    """All versions, newest first."""
    return list(Guideline.objects.filter(project=project).order_by("-number"))


def label_names(project: Project) -> dict[str, str]:
    """What the codes in examples are called in the newest published taxonomy."""
    version = project.taxonomy_versions.filter(status=VersionStatus.PUBLISHED).order_by("-number").first()
    return dict(Label.objects.filter(version=version).values_list("code", "name")) if version else {}


def newest_of(project: Project) -> Guideline | None:
    return Guideline.objects.filter(project=project).order_by("-number").first()


def newest_after(guideline: Guideline | None, project: Project) -> Guideline | None:
    """The project's newest guidelines, if they are newer than these."""
    newest = newest_of(project)
    return newest if newest and (guideline is None or newest.number > guideline.number) else None


def changes(before: Guideline | None, after: Guideline) -> list[Line]:
    """The lines that a version changed against an earlier one; none for the first."""
    return diff(before.text, after.text) if before else []


def news_for(user: User, project: Project) -> News | None:
    """What changed since the guidelines of the rater's own last answer; None if nothing did, or they never answered."""
    mine = Revision.objects.filter(
        annotation__rater=user, annotation__task__round__project=project, guideline__isnull=False
    )
    last = mine.select_related("guideline").order_by("-created_at", "-pk").first()
    newest = newest_of(project)
    if last is None or last.guideline is None or newest is None or newest.number <= last.guideline.number:
        return None
    known = {example["item"] for example in last.guideline.examples}
    added = [example for example in showable(newest, project) if example["item"] not in known]
    return News(last.guideline.number, newest.number, changes(last.guideline, newest), len(added))


def may_be_shown(project: Project, external_ids: Iterable[str]) -> frozenset[str]:
    """Which items may be shown with their answer to everybody: in no round that is open, in no test split (SAFETY S4).

    An item of an open round may be somebody's to label, or a hidden check.
    """
    items = Item.objects.filter(project=project, external_id__in=list(external_ids))
    return frozenset(_free(items).values_list("external_id", flat=True))


def _free(items: QuerySet[Item]) -> QuerySet[Item]:
    labelled = Task.objects.filter(item=OuterRef("pk"), round__state=RoundState.OPEN)
    tested = held_out_entries(OuterRef("project"))
    held_out, twin = tested.filter(item=OuterRef("pk")), tested.filter(text_digest=OuterRef("text_digest"))
    return items.filter(~Exists(labelled), ~Exists(held_out), ~Exists(twin))


def shown_texts(project: Project) -> tuple[frozenset[str], frozenset[str]]:
    """The external ids and the texts' digests of all items that were ever an example: everybody knows their answer."""
    versions = Guideline.objects.filter(project=project).values_list("examples", flat=True)
    ids = frozenset(str(example.get("item")) for examples in versions for example in examples)
    items = Item.objects.filter(project=project, external_id__in=ids)
    return ids, frozenset(items.values_list("text_digest", flat=True))


def showable(guideline: Guideline, project: Project) -> list[dict[str, Any]]:
    """The version's examples, without those whose item has since come into an open round or a test split."""
    if not guideline.examples:
        return []
    free = may_be_shown(project, [example["item"] for example in guideline.examples])
    return [example for example in guideline.examples if example["item"] in free]


def cases_of(project: Project, *, without: Iterable[str] = ()) -> list[Case]:
    """Adjudicated items of closed rounds to choose examples from, the newest first; a fixed number of queries."""
    tasks = list(
        _adjudicated(project).exclude(item__external_id__in=list(without)).order_by("-settled_at", "-pk")[:OFFERED]
    )
    return _cases(tasks)


def cases_named(project: Project, public_ids: Iterable[UUID]) -> list[Case]:
    """The cases of these tasks, as far as they may be examples."""
    return _cases(list(_adjudicated(project).filter(public_id__in=list(public_ids)).order_by("-settled_at", "-pk")))


def _adjudicated(project: Project) -> QuerySet[Task]:
    """The real tasks of closed rounds whose standing decision a person made, with items that may be shown."""
    judged = Decision.objects.filter(
        task=OuterRef("pk"), number=OuterRef("decisions_made"), kind=DecisionKind.ADJUDICATED
    )
    ended = Task.objects.real().filter(round__project=project, round__state=RoundState.CLOSED, state=TaskState.SETTLED)
    real = ended.exclude(round__purpose=Purpose.TRAINING)
    free = _free(Item.objects.filter(project=project))
    return real.filter(Exists(judged), item__in=free.values("pk")).select_related("item")


def _cases(tasks: list[Task]) -> list[Case]:
    """The cases of the tasks; an item that was adjudicated in several rounds counts as it was decided last."""
    newest: dict[int, Task] = {}
    for task in tasks:
        newest.setdefault(task.item_id, task)
    tasks = list(newest.values())
    decisions = {
        decision.task_id: decision
        for decision in Decision.objects.filter(task__in=tasks, number=F("task__decisions_made"))
    }
    labels: dict[int, list[str]] = defaultdict(list)
    chosen = DecisionLabel.objects.filter(decision__in=list(decisions.values())).order_by("label__code")
    for pk, code in chosen.values_list("decision__task_id", "label__code"):
        labels[pk].append(code)
    contents = contents_at((task.item, task.item_revision) for task in tasks)
    return [
        Case(
            task=task.public_id,
            item=task.item.external_id,
            name=contents[task.item_id].name,
            quote=_first_words(contents[task.item_id].documents),
            labels=tuple(labels[task.pk]),
            why=decisions[task.pk].rationale,
        )
        for task in tasks
    ]


def _first_words(documents: tuple[dict[str, Any], ...]) -> str:
    """The first sentence of an item's text, to begin with: the manager puts the telling one in its place."""
    for document in documents:
        for segment in sentences(document["text"]):
            return segment.text.strip()[:QUOTE_MOST]
    return ""


def text_of(task: UUID, project: Project) -> str:
    """All text of the item as the task showed it."""
    found = Task.objects.select_related("item").get(public_id=task, round__project=project)
    content = contents_at([(found.item, found.item_revision)])[found.item_id]
    return "\n".join(document["text"] for document in content.documents)
