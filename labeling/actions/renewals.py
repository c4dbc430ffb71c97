"""The next release of a golden set: what it has, in the newest codes, with what a round answered anew."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from labeling import rules, splitting
from labeling.actions.dealing import FreezeSpec, examples_among, given_out_among, picked_among, stratum_of
from labeling.actions.golden import freeze_entries, settled_entries, shortfalls
from labeling.actions.rounds import close_round, published_taxonomy
from labeling.codemaps import CodeMap
from labeling.enums import Purpose, Role, RoundState, Split, TaskState
from labeling.models import GoldenSet, GoldEntry, Release, Round, TaxonomyVersion, User
from labeling.queries.earlier_splits import earlier_splits
from labeling.queries.taxonomy_changes import whole_mapping
from reviewapp.common.errors import Refused


@dataclass
class Renewed:
    """What a renewal would hold, before it is frozen."""

    version: TaxonomyVersion
    entries: list[GoldEntry] = field(default_factory=list)
    carried: int = 0  # as they were
    recoded: int = 0  # ... with another code for a label
    relabelled: int = 0  # answered anew in the round
    added: int = 0  # new in the round
    to_ask: int = 0  # left out: a label of theirs was split and they are not answered anew
    labels_dropped: dict[str, int] = field(default_factory=dict)  # retired code: in how many entries
    emptied: int = 0  # entries whose only labels were retired
    moved_to_dev: int = 0  # held out before, shown in the guidelines or given out to train with by now
    unsettled: int = 0  # tasks of the round
    single: int = 0  # answers of the round by one rater

    def counts(self) -> dict[str, Any]:
        names = ("carried", "recoded", "relabelled", "added", "to_ask", "emptied", "moved_to_dev", "unsettled")
        return {name: getattr(self, name) for name in names} | {"labels_dropped": self.labels_dropped}


def renewal_of(release: Release, in_round: Round | None = None) -> Renewed:
    """What the next release would hold; nothing is written.

    Items keep their split, that of the newest release of the project with them. An item that the round answered takes
    that answer; one that is new in the round gets a split by the shares of the release. A label that was renamed or
    merged is written with its new code; a retired one is dropped and counted; an item with a split label is left out
    until a round has answered it.
    """
    project = release.golden_set.project
    version = _version_for(release, in_round)
    codes = None if version.pk == release.taxonomy_version_id else whole_mapping(release.taxonomy_version, version)
    if codes is None and in_round is None:
        raise Refused(f"{release} is on the newest taxonomy. Name a round whose answers go into the next release.")
    found, answers = Renewed(version=version), _answers(in_round)
    found.unsettled = in_round.tasks.real().count() - len(answers) if in_round else 0
    found.single = sum(entry.raters < 2 for entry in answers.values())
    dropped: Counter[str] = Counter()
    for old in release.entries.select_related("item").order_by("external_id"):
        if answer := answers.pop(old.item_id, None):
            answer.split, found.relabelled = old.split, found.relabelled + 1
            if answer.item_digest == old.item_digest:
                answer.reference_summary = old.reference_summary
            found.entries.append(answer)
        elif entry := _carried(old, codes, found, dropped):
            found.entries.append(entry)
    found.labels_dropped = dict(sorted(dropped.items()))
    new = list(answers.values())
    found.added = len(new)
    both = [*found.entries, *new]
    never_test = examples_among(both, project) | picked_among(new) | given_out_among(both, project)
    before = earlier_splits(project, both).split
    for entry in found.entries:
        entry.split = before.get(entry.text_digest, entry.split)
    _deal(release, found.entries, new, before, never_test)
    found.entries += new
    for entry in found.entries:
        if entry.split == Split.TEST and entry.text_digest in never_test:
            entry.split, found.moved_to_dev = Split.DEV, found.moved_to_dev + 1
    if not found.entries:
        raise Refused("Nothing would be left in the next release. Ask the split labels again first.")
    return found


def _version_for(release: Release, in_round: Round | None) -> TaxonomyVersion:
    project = release.golden_set.project
    if in_round is None:
        return published_taxonomy(project)
    if in_round.project_id != project.pk:
        raise Refused("The round belongs to another project.")
    if in_round.state == RoundState.CANCELLED or in_round.purpose != Purpose.GOLDEN:
        raise Refused("Only a round for a golden set that was not cancelled can renew a release.")
    if in_round.taxonomy_version.number < release.taxonomy_version.number:
        raise Refused(
            f"The round was labelled with taxonomy v{in_round.taxonomy_version.number}, older than the release's "
            f"v{release.taxonomy_version.number}."
        )
    return in_round.taxonomy_version


def _answers(in_round: Round | None) -> dict[int, GoldEntry]:
    if in_round is None:
        return {}
    settled = in_round.tasks.real().filter(state=TaskState.SETTLED).select_related("item").order_by("pk")
    found = {entry.item_id: entry for entry in settled_entries(list(settled))}
    if not found:
        raise Refused("No item of this round is settled yet, so it answers nothing.")
    return found


def _carried(old: GoldEntry, codes: CodeMap | None, found: Renewed, dropped: Counter[str]) -> GoldEntry | None:
    """The entry with its labels in the new codes; None where a split leaves open what they are."""
    labels, evidence = old.labels, old.evidence
    if codes is not None:
        became = codes.translate(old.labels)
        if became.split:
            found.to_ask += 1
            return None
        labels = sorted(became.labels)
        dropped.update(became.retired)
        found.emptied += bool(old.labels) and not labels
        new_code = {code: next(iter(codes.translate([code]).labels), None) for code in old.labels}
        evidence = [
            {**quote, "code": code} for quote in old.evidence if (code := new_code.get(quote.get("code"))) is not None
        ]
    found.recoded += labels != old.labels
    found.carried += labels == old.labels
    return GoldEntry(
        item=old.item, external_id=old.external_id, content=old.content, item_digest=old.item_digest,
        text_digest=old.text_digest, labels=labels, evidence=evidence, values=old.values,
        reference_summary=old.reference_summary, split=old.split, provenance=old.provenance, raters=old.raters,
        weight=old.weight, stratum=old.stratum,
    )  # fmt: skip


def _deal(
    release: Release,
    kept: list[GoldEntry],
    new: list[GoldEntry],
    before: Mapping[str, str],
    never_test: frozenset[str],
) -> None:
    """Splits of the new items: the one they had in an earlier release, so that what was held out stays so, or that of
    an equal text; else by the release's shares and seed."""
    homes = dict(before) | {entry.text_digest: entry.split for entry in kept}
    homeless = [entry for entry in new if entry.text_digest not in homes]
    if homeless:
        names = release.stratified_by
        drawn = splitting.assign(
            [(entry.external_id, entry.text_digest, stratum_of(entry, names)) for entry in homeless],
            shares=release.shares or {"dev": 1.0},
            seed=release.seed,
            never_test=never_test,
        )
        homes |= {entry.text_digest: drawn[entry.external_id] for entry in homeless}
    for entry in new:
        entry.split = homes[entry.text_digest]


