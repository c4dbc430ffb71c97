"""Canaries: which items are new, how a canary stands, and what people said of its items."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from evaluation.enums import PredictionState, RunState
from evaluation.models import Canary, Prediction, PromptVersion, Run
from evaluation.stats.canary import AGREE, DISAGREE, Judged
from labeling.enums import RoundState, TaskState
from labeling.models import DecisionLabel, GoldEntry, Item, Project, Task

DONE = [PredictionState.DONE, PredictionState.FAILED]


def new_items(production: PromptVersion) -> list[int]:
    """Items that no release holds and that the version in production has not been run on."""
    project = production.prompt.project
    known = Prediction.objects.filter(run__prompt_version=production, run__project=project, state__in=DONE)
    gold = GoldEntry.objects.filter(release__golden_set__project=project)
    items = (
        Item.objects.filter(project=project).exclude(pk__in=known.values("item")).exclude(pk__in=gold.values("item"))
    )
    return list(items.order_by("pk").values_list("pk", flat=True))


def drawn(items: list[int], *, share: float, seed: int) -> list[int]:
    """The share of items that goes to the canary: by a hash of each, so an item's lot does not depend on the others."""
    return [pk for pk in items if _lot(pk, seed) < share]


def _lot(pk: int, seed: int) -> float:
    return int.from_bytes(hashlib.sha256(f"canary {seed} {pk}".encode()).digest()[:8]) / 2**64


def answers(run: Run) -> dict[int, frozenset[str]]:
    """What a run said of each item; no answer says that nothing applies, as everywhere in scoring."""
    rows = run.predictions.filter(state__in=DONE).values_list("item", "labels")
    return {item: frozenset(label["code"] for label in labels) for item, labels in rows}


def split_by_agreement(canary: Canary) -> dict[str, list[int]]:
    """The items of a canary by whether the two versions said the same."""
    candidate, production = answers(canary.candidate_run), answers(canary.production_run)
    found: dict[str, list[int]] = {AGREE: [], DISAGREE: []}
    for item in sorted(set(candidate) & set(production)):
        found[AGREE if candidate[item] == production[item] else DISAGREE].append(item)
    return found


def judged(canary: Canary) -> list[Judged]:
    """The settled items of a canary's round, with both answers and the chance with which each was drawn."""
    candidate, production = answers(canary.candidate_run), answers(canary.production_run)
    tasks = list(Task.objects.filter(round=canary.round, state=TaskState.SETTLED).order_by("pk"))
    gold = _settled(tasks)
    return [
        Judged(gold[task.pk], production[task.item_id], candidate[task.item_id], min(1.0, 1 / task.weight))
        for task in tasks
    ]


def _settled(tasks: list[Task]) -> Mapping[int, frozenset[str]]:
    newest = {task.pk: task.decisions_made for task in tasks}
    found: dict[int, set[str]] = {task.pk: set() for task in tasks}
    rows = DecisionLabel.objects.filter(decision__task__in=tasks)
    for task, number, code in rows.values_list("decision__task", "decision__number", "label__code"):
        if number == newest[task]:
            found[task].add(code)
    return {task: frozenset(codes) for task, codes in found.items()}


@dataclass(frozen=True)
class CanaryStanding:
    """Where a canary is on its way: running, to draw, labelling, to read, read."""

    canary: Canary
    step: str
    items: int
    answered: int
    tasks: int
    settled: int


def standing_of(canary: Canary) -> CanaryStanding:
    """How far one canary is; two queries."""
    runs = [canary.candidate_run, canary.production_run]
    counts = dict(Prediction.objects.filter(run__in=runs, state__in=DONE).values_list("run").annotate(Count("pk")))
    answered = min(counts.get(run.pk, 0) for run in runs)
    tasks = {"tasks": 0, "settled": 0}
    if canary.round_id:
        settled = Count("pk", filter=Q(state=TaskState.SETTLED))
        tasks = Task.objects.filter(round=canary.round_id).aggregate(tasks=Count("pk"), settled=settled)
    return CanaryStanding(canary, _step(canary, **tasks), canary.candidate_run.total, answered, **tasks)


def _step(canary: Canary, *, tasks: int, settled: int) -> str:
    if canary.report is not None:
        return "read"
    if canary.round is not None:
        ended = canary.round.state != RoundState.OPEN
        return "to read" if settled == tasks or ended else "labelling"
    done = all(run.state == RunState.DONE for run in (canary.candidate_run, canary.production_run))
    return "to draw" if done else "running"


def canaries_of(project: Project) -> list[CanaryStanding]:
    """A project's newest canaries; each takes two queries, and there are few."""
    return [standing_of(one) for one in loaded().filter(project=project).order_by("-pk")[:20]]


def loaded() -> QuerySet[Canary]:
    """Canaries with all that their pages name."""
    return Canary.objects.select_related(
        "project", "candidate__prompt__project", "production__prompt", "candidate_run", "production_run", "round"
    )
