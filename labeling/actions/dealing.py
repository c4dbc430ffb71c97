"""Which split each entry of a release gets: by the shares or as a file names it. What had one before keeps it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from labeling import splitting
from labeling.enums import Split, Stratum, TaskState
from labeling.models import GoldEntry, Project, Release, Round, TrainingItem
from labeling.queries.earlier_splits import Earlier, compared_sentences, earlier_splits
from labeling.queries.guidelines import shown_texts
from reviewapp.common.errors import Refused

TEST = Split.TEST


@dataclass(frozen=True)
class FreezeSpec:
    """How a release is cut: its set's name, the shares of its splits, and what they are stratified by.

    `retire_test` is why the test splits that hold the entries are used up, where they are to be dealt anew.
    """

    name: str
    shares: Mapping[str, float]
    seed: int = 0
    stratified_by: Sequence[str] = ()
    retire_test: str = ""


@dataclass(frozen=True)
class Dealt:
    """How the splits came about."""

    earlier: dict[str, int] = field(default_factory=dict)  # empty where no entry was in a release before
    holders: list[int] = field(default_factory=list)  # the releases that hold any of the entries in test
    splits: dict[str, int] = field(default_factory=dict)


def deal_splits(entries: list[GoldEntry], spec: FreezeSpec, project: Project) -> Dealt:
    """Set the split of each entry: by the shares, except where a file has named them; equal texts stay together.

    What an earlier release holds out stays in test, unless its test split is retired. Examples of the guidelines and
    what went out to train with are never in test.
    """
    retiring = bool(spec.retire_test.strip())
    shown, given_out = examples_among(entries, project) | picked_among(entries), given_out_among(entries, project)
    before = earlier_splits(project, entries)
    holders = sorted({release for releases in before.holders.values() for release in releases})
    if retiring and not holders:
        raise Refused("No earlier release holds any of these items out, so there is no test split to retire.")
    wanted = len(entries)
    if any(entry.split for entry in entries):
        _check_named(entries, before, is_retiring=retiring, never_test=shown, given_out=given_out)
    else:
        former = {
            text: splitting.FREED if split == TEST and retiring else split for text, split in before.split.items()
        } | dict.fromkeys(before.freed, splitting.FREED)
        _draw(entries, spec, former, never_test=shown | given_out)
        wanted = splitting.targets(spec.shares, len(entries)).get(TEST, 0)
    if retiring:
        before.used |= set(before.holders)
    splits = Counter(str(entry.split) for entry in entries)
    return Dealt(
        _compared(entries, before, wanted), holders, {str(split): splits.get(str(split), 0) for split in Split}
    )


def _draw(
    entries: list[GoldEntry], spec: FreezeSpec, former: Mapping[str, str], *, never_test: Collection[str]
) -> None:
    rows = [(entry.external_id, entry.text_digest, stratum_of(entry, spec.stratified_by)) for entry in entries]
    drawn = splitting.assign(rows, shares=spec.shares, seed=spec.seed, never_test=never_test, former=former)
    for entry in entries:
        entry.split = drawn[entry.external_id]


def _check_named(
    entries: list[GoldEntry],
    before: Earlier,
    *,
    is_retiring: bool,
    never_test: frozenset[str],
    given_out: frozenset[str],
) -> None:
    """Refuse splits that somebody named where they would tear equal texts apart, or hold out what was read."""
    if not all(entry.split for entry in entries):
        raise Refused("Some rows name a split and some do not. Name it for all or for none.")
    held = {text for text, split in before.split.items() if split == TEST and not is_retiring}
    held -= never_test | given_out  # these are not held out any more, whoever says so
    homes: dict[str, str] = {}
    for entry in entries:
        if homes.setdefault(entry.text_digest, entry.split) != entry.split:
            raise Refused(f"“{entry.external_id}” has the same text as an item in another split.")
        if entry.split == TEST and entry.text_digest in given_out:
            raise Refused(
                f"“{entry.external_id}” went out in a training file, so it cannot be in the test split. Name dev "
                "or fewshot for it."
            )
        if entry.split == TEST and entry.text_digest in never_test:
            raise Refused(
                f"“{entry.external_id}” is an example in the guidelines, so it cannot be in the test split. Name "
                "dev or fewshot for it."
            )
        if entry.split != TEST and entry.text_digest in held:
            holder = Release.objects.select_related("golden_set").get(pk=max(before.holders[entry.text_digest]))
            raise Refused(
                f"“{entry.external_id}” is held out in {holder}, so its answer must not be read in {entry.split}. Name "
                f"test for it, or retire the test split of {holder}, with a reason."
            )


def _compared(entries: list[GoldEntry], before: Earlier, test_wanted: int) -> dict[str, int]:
    """Entries by what became of the split they had, as the counts of the release keep it; empty if none had one."""
    found: Counter[str] = Counter()
    for entry in entries:
        text, had = entry.text_digest, before.split.get(entry.text_digest)
        found["new" if had is None else "kept" if had == entry.split else "let_go" if had == TEST else "moved"] += 1
        if entry.split == TEST:
            found["held"] += had == TEST
            found["known"] += text in before.known
            found["used"] += text in before.used
    if not (before.split or before.known or before.used):
        return {}
    found["over"] = max(0, found["held"] - test_wanted)
    return {name: found[name] for name in ("kept", "moved", "new", "let_go", "over", "known", "used")}


def stratum_of(entry: GoldEntry, names: Sequence[str]) -> tuple[str, ...]:
    """The entry's values of the attributes that each split should mirror."""
    return tuple(str(entry.content["attributes"].get(name, "")) for name in names)


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


@dataclass(frozen=True)
class SplitPreview:
    """What the splits of a release would be."""

    dealt: Dealt
    holders: list[Release]  # that hold any of the items out

    @property
    def sentences(self) -> list[str]:
        return compared_sentences(self.dealt.earlier, self.dealt.splits["test"])


def preview_splits(in_round: Round, spec: FreezeSpec) -> SplitPreview:
    """How the settled items of a round would be dealt, as they read now; nothing is written."""
    tasks = in_round.tasks.real().filter(state=TaskState.SETTLED)
    names = ("item_id", "item__external_id", "item__text_digest", "item__attributes", "stratum")
    entries = [
        GoldEntry(item_id=item, external_id=key, text_digest=text, content={"attributes": attributes}, stratum=stratum)
        for item, key, text, attributes, stratum in tasks.order_by("pk").values_list(*names)
    ]
    dealt = deal_splits(entries, spec, in_round.project)
    holders = Release.objects.filter(pk__in=dealt.holders).select_related("golden_set").order_by("pk")
    return SplitPreview(dealt, list(holders) if dealt.holders else [])
