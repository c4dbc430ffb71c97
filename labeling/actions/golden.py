"""Freezing releases: the settled answers of a round, or gold from a file, numbered and hashed for good."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F

from labeling import digest, rules, splitting
from labeling.actions.audit import record_event
from labeling.actions.rounds import check_name, close_round, published_taxonomy
from labeling.actions.tables import analyze
from labeling.enums import Provenance, Role, RoundState, Split, Stratum, TaskState
from labeling.models import (
    Decision,
    DecisionLabel,
    GoldenSet,
    GoldEntry,
    Guideline,
    Item,
    Look,
    Project,
    Release,
    Revision,
    RevisionLabel,
    Round,
    Task,
    TaxonomyVersion,
    TrainingItem,
    User,
)
from labeling.queries.contents import contents_at
from labeling.queries.guidelines import shown_texts
from reviewapp.common import clock
from reviewapp.common.errors import Refused

BATCH = 1000


@dataclass(frozen=True)
class FreezeSpec:
    """How a release is cut: its set's name, the shares of its splits, and what they are stratified by."""

    name: str
    shares: Mapping[str, float]
    seed: int = 0
    stratified_by: Sequence[str] = ()


@transaction.atomic
def freeze_round(
    *,
    in_round: Round,
    spec: FreezeSpec,
    agreement: Mapping[str, Any],
    by: User | None,
    require_all: bool = False,
    override_reason: str = "",
    operator: str = "",
) -> Release:
    """Freeze the settled tasks of a round into the next release of a golden set, and close the round.

    `agreement` is the round's report, whose `alpha.masi` is held against the round's objective. A release needs that
    objective and two raters an entry, or a written reason to go without.
    """
    project = in_round.project
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    in_round = Round.objects.select_for_update(of=("self",)).select_related("project", "guideline").get(pk=in_round.pk)
    if in_round.state == RoundState.CANCELLED:
        raise Refused("This round was cancelled, so nothing can be frozen from it.")
    tasks = list(in_round.tasks.real().filter(state=TaskState.SETTLED).select_related("item").order_by("pk"))
    left_out = in_round.tasks.real().count() - len(tasks)
    if not tasks:
        raise Refused("No task of this round is settled yet, so there is nothing to freeze.")
    if require_all and left_out:
        raise Refused(f"{left_out} tasks of this round are not settled. Settle them, or freeze without --require-all.")
    entries = list(settled_entries(tasks))
    single = sum(entry.raters < 2 for entry in entries)
    wanting = shortfalls(in_round=in_round, agreement=agreement, single=single, total=len(entries))
    if wanting and not override_reason.strip():
        raise Refused(" ".join([*wanting, "A manager can freeze anyway by giving a reason in writing."]))
    release = freeze_entries(
        project=project,
        spec=spec,
        entries=entries,
        version=in_round.taxonomy_version,
        guideline=in_round.guideline,
        in_round=in_round,
        by=by,
        operator=operator,
        extra={
            "agreement": dict(agreement),
            "is_blindly_validated": not single and not wanting,
            "override_reason": override_reason.strip() if wanting else "",
        },
        left_out=left_out,
    )
    if in_round.state == RoundState.OPEN:
        close_round(in_round=in_round, by=by, operator=operator)
    return release


def shortfalls(*, in_round: Round, agreement: Mapping[str, Any], single: int, total: int) -> list[str]:
    """What keeps a round from being frozen without a reason, a sentence each."""
    found = []
    if single:
        found.append(f"{single} of {total} settled items have fewer than two raters.")
    alpha = agreement.get("alpha", {}).get("masi", {}).get("value")
    if alpha is None:
        found.append("The agreement of this round is undefined.")
    elif alpha < in_round.agreement_objective:
        found.append(
            f"Agreement is {alpha:.3f} (MASI alpha), below the objective of {in_round.agreement_objective:.3f}."
        )
    return found


