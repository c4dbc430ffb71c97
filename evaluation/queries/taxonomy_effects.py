"""What a change of the taxonomy would touch, step by step, before anything is written; and what happens to each."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Count, F, Q

from evaluation.models import CaseLabels, EdgeCase, Objective, PromptVersion
from evaluation.queries.named_labels import Named, among, named_by_runs
from labeling.codemaps import CodeMap
from labeling.enums import RoundState, Split, TaskState, UpkeepKind
from labeling.models import Label, Project, Release, RevisionLabel, Round, TaxonomyChange, TaxonomyVersion
from labeling.queries.taxonomy_changes import StepRow, mapping_between, step_rows
from labeling.queries.upkeep_items import being_asked, newest_releases
from labeling.taxonomy_steps import Changed

T = TypeVar("T")
HAPPENS = {
    "rename": (
        "Answers and releases keep the old code for good. The next release, scores and bank cases read the new one; "
        "with an unchanged code only the words change."
    ),
    "merge": (
        "Each of the old codes is read as the new one: gold, predictions and bank cases are carried over, and an item "
        "that had several of them has the new one once."
    ),
    "split": (
        "Nobody guesses which part is meant. Items with this label go back to raters, blind; until then the next "
        "release leaves them out, and runs of before are not compared on the parts."
    ),
    "retire": (
        "The label is dropped from the next release, with the count. An item that had no other label then has none."
    ),
    "move": "Codes and answers stay. Only figures by branch change.",
    "add": (
        "Nobody was asked for it, so older gold does not have it: label fresh items for it. Runs of before are not "
        "compared on it."
    ),
}


@dataclass(frozen=True)
class Effect:
    """One step and how much it touches."""

    row: StepRow
    annotations: int = 0
    gold: int = 0
    fewshot: int = 0
    predictions: int = 0
    cases: int = 0
    prompts: tuple[str, ...] = ()  # whose newest text names a label by its code or name
    objectives: tuple[str, ...] = ()
    happens: str = ""


@dataclass(frozen=True)
class ReleaseEffect:
    """What the next release of a golden set would carry over."""

    release: Release
    kept: int
    recoded: int
    to_ask: int
    dropped: int  # labels
    emptied: int

    @property
    def entries(self) -> int:
        return self.kept + self.recoded + self.to_ask


@dataclass(frozen=True)
class Effects:
    steps: list[Effect]
    releases: list[ReleaseEffect]
    open_rounds: list[Round] = field(default_factory=list)  # they stay with the version they began with


def effects_of(change: TaxonomyChange, found: Changed) -> Effects:
    """Count what each step touches; a fixed number of queries, however many steps."""
    project, base = change.project, change.base
    rows = step_rows(change, found)
    touched = {code for row in rows for code in row.codes}
    releases = [one for one in newest_releases(project) if one.taxonomy_version_id == base.pk]
    gold, fewshot, counted = _gold(releases, found.codes)
    annotations, predictions, cases = _annotations(base, touched), named_by_runs(base, touched), _cases(project)
    prompts, objectives = _prompts(project, base, touched), _objectives(project)
    steps = [
        Effect(
            row=row,
            annotations=len(_of(annotations, row.codes)),
            gold=among(gold, row.codes),
            fewshot=among(fewshot, row.codes),
            predictions=among(predictions, row.codes),
            cases=len(_of(cases, row.codes)),
            prompts=tuple(sorted(_of(prompts, row.codes))),
            objectives=tuple(sorted(_of(objectives, row.codes))),
            happens=HAPPENS[row.kind],
        )
        for row in rows
    ]
    rounds = Round.objects.filter(project=project, state=RoundState.OPEN, taxonomy_version=base).order_by("name")
    return Effects(steps, counted, list(rounds))


def _of(things: Mapping[str, set[T]], codes: Iterable[str]) -> set[T]:
    found: set[T] = set()
    return found.union(*(things.get(code, set()) for code in codes))


def _gold(releases: list[Release], codes: CodeMap) -> tuple[Named, Named, list[ReleaseEffect]]:
    """The gold of the releases and of their fewshot splits, by its labels; and what each would carry over."""
    gold: Counter[frozenset[str]] = Counter()
    fewshot: Counter[frozenset[str]] = Counter()
    counted = []
    for release in releases:
        kept = recoded = to_ask = dropped = emptied = 0
        alike = release.entries.order_by().values("labels", "split").annotate(number=Count("pk"))
        for labels, split, number in alike.values_list("labels", "split", "number"):
            gold[frozenset(labels)] += number
            if split == Split.FEWSHOT:
                fewshot[frozenset(labels)] += number
            became = codes.translate(labels)
            if became.split:
                to_ask += number
                continue
            dropped += number * len(became.retired)
            emptied += number * (bool(labels) and not became.labels)
            is_kept = sorted(became.labels) == labels
            recoded += number * (not is_kept)
            kept += number * is_kept
        counted.append(ReleaseEffect(release, kept, recoded, to_ask, dropped, emptied))
    return gold, fewshot, counted


def release_effect(release: Release, codes: CodeMap) -> ReleaseEffect:
    """What of one release a recorded change carries over."""
    return _gold([release], codes)[2][0]


@dataclass(frozen=True)
class Carrying:
    """What is to do for one golden set after a change: its newest release on an older version."""

    effect: ReleaseEffect
    waiting: int  # items with a split label that nobody is being asked
    rounds: list[Round]  # made to ask them, the newest first


def to_carry(project: Project, newest: TaxonomyVersion) -> list[Carrying]:
    """The newest releases that are on an older version, with what the newest one makes of them."""
    found = []
    asked = being_asked(newest)
    for release in newest_releases(project):
        codes = mapping_between(release.taxonomy_version, newest)
        if codes is None:
            continue
        split = [
            item for item, labels in release.entries.values_list("item_id", "labels") if codes.translate(labels).split
        ]
        rounds = Round.objects.filter(upkeep__release=release, upkeep__kind=UpkeepKind.SPLIT).order_by("-pk")
        found.append(
            Carrying(
                effect=release_effect(release, codes),
                waiting=sum(item not in asked for item in split),
                rounds=list(
                    rounds.annotate(
                        settled=Count("tasks", filter=Q(tasks__state=TaskState.SETTLED)), items=Count("tasks")
                    )
                ),
            )
        )
    return found


def _annotations(base: TaxonomyVersion, codes: set[str]) -> dict[str, set[int]]:
    rows = RevisionLabel.objects.filter(
        label__version=base, label__code__in=codes, revision__number=F("revision__annotation__revision"),
        revision__annotation__is_counted=True, revision__annotation__taken_back_at__isnull=True,
    )  # fmt: skip
    found: dict[str, set[int]] = defaultdict(set)
    for code, annotation in rows.values_list("label__code", "revision__annotation_id").iterator(chunk_size=5000):
        found[code].add(annotation)
    return found


def _cases(project: Project) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for labels in newest_case_labels(project):
        for code in labels.labels:
            found[code].add(labels.case_id)
    return found


def newest_case_labels(project: Project) -> list[CaseLabels]:
    """What is right for each case in use."""
    newest: dict[int, CaseLabels] = {}
    cases = EdgeCase.objects.filter(project=project, retired_at__isnull=True)
    for labels in CaseLabels.objects.filter(case__in=cases).select_related("case").order_by("case_id", "number"):
        newest[labels.case_id] = labels
    return list(newest.values())


def _prompts(project: Project, base: TaxonomyVersion, codes: set[str]) -> dict[str, set[str]]:
    """Prompts whose newest text names one of the labels: those are for a person to rewrite."""
    names = dict(Label.objects.filter(version=base, code__in=codes).values_list("code", "name"))
    newest: dict[int, PromptVersion] = {}
    for version in PromptVersion.objects.filter(prompt__project=project).select_related("prompt").order_by("number"):
        newest[version.prompt_id] = version
    found: dict[str, set[str]] = defaultdict(set)
    for code, name in names.items():
        said = re.compile(rf"(?<![\w-])(?:{re.escape(code)}|{re.escape(name)})(?![\w-])", re.IGNORECASE)
        for version in newest.values():
            if said.search(version.template):
                found[code].add(str(version))
    return found


def _objectives(project: Project) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for objective in Objective.objects.filter(project=project, archived_at__isnull=True):
        for code in objective.recall_of:
            found[code].add(objective.name)
    return found
