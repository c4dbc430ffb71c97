"""The splits that items had in the releases before, in the whole project: by their text, or as the items they are."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from labeling.enums import Split
from labeling.models import GoldEntry, Project


@dataclass
class Earlier:
    """What earlier releases say of some texts."""

    split: dict[str, str] = field(default_factory=dict)  # in the newest release with it; not where that is retired
    known: set[str] = field(default_factory=set)  # in dev or fewshot of any release: their gold was read
    freed: set[str] = field(default_factory=set)  # ... where it is
    used: set[str] = field(default_factory=set)  # in a test split that was retired
    holders: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))  # releases with it in test


def earlier_splits(project: Project, entries: Collection[GoldEntry]) -> Earlier:
    """What releases before said of the entries' texts; one query, of five columns, however many releases there are.

    An item counts for the text it has now also where it had another then. Of two that a release has in different
    splits and that are one by now, the one that was held out says what becomes of both.
    """
    found = Earlier()
    texts = {entry.text_digest for entry in entries}
    text_of = {entry.item_id: entry.text_digest for entry in entries}
    newest: dict[str, int] = {}
    rows = GoldEntry.objects.filter(release__golden_set__project=project).order_by("release_id")
    names = ("item_id", "text_digest", "split", "release_id", "release__retirement")
    for item, text, split, release, retirement in rows.values_list(*names).iterator(chunk_size=5000):
        now = text_of.get(item, text)
        for key in (now, text) if now != text and text in texts else (now,) if now in texts else ():
            if split != Split.TEST:
                found.known.add(key)
            elif retirement is None:
                found.holders[key].add(release)
            else:
                found.used.add(key)
            if newest.get(key) == release and found.split.get(key) == Split.TEST:
                continue
            newest[key] = release
            found.split[key] = "" if split == Split.TEST and retirement is not None else split
    found.freed = {key for key, split in found.split.items() if not split}
    found.split = {key: split for key, split in found.split.items() if split}
    return found


def compared_sentences(earlier: Mapping[str, int], test: int) -> list[str]:
    """What became of the splits that entries had before; `earlier` is what a release counts, `test` its test items."""
    if not earlier:
        return []
    parts = [f"{earlier['kept']:,} entries keep the split they had in an earlier release"]
    parts += [f"{earlier['moved']:,} move to another"] if earlier["moved"] else []
    parts += [f"{earlier['new']:,} are new"] if earlier["new"] else []
    said = [", ".join(parts) + "."]
    if earlier["let_go"]:
        said.append(
            f"{earlier['let_go']:,} that were held out are so no longer: their test split is retired, or the "
            "guidelines or a training file show them."
        )
    if earlier["over"]:
        said.append(
            f"{earlier['over']:,} more than its share are in test: what an earlier release holds out stays held out."
        )
    return said + worth_sentences(earlier, test)


def worth_sentences(earlier: Mapping[str, int], test: int) -> list[str]:
    """What makes the items of a test split worth less than ones that nobody has seen."""
    said = []
    if known := earlier.get("known", 0):
        said.append(
            f"{known:,} of the {test:,} test items were in dev or fewshot before: prompts may have been tuned on them."
        )
    if used := earlier.get("used", 0):
        said.append(
            f"{used:,} of the {test:,} test items come from a retired test split, whose figures were looked at."
        )
    return said