@transaction.atomic
def import_golden(
    *,
    project: Project,
    spec: FreezeSpec,
    gold: Mapping[str, Mapping[str, Any]],
    by: User | None,
    operator: str = "",
) -> Release:
    """Freeze gold that was made elsewhere. `gold` maps external ids to labels (codes), and optionally split,
    evidence and reference_summary. The release is marked as not blindly validated here."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    version = published_taxonomy(project)
    entries: list[GoldEntry] = []
    for keys in _batches(sorted(gold)):
        items = list(Item.objects.filter(project=project, external_id__in=keys).order_by("external_id"))
        contents = contents_at((item, item.revision) for item in items)
        for item in items:
            row, content = gold[item.external_id], contents[item.pk]
            entries.append(
                GoldEntry(
                    item=item,
                    external_id=item.external_id,
                    content=content.as_dict(),
                    item_digest=content.digest,
                    text_digest=content.text_digest,
                    labels=sorted(row["labels"]),
                    evidence=row.get("evidence", []),
                    reference_summary=row.get("reference_summary", ""),
                    split=row.get("split", ""),
                    provenance=Provenance.IMPORTED,
                    raters=0,
                )
            )
    if len(entries) != len(gold):
        raise Refused(f"{len(gold) - len(entries)} of the items are not in this project. Import them first.")
    return freeze_entries(
        project=project,
        spec=spec,
        entries=entries,
        version=version,
        guideline=None,
        in_round=None,
        by=by,
        operator=operator,
        extra={"is_blindly_validated": False},
        left_out=0,
    )


def freeze_entries(
    *,
    project: Project,
    spec: FreezeSpec,
    entries: list[GoldEntry],
    version: TaxonomyVersion,
    guideline: Guideline | None,
    in_round: Round | None,
    by: User | None,
    operator: str,
    extra: dict[str, Any],
    left_out: int,
    noted: Mapping[str, Any] | None = None,
) -> Release:
    """Number, hash and freeze entries as the next release of their set; call inside a transaction.

    `noted` is kept beside the counts: how the entries came here, where they are not a round's or a file's.
    """
    name = check_name(spec.name, what="golden set")
    golden_set, _ = GoldenSet.objects.select_for_update().get_or_create(project=project, name=name)
    last = golden_set.releases.order_by("-number").values_list("number", flat=True).first() or 0
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # no training file goes out meanwhile
    _assign_splits(
        entries,
        spec,
        never_test=examples_among(entries, project) | picked_among(entries),
        given_out=given_out_among(entries, project),
    )
    release = Release.objects.create(
        golden_set=golden_set,
        number=last + 1,
        round=in_round,
        taxonomy_version=version,
        guideline=guideline,
        seed=spec.seed,
        shares=dict(spec.shares),
        stratified_by=list(spec.stratified_by),
        counts=_counts(entries, left_out) | dict(noted or {}),
        frozen_by=by,
        **extra,
    )
    for entry in entries:
        entry.release = release
    GoldEntry.objects.bulk_create(entries, batch_size=BATCH)
    release.digest, release.frozen_at = recompute_digest(release), clock.now()
    release.save(update_fields=["digest", "frozen_at"])
    analyze(GoldEntry)
    record_event(
        kind="release.frozen",
        project=project,
        by=by,
        operator=operator,
        target=f"release:{release.public_id}",
        after={
            "release": str(release),
            "digest": release.digest,
            "counts": release.counts,
            "override_reason": release.override_reason,
        },
    )
    return release


def recompute_digest(release: Release) -> str:
    """The hash of what the release holds: entries, taxonomy and guideline, but not its number, name or time."""
    entries = release.entries.order_by("external_id").values(
        "external_id", "content", "labels", "evidence", "values", "reference_summary", "split", "provenance", "raters",
        "weight", "stratum",
    )  # fmt: skip
    guideline = release.guideline.text if release.guideline else ""
    return digest.release_digest(
        entries=entries.iterator(chunk_size=BATCH), taxonomy=release.taxonomy_version.digest, guideline=guideline
    )


def examples_among(entries: list[GoldEntry], project: Project) -> frozenset[str]:
    """The texts of those entries that the guidelines show, in whatever version: everybody has read their answer."""
    ids, texts = shown_texts(project)
    return frozenset(entry.text_digest for entry in entries if entry.external_id in ids or entry.text_digest in texts)


def picked_among(entries: list[GoldEntry]) -> frozenset[str]:
    """The texts of entries that a model's answers picked, or that no weight speaks for: they would bias a test."""
    return frozenset(entry.text_digest for entry in entries if entry.stratum in Stratum.values)


def given_out_among(entries: list[GoldEntry], project: Project) -> frozenset[str]:
    """The texts of entries that went into a training file, as they are or as they were: they test no model any more."""
    given = list(TrainingItem.objects.filter(export__project=project).values_list("item_id", "text_digest"))
    items, texts = {item for item, _ in given}, {text for _, text in given}
    return frozenset(entry.text_digest for entry in entries if entry.item_id in items or entry.text_digest in texts)


