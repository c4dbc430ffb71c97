"""Taxonomy versions: drafted from a file, published for good, or thrown away as drafts."""

from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from labeling import digest, rules
from labeling.actions.audit import record_event
from labeling.actions.tables import analyze
from labeling.enums import Role, VersionStatus
from labeling.files import RowProblem, read_rows
from labeling.files.taxonomies import LabelRow, in_reading_order, label_of
from labeling.files.values import BadValue
from labeling.models import Label, Project, TaxonomyVersion, User
from reviewapp.common import clock
from reviewapp.common.errors import Refused

LABELS_MAX = 5000


class TaxonomyRefused(Refused):
    """A taxonomy file that cannot be used, with what is wrong line by line."""

    def __init__(self, problems: list[RowProblem]) -> None:
        rest = f" and {len(problems) - 1} more problems" if len(problems) > 1 else ""
        super().__init__(f"The taxonomy was not imported. {problems[0]}{rest}.")
        self.problems = problems


def read_taxonomy(path: Path, *, name: str = "", encoding: str = "utf-8") -> list[LabelRow]:
    """The labels of a file in reading order; raises TaxonomyRefused or FileRefused, and writes nothing."""
    rows: list[LabelRow] = []
    problems: list[RowProblem] = []
    for row in read_rows(path, name=name, encoding=encoding):
        if row.problem:
            problems.append(row.problem)
            continue
        try:
            rows.append(label_of(row.line, row.values))
        except BadValue as error:
            problems.append(RowProblem(row.line, str(error)))
    order, wrong = in_reading_order(rows)
    if problems := [*problems, *wrong]:
        raise TaxonomyRefused(sorted(problems, key=lambda problem: problem.line))
    if len(order) > LABELS_MAX:
        raise Refused(f"The taxonomy has {len(order)} labels, more than {LABELS_MAX}.")
    return order


@transaction.atomic
def draft_taxonomy(
    *, project: Project, labels: Iterable[LabelRow], by: User | None, operator: str = ""
) -> TaxonomyVersion:
    """A new draft version; a draft that was there before is replaced."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    versions = TaxonomyVersion.objects.select_for_update().filter(project=project)
    versions.filter(status=VersionStatus.DRAFT).delete()
    last = versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = TaxonomyVersion.objects.create(project=project, number=last + 1, created_by=by)
    made: dict[str, Label] = {}
    levels: list[list[Label]] = []
    depth: dict[str, int] = {}
    for position, row in enumerate(labels):
        depth[row.code] = depth[row.parent] + 1 if row.parent else 0
        label = Label(
            version=version,
            code=row.code,
            name=row.name,
            definition=row.definition,
            examples=list(row.examples),
            synonyms=list(row.synonyms),
            position=position,
            parent=made[row.parent] if row.parent else None,
        )
        made[row.code] = label
        if depth[row.code] == len(levels):
            levels.append([])
        levels[depth[row.code]].append(label)
    for level in levels:  # parents get their keys before their children name them
        for label in level:
            label.parent = label.parent  # the key the parent was just given
        Label.objects.bulk_create(level)
    if not made:
        raise Refused("The taxonomy has no labels.")
    analyze(Label)
    record_event(
        kind="taxonomy.drafted",
        project=project,
        by=by,
        operator=operator,
        target=f"taxonomy:{version.public_id}",
        after={"number": version.number, "labels": len(made)},
    )
    return version


@transaction.atomic
def publish_taxonomy(*, version: TaxonomyVersion, by: User | None, operator: str = "") -> TaxonomyVersion:
    """Make a draft the version that new rounds and runs use. It never changes again."""
    if by:
        rules.check_role(by, version.project, Role.MANAGER)
    rules.check_not_archived(version.project)
    version = TaxonomyVersion.objects.select_for_update(of=("self",)).select_related("project").get(pk=version.pk)
    if version.status == VersionStatus.PUBLISHED:
        raise Refused("This version is published already.")
    version.status, version.published_at = VersionStatus.PUBLISHED, clock.now()
    version.digest = digest_of_version(version)
    version.save(update_fields=["status", "published_at", "digest"])
    record_event(
        kind="taxonomy.published",
        project=version.project,
        by=by,
        operator=operator,
        target=f"taxonomy:{version.public_id}",
        after={"number": version.number, "digest": version.digest},
    )
    return version


def digest_of_version(version: TaxonomyVersion) -> str:
    """The hash of a version's labels as they are now."""
    labels = version.labels.order_by("position").values(
        "code", "name", "definition", "parent__code", "examples", "synonyms"
    )
    return digest.taxonomy_digest(labels)


@transaction.atomic
def discard_draft(*, version: TaxonomyVersion, by: User | None, operator: str = "") -> None:
    """Throw a draft away. A published version stays for good."""
    if by:
        rules.check_role(by, version.project, Role.MANAGER)
    version = TaxonomyVersion.objects.select_for_update(of=("self",)).select_related("project").get(pk=version.pk)
    if version.status == VersionStatus.PUBLISHED:
        raise Refused("A published version cannot be thrown away.")
    record_event(
        kind="taxonomy.discarded",
        project=version.project,
        by=by,
        operator=operator,
        target=f"taxonomy:{version.public_id}",
        before={"number": version.number},
    )
    version.delete()
