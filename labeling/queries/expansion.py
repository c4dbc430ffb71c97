"""Fresh items for gold: most drawn by lot within strata, a share because gold has nothing like them."""

import re
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db.models import QuerySet

from labeling.enums import Purpose, RoundState, Stratum
from labeling.models import Document, ExpansionPlan, GoldEntry, Item, Project, Task
from labeling.novelty import most_novel
from labeling.queries.upkeep_items import newest_releases
from labeling.sampling import stratified
from reviewapp.common.errors import Refused

MOST_READ = 20_000  # texts that are held against gold
MOST_GOLD = 5_000


@dataclass(frozen=True)
class Planned:
    """The chosen items, each with why, and what the pool held."""

    chosen: list[dict[str, Any]]
    counts: dict[str, int]


def fresh_items(project: Project) -> QuerySet[Item]:
    """Items that are in no round and in no release, and whose text is not either."""
    tasks = Task.objects.filter(round__project=project).exclude(round__state=RoundState.CANCELLED)
    tasks = tasks.exclude(round__purpose=Purpose.TRAINING)
    gold = GoldEntry.objects.filter(release__golden_set__project=project)
    fresh = (
        Item.objects.filter(project=project).exclude(pk__in=tasks.values("item")).exclude(pk__in=gold.values("item"))
    )
    return fresh.exclude(text_digest__in=gold.values("text_digest"))


def plan(*, project: Project, size: int, by: list[str], novelty_share: float, seed: int) -> Planned:
    """Choose, without writing anything. The lot comes first and from all fresh items, so its weights hold."""
    rows = fresh_items(project).order_by("external_id").values_list("pk", "external_id", "attributes", "text_digest")
    keys: dict[int, tuple[str, tuple[str, ...]]] = {}
    seen: set[str] = set()
    copies = 0
    for pk, key, attributes, text in rows.iterator(chunk_size=5000):
        if text in seen:
            copies += 1
            continue
        seen.add(text)
        keys[pk] = (key, tuple(str(attributes.get(name, "")) for name in by))
    if not keys:
        raise Refused("Every item is in a round or a release already. Import fresh items first.")
    if size > len(keys):
        raise Refused(f"{len(keys)} items are fresh, fewer than the {size} asked for.")
    unlike = round(size * novelty_share)
    chosen: list[dict[str, Any]] = []
    if size > unlike:
        sample = stratified(
            [((key, pk), stratum) for pk, (key, stratum) in keys.items()], size=size - unlike, seed=seed
        )
        chosen += [
            {
                "item": pk, "is_novel": False, "weight": weight, "stratum": " · ".join(stratum), "distance": None,
                "why": "by lot" + (f" among {' · '.join(stratum)}" if any(stratum) else ""),
            }
            for (_, pk), stratum, weight in sample.picked
        ]  # fmt: skip
    drawn = {row["item"] for row in chosen}
    rest = [pk for pk in keys if pk not in drawn]
    read = rest if len(rest) <= MOST_READ else sorted(Random(seed).sample(rest, MOST_READ))  # noqa: S311 -- a draw
    gold = _gold_texts(project)
    texts = _texts(read) if unlike else {}
    novel = most_novel([texts.get(pk, "") for pk in read], gold=gold, size=unlike) if unlike else []
    for one in novel:
        words = ", ".join(f"“{word}”" for word in one.words)
        chosen.append(
            {
                "item": read[one.place], "is_novel": True, "weight": 1.0, "stratum": Stratum.NOVEL.value,
                "distance": one.distance, "why": f"unlike gold: {words}",
            }
        )  # fmt: skip
    counts = {
        "fresh": len(keys), "copies": copies, "chosen": len(chosen), "by_lot": len(drawn), "novel": len(novel),
        "wanted_novel": unlike, "read": len(read) if unlike else 0, "gold": len(gold),
    }  # fmt: skip
    return Planned(chosen, counts)


def _texts(items: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(items), 500):
        documents = Document.objects.filter(item__in=items[start : start + 500]).order_by("item_id", "position")
        for item, name, text in documents.values_list("item_id", "item__name", "text"):
            found[item] = f"{found.get(item, '')}\n{_unnamed(text, name)}"[:10_000]
    return found


def _unnamed(text: str, name: str) -> str:
    """The text without the words of the item's name: every name is new, and none says what is sold."""
    words = [re.escape(word) for word in name.split() if len(word) > 2]
    return re.sub(rf"\b(?:{'|'.join(words)})\b", " ", text, flags=re.IGNORECASE) if words else text


def _gold_texts(project: Project) -> list[str]:
    """What gold has by now, from the newest release of each set."""
    entries = GoldEntry.objects.filter(release__in=newest_releases(project)).order_by("pk")
    contents = entries.values_list("content", flat=True)[:MOST_GOLD]
    return [
        _unnamed("\n".join(one["text"] for one in content["documents"]), content["name"])
        for content in contents.iterator(chunk_size=500)
    ]


@dataclass(frozen=True)
class ChosenRow:
    item: Item
    is_novel: bool
    distance: float | None
    weight: float
    why: str


def shown(found: ExpansionPlan, *, start: int, limit: int) -> list[ChosenRow]:
    """A page of the chosen items, the novel ones first."""
    rows = sorted(found.chosen, key=lambda row: (not row["is_novel"], -(row["distance"] or 0)))[start : start + limit]
    items = Item.objects.in_bulk([row["item"] for row in rows])
    return [ChosenRow(items[row["item"]], row["is_novel"], row["distance"], row["weight"], row["why"]) for row in rows]