def _assign_splits(
    entries: list[GoldEntry], spec: FreezeSpec, *, never_test: frozenset[str], given_out: frozenset[str]
) -> None:
    """Splits by the shares, except where a file has named them; equal texts stay together, examples out of test."""
    if named := [entry for entry in entries if entry.split]:
        if len(named) != len(entries):
            raise Refused("Some rows name a split and some do not. Name it for all or for none.")
        homes: dict[str, str] = {}
        for entry in entries:
            if homes.setdefault(entry.text_digest, entry.split) != entry.split:
                raise Refused(f"“{entry.external_id}” has the same text as an item in another split.")
            if entry.split == Split.TEST and entry.text_digest in given_out:
                raise Refused(
                    f"“{entry.external_id}” went out in a training file, so it cannot be in the test split. Name dev "
                    "or fewshot for it."
                )
            if entry.split == Split.TEST and entry.text_digest in never_test:
                raise Refused(
                    f"“{entry.external_id}” is an example in the guidelines, so it cannot be in the test split. Name "
                    "dev or fewshot for it."
                )
        return
    drawn = splitting.assign(
        [
            (
                entry.external_id,
                entry.text_digest,
                tuple(str(entry.content["attributes"].get(name, "")) for name in spec.stratified_by),
            )
            for entry in entries
        ],
        shares=spec.shares,
        seed=spec.seed,
        never_test=never_test | given_out,
    )
    for entry in entries:
        entry.split = drawn[entry.external_id]


def _counts(entries: Iterable[GoldEntry], left_out: int) -> dict[str, Any]:
    entries = list(entries)
    splits = Counter(str(entry.split) for entry in entries)
    return {
        "entries": len(entries),
        "splits": {str(split): splits.get(str(split), 0) for split in Split},
        "provenance": dict(Counter(str(entry.provenance) for entry in entries)),
        "dual_labelled": sum(entry.raters >= 2 for entry in entries),
        "none_applies": sum(not entry.labels for entry in entries),
        "left_out": left_out,
    }


def settled_entries(tasks: list[Task]) -> Iterator[GoldEntry]:
    """One entry for each settled task, with the item as its raters saw it; a fixed number of queries a batch."""
    for batch in _batches(tasks):
        contents = contents_at((task.item, task.item_revision) for task in batch)
        decisions = {
            decision.task_id: decision
            for decision in Decision.objects.filter(task__in=batch, number=F("task__decisions_made"))
        }
        labels: dict[int, list[str]] = defaultdict(list)
        chosen = DecisionLabel.objects.filter(decision__in=decisions.values()).order_by("label__code")
        for decision_id, code in chosen.values_list("decision_id", "label__code"):
            labels[decision_id].append(code)
        raters, quotes = _raters_and_quotes(batch)
        for task in batch:
            decision, content = decisions[task.pk], contents[task.item_id]
            gold = labels[decision.pk]
            yield GoldEntry(
                item=task.item,
                external_id=task.item.external_id,
                content=content.as_dict(),
                item_digest=content.digest,
                text_digest=content.text_digest,
                labels=gold,
                evidence=[quote for quote in quotes[task.pk] if quote["code"] in gold],
                provenance=Provenance(decision.kind),
                raters=raters[task.pk],
                weight=task.weight,
                stratum=task.stratum,
            )


def _raters_and_quotes(tasks: list[Task]) -> tuple[Counter[int], dict[int, list[dict[str, Any]]]]:
    counted = {"annotation__is_counted": True, "annotation__taken_back_at__isnull": True}
    newest = Revision.objects.newest().filter(annotation__task__in=tasks, **counted)
    raters = Counter(newest.values_list("annotation__task_id", flat=True))
    quotes: dict[int, list[dict[str, Any]]] = defaultdict(list)
    marked = RevisionLabel.objects.filter(revision__in=newest).exclude(evidence=[])
    for task, code, evidence in marked.values_list("revision__annotation__task_id", "label__code", "evidence"):
        quotes[task] += [{"code": code, **quote} for quote in evidence]
    for found in quotes.values():
        found.sort(key=lambda quote: (quote["code"], str(quote)))
    return raters, quotes


def _batches(things: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(things)
    while batch := list(islice(rest, BATCH)):
        yield batch


def record_look(*, release: Release, kind: str, subject: str, by: User | None, operator: str = "") -> Look:
    """Write one look at held-out gold into the ledger."""
    return Look.objects.create(
        release=release, kind=kind, subject=subject, by=by, operator="" if by else operator or "system", at=clock.now()
    )
