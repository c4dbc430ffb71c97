"""Taxonomy versions: as a tree, and against the version before."""

from dataclasses import dataclass, field

from labeling.enums import VersionStatus
from labeling.models import Annotation, Label, Project, Round, TaxonomyVersion


@dataclass
class Node:
    """A label with the labels below it."""

    label: Label
    children: list["Node"] = field(default_factory=list)


@dataclass(frozen=True)
class Changes:
    """What a version changed against the one before."""

    added: list[Label]
    removed: list[Label]
    changed: list[Label]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def tree_of(version: TaxonomyVersion) -> list[Node]:
    """The labels as a tree in reading order; one query."""
    nodes: dict[int, Node] = {}
    roots: list[Node] = []
    for label in Label.objects.filter(version=version).order_by("position"):
        nodes[label.pk] = node = Node(label)
        if label.parent_id:
            nodes[label.parent_id].children.append(node)
        else:
            roots.append(node)
    return roots


def versions_of(project: Project) -> list[TaxonomyVersion]:
    return list(project.taxonomy_versions.select_related("created_by").order_by("-number"))


def changes(old: TaxonomyVersion | None, new: TaxonomyVersion) -> Changes:
    """Labels by code that are new, gone, or say something else."""
    before = _by_code(old) if old else {}
    after = _by_code(new)
    return Changes(
        added=[label for code, label in after.items() if code not in before],
        removed=[label for code, label in before.items() if code not in after],
        changed=[label for code, label in after.items() if code in before and _said(before[code]) != _said(label)],
    )


def _by_code(version: TaxonomyVersion) -> dict[str, Label]:
    labels = Label.objects.filter(version=version).select_related("parent").order_by("position")
    return {label.code: label for label in labels}


def _said(label: Label) -> tuple[object, ...]:
    parent = label.parent.code if label.parent else None
    return (label.name, label.definition, parent, tuple(label.examples), tuple(label.synonyms))


def moved_on(in_round: Round, seen: str) -> dict[str, list[str]]:
    """What changed between the taxonomy version on a rater's page and the round's own; empty if it is the same.

    Each label under "removed", "changed" or "added" as "code: name".
    """
    now = in_round.taxonomy_version
    if not (seen.isascii() and seen.isdigit() and len(seen) < 10) or int(seen) == now.number:
        return {}
    published = TaxonomyVersion.objects.exclude(status=VersionStatus.DRAFT)  # a draft was on no rater's page
    before = published.filter(project=in_round.project_id, number=int(seen)).first()
    found = changes(before, now)
    lists = {"added": found.added, "removed": found.removed, "changed": found.changed}
    return {kind: [f"{label.code}: {label.name}" for label in labels] for kind, labels in lists.items()}


def newer_than(in_round: Round) -> TaxonomyVersion | None:
    """The newest published version, if the round could move to it: it has no answers yet."""
    newest = in_round.project.taxonomy_versions.filter(
        status=VersionStatus.PUBLISHED, number__gt=in_round.taxonomy_version.number
    )
    found = newest.order_by("-number").first()
    if found is None or Annotation.objects.filter(task__round=in_round).exists():
        return None
    return found


def published_names(project: Project) -> dict[str, str]:
    """Code and name of each label of the published taxonomy, in its order."""
    newest = project.taxonomy_versions.filter(status=VersionStatus.PUBLISHED).order_by("-number").first()
    rows = Label.objects.filter(version=newest).order_by("position") if newest else Label.objects.none()
    return dict(rows.values_list("code", "name"))
