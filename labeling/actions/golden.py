"""Freezing releases: the settled answers of a round, or gold from a file, numbered and hashed for good."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F

from labeling import digest, rules
from labeling.actions.audit import record_event
from labeling.actions.dealing import Dealt, FreezeSpec, deal_splits
from labeling.actions.rounds import check_name, close_round, published_taxonomy
from labeling.actions.tables import analyze
from labeling.enums import Provenance, Role, RoundState, TaskState
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
    RetiredTest,
    Revision,
    RevisionLabel,
    Round,
    Task,
    TaxonomyVersion,
    User,
)
from labeling.queries.contents import contents_at
from reviewapp.common import clock
from reviewapp.common.errors import Refused

BATCH = 1000


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
    dealt = deal_splits(entries, spec, project)
    release = Release.objects.create(
        golden_set=golden_set,
        number=last + 1,
        round=in_round,
        taxonomy_version=version,
        guideline=guideline,
        seed=spec.seed,
        shares=dict(spec.shares),
        stratified_by=list(spec.stratified_by),
        counts=_counts(entries, left_out, dealt) | dict(noted or {}),
        frozen_by=by,
        **extra,
    )
    for entry in entries:
        entry.release = release
    GoldEntry.objects.bulk_create(entries, batch_size=BATCH)
    release.digest, release.frozen_at = recompute_digest(release), clock.now()
    release.save(update_fields=["digest", "frozen_at"])
    analyze(GoldEntry)
    if spec.retire_test.strip():
        retire_tests(releases=dealt.holders, by_release=release, reason=spec.retire_test, by=by, operator=operator)
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


def retire_tests(
    *, releases: Iterable[int], by_release: Release, reason: str, by: User | None, operator: str = ""
) -> None:
    """Say on the record that the test splits of these releases are used up: their items may be dealt anywhere."""
    for release in Release.objects.filter(pk__in=releases).select_related("golden_set__project").order_by("pk"):
        project = release.golden_set.project
        RetiredTest.objects.create(
            release=release, by_release=by_release, reason=reason.strip()[:2000], created_at=clock.now(),
            created_by=by, operator="" if by else operator or "system",
        )  # fmt: skip
        record_event(
            kind="test.retired",
            project=project,
            by=by,
            operator=operator,
            target=f"release:{release.public_id}",
            after={
                "release": str(release), "with": str(by_release), "items": release.counts["splits"]["test"],
                "reason": reason.strip(),
            },
        )  # fmt: skip


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


def _counts(entries: Sequence[GoldEntry], left_out: int, dealt: Dealt) -> dict[str, Any]:
    return {
        "entries": len(entries),
        "splits": dealt.splits,
        "provenance": dict(Counter(str(entry.provenance) for entry in entries)),
        "dual_labelled": sum(entry.raters >= 2 for entry in entries),
        "none_applies": sum(not entry.labels for entry in entries),
        "left_out": left_out,
    } | ({"earlier": dealt.earlier} if dealt.earlier else {})


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