@transaction.atomic
def renew_release(
    *,
    release: Release,
    in_round: Round | None = None,
    agreement: Mapping[str, Any] | None = None,
    by: User | None,
    override_reason: str = "",
    operator: str = "",
) -> Release:
    """Freeze the next release of the golden set. The one it comes from never changes and stays scorable.

    With a round the same is asked of its agreement and its raters as when it is frozen by itself, and it is closed.
    """
    project = release.golden_set.project
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    GoldenSet.objects.select_for_update().get(pk=release.golden_set_id)
    if in_round is not None:
        in_round = (
            Round.objects.select_for_update(of=("self",))
            .select_related("project", "taxonomy_version")
            .get(pk=in_round.pk)
        )
    _check_newest(release)
    found = renewal_of(release, in_round)
    wanting = wanting_of(found, in_round, agreement or {})
    if wanting and not override_reason.strip():
        raise Refused(" ".join([*wanting, "A manager can freeze anyway by giving a reason in writing."]))
    noted: dict[str, Any] = {"from": str(release), "release": str(release.public_id), **found.counts()}
    if release.taxonomy_version_id != found.version.pk:
        noted["taxonomy"] = [release.taxonomy_version.number, found.version.number]
    if in_round is not None:
        noted |= {"round": in_round.name, "alpha": dict(agreement or {}).get("alpha", {}).get("masi", {})}
    made = freeze_entries(
        project=project,
        spec=FreezeSpec(release.golden_set.name, release.shares, release.seed, release.stratified_by),
        entries=found.entries,
        version=found.version,
        guideline=in_round.guideline if in_round else release.guideline,
        in_round=in_round or release.round,
        by=by,
        operator=operator,
        extra={
            "agreement": release.agreement,
            "is_blindly_validated": release.is_blindly_validated and not wanting,
            "override_reason": override_reason.strip() if wanting else "",
        },
        left_out=found.to_ask + found.unsettled,
        noted={"renewed": noted},
    )
    if in_round is not None and in_round.state == RoundState.OPEN:
        close_round(in_round=in_round, by=by, operator=operator)
    return made


def wanting_of(found: Renewed, in_round: Round | None, agreement: Mapping[str, Any]) -> list[str]:
    """What keeps a renewal from being frozen without a reason."""
    if in_round is None:
        return []
    return shortfalls(in_round=in_round, agreement=agreement, single=found.single, total=found.relabelled + found.added)


def _check_newest(release: Release) -> None:
    newest = release.golden_set.releases.order_by("-number").first()
    if newest is not None and newest.pk != release.pk:
        raise Refused(f"{newest} is newer than {release}. Renew the newest, so that nothing is lost.")
