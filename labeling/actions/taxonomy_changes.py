"""The taxonomy is changed by recorded steps, applied in one action: a new version and what became of each old code."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.rounds import published_taxonomy, round_of
from labeling.actions.taxonomy import LABELS_MAX, draft_taxonomy, publish_taxonomy
from labeling.codemaps import CodeMap
from labeling.enums import MappingKind, Role, UpkeepKind, VersionStatus
from labeling.models import Project, Release, Round, TaxonomyChange, TaxonomyMapping, TaxonomyVersion, UpkeepRound, User
from labeling.queries.taxonomy_changes import outcome, rows_of, whole_mapping
from labeling.queries.upkeep_items import being_asked
from labeling.taxonomy_steps import Changed, replay
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused


@transaction.atomic
def start_change(*, project: Project, by: User | None, operator: str = "") -> TaxonomyChange:
    """The open change of the project, or a new one from its newest published version."""
    _check(project, by)
    base = published_taxonomy(project)
    found = TaxonomyChange.objects.select_for_update(of=("self",)).filter(project=project, applied_at=None).first()
    if found is None:
        found = TaxonomyChange.objects.create(project=project, base=base, created_at=clock.now(), created_by=by)
        _record(found, "taxonomy_change.started", {"base": base.number}, by, operator)
    return found


@transaction.atomic
def set_steps(
    *, change: TaxonomyChange, steps: Sequence[Mapping[str, Any]], by: User | None, operator: str = ""
) -> TaxonomyChange:
    """Write down the steps, all of which must be possible one after the other; nothing else is written."""
    change = _open(change, by)
    before, change.steps = len(change.steps), [dict(step) for step in steps]
    outcome(change)
    change.save(update_fields=["steps"])
    _record(change, "taxonomy_change.steps", {"steps": len(change.steps), "before": before}, by, operator)
    return change


@transaction.atomic
def add_step(*, change: TaxonomyChange, step: Mapping[str, Any], by: User | None, operator: str = "") -> TaxonomyChange:
    """One step more, after the others."""
    change = _open(change, by)
    return set_steps(change=change, steps=[*change.steps, step], by=by, operator=operator)


@transaction.atomic
def drop_step(*, change: TaxonomyChange, place: int, by: User | None, operator: str = "") -> TaxonomyChange:
    """Take one step out; refused where a later one needs it."""
    change = _open(change, by)
    if not 0 <= place < len(change.steps):
        raise Refused("This step is gone already.")
    steps = [step for at, step in enumerate(change.steps) if at != place]
    return set_steps(change=change, steps=steps, by=by, operator=operator)


@transaction.atomic
def discard_change(*, change: TaxonomyChange, by: User | None, operator: str = "") -> None:
    """Throw the steps away. What was applied stays for good."""
    change = _open(change, by)
    _record(change, "taxonomy_change.discarded", {"steps": change.steps}, by, operator)
    change.delete()


@transaction.atomic
def apply_change(*, change: TaxonomyChange, by: User | None, operator: str = "") -> TaxonomyVersion:
    """Publish the version the steps lead to, and write down what became of each code that changed.

    No release, round or run changes. Their codes are read through this table from now on.
    """
    change = _open(change, by)
    project = change.project
    if not change.steps:
        raise Refused("There is no step yet, so nothing would change.")
    if published_taxonomy(project).pk != change.base_id:
        raise Refused(
            f"A newer version than v{change.base.number} was published meanwhile. Throw these steps away and start "
            "from the newest."
        )
    if project.taxonomy_versions.filter(status=VersionStatus.DRAFT).exists():
        raise Refused("There is a draft from a file. Publish it or throw it away first: it would be replaced.")
    found = outcome(change)
    if len(found.rows) > LABELS_MAX:
        raise Refused(f"The taxonomy would have {len(found.rows)} labels, more than {LABELS_MAX}.")
    made = draft_taxonomy(project=project, labels=found.rows, by=by, operator=operator)
    made = publish_taxonomy(version=made, by=by, operator=operator)
    rows = mapping_rows(found.codes)
    TaxonomyMapping.objects.bulk_create(
        TaxonomyMapping(change=change, old_code=code, new_codes=parts, kind=kind) for code, parts, kind in rows
    )
    change.made, change.applied_at, change.applied_by = made, clock.now(), by
    change.save(update_fields=["made", "applied_at", "applied_by"])
    kinds = dict(Counter(str(kind) for _, _, kind in rows))
    after = {"from": change.base.number, "to": made.number, "steps": change.steps, "codes": kinds}
    _record(change, "taxonomy_change.applied", after, by, operator)
    return made


def mapping_rows(codes: CodeMap) -> list[tuple[str, list[str], MappingKind]]:
    """What became of each code that is not what it was."""
    onto = Counter(part for parts in codes.targets.values() for part in parts)
    rows: list[tuple[str, list[str], MappingKind]] = []
    for code, parts in sorted(codes.targets.items()):
        one = next(iter(parts), "")
        if len(parts) > 1:
            kind = MappingKind.SPLIT
        elif not parts:
            kind = MappingKind.RETIRED
        elif onto[one] > 1:
            kind = MappingKind.MERGED
        elif one != code:
            kind = MappingKind.RENAMED
        else:
            continue
        rows.append((code, sorted(parts), kind))
    return rows


@transaction.atomic
def ask_again(
    *, change: TaxonomyChange, release: Release, name: str = "", by: User | None, operator: str = ""
) -> Round:
    """A blind round of exactly those items of a release that have a label which was split, on the newest taxonomy.

    Seats, weights and strata are as they were; nobody in it is shown what was said before.
    """
    project = change.project
    _check(project, by)
    Project.objects.select_for_update().get(pk=project.pk)  # two at once must not ask the same items
    if change.made is None:
        raise NotAllowed("The change is not applied yet.")
    if release.golden_set.project_id != project.pk:
        raise Refused("The release belongs to another project.")
    newest = published_taxonomy(project)
    codes = whole_mapping(release.taxonomy_version, newest)
    waiting = being_asked(newest)
    entries = [
        entry
        for entry in release.entries.only("item_id", "labels", "weight", "stratum")
        if codes.translate(entry.labels).split and entry.item_id not in waiting
    ]
    if not entries:
        raise Refused("No item of this release has a split label that is not being asked again already.")
    number = Round.objects.filter(project=project).count() + 1
    made = round_of(
        project=project,
        name=name.strip() or f"Sample {number}",
        weights={entry.item_id: entry.weight for entry in entries},
        strata={entry.item_id: entry.stratum for entry in entries},
        reason="a label was split",
        sampling={"size": len(entries), "upkeep": str(UpkeepKind.SPLIT)},
        by=by,
        operator=operator,
    )
    UpkeepRound.objects.create(round=made, project=project, kind=UpkeepKind.SPLIT, release=release, change=change)
    _record(change, "taxonomy_change.asked_again", {"round": made.name, "items": len(entries)}, by, operator)
    return made


def preview(version: TaxonomyVersion, steps: Sequence[Mapping[str, Any]]) -> Changed:
    """Where steps would lead from a version; nothing is written."""
    return replay(rows_of(version), steps)


def _open(change: TaxonomyChange, by: User | None) -> TaxonomyChange:
    _check(change.project, by)
    locked = TaxonomyChange.objects.select_for_update(of=("self",)).select_related("project", "base", "made")
    found = locked.filter(pk=change.pk).first()
    if found is None:
        raise Refused("These steps were thrown away meanwhile.")
    if found.applied_at:
        raise NotAllowed("This change is applied: it never changes.")
    return found


def _check(project: Project, by: User | None) -> None:
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)


def _record(change: TaxonomyChange, kind: str, after: dict[str, Any], by: User | None, operator: str) -> None:
    record_event(
        kind=kind, project=change.project, by=by, operator=operator, target=f"taxonomy_change:{change.public_id}",
        after=after,
    )  # fmt: skip
