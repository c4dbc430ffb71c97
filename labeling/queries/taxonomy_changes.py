"""Changes of the taxonomy: the one being prepared, those that were applied, and how codes map across versions."""

from dataclasses import dataclass
from typing import Any

from labeling.codemaps import CodeMap
from labeling.files.taxonomies import LabelRow
from labeling.models import Label, Project, TaxonomyChange, TaxonomyMapping, TaxonomyVersion
from labeling.taxonomy_steps import KINDS, Changed, replay, said
from reviewapp.common.errors import Refused


def rows_of(version: TaxonomyVersion) -> list[LabelRow]:
    """The labels of a version as a file would describe them, in reading order; one query."""
    labels = Label.objects.filter(version=version).select_related("parent").order_by("position")
    return [
        LabelRow(
            line=0,
            code=label.code,
            name=label.name,
            definition=label.definition,
            parent=label.parent.code if label.parent else None,
            examples=tuple(label.examples),
            synonyms=tuple(label.synonyms),
        )
        for label in labels
    ]


def outcome(change: TaxonomyChange) -> Changed:
    """Where the steps of a change lead."""
    return replay(rows_of(change.base), change.steps)


def changes_of(project: Project) -> list[TaxonomyChange]:
    """All changes, the open one first, then the newest."""
    found = TaxonomyChange.objects.filter(project=project).select_related("base", "made", "applied_by", "created_by")
    return sorted(found, key=lambda one: (one.applied_at is not None, -one.pk))


@dataclass(frozen=True)
class StepRow:
    """One step in words, with its place in the list."""

    place: int
    kind: str
    title: str
    text: str
    codes: tuple[str, ...]  # of the base version


def step_rows(change: TaxonomyChange, found: Changed) -> list[StepRow]:
    return [
        StepRow(place, step["kind"], KINDS[step["kind"]], said(step), codes)
        for place, (step, codes) in enumerate(zip(change.steps, found.touched, strict=True))
    ]


def mapping_between(old: TaxonomyVersion, new: TaxonomyVersion) -> CodeMap | None:
    """What the codes of a version became in a later one, over all changes between; None where a version on the way
    came from a file, so that nobody said what became of its codes."""
    if old.project_id != new.project_id or old.number >= new.number:
        return None
    applied = TaxonomyChange.objects.filter(project=old.project_id, made__isnull=False)
    made_by = {change.made_id: change for change in applied}
    chain: list[TaxonomyChange] = []
    at = new.pk
    while at != old.pk:
        change = made_by.get(at)
        if change is None or len(chain) > len(made_by):
            return None
        chain.append(change)
        at = change.base_id
    chain.reverse()
    codes: dict[int, list[str]] = {}
    for version, code in Label.objects.filter(version__in=[old.pk, *(one.made_id for one in chain)]).values_list(
        "version_id", "code"
    ):
        codes.setdefault(version, []).append(code)
    became: dict[int, dict[str, frozenset[str]]] = {change.pk: {} for change in chain}
    rows = TaxonomyMapping.objects.filter(change__in=chain).values_list("change_id", "old_code", "new_codes")
    for change_id, code, parts in rows:
        became[change_id][code] = frozenset(parts)
    found: CodeMap | None = None
    for change in chain:
        step = CodeMap(
            {code: became[change.pk].get(code, frozenset((code,))) for code in codes.get(change.base_id, [])},
            frozenset(codes.get(change.made_id or 0, [])),
        )
        found = step if found is None else found.then(step)
    return found


def whole_mapping(old: TaxonomyVersion, new: TaxonomyVersion) -> CodeMap:
    """The same, or Refused with what to do."""
    found = mapping_between(old, new)
    if found is None:
        raise Refused(
            f"Nobody recorded what became of the labels of v{old.number} in v{new.number}: the newer one came from a "
            "file. Label anew, or change the taxonomy by steps."
        )
    return found


def as_table(change: TaxonomyChange) -> list[dict[str, Any]]:
    """The mapping of an applied change, as it was written."""
    return [
        {"old": row.old_code, "new": row.new_codes, "kind": row.kind, "title": row.get_kind_display()}
        for row in change.mappings.all()
    ]
