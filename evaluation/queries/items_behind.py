"""The items of a dev split behind a number, a page at a time, with what was quoted for each label."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evaluation.analyses import kind_called
from evaluation.models import Evaluation
from evaluation.queries.pairing import Paired, pair
from evaluation.stats.errors import ItemErrors, item_errors
from evaluation.stats.hierarchy import line
from labeling.enums import Split
from labeling.models import GoldEntry, Item

QUOTE = 240  # characters of a quote


@dataclass(frozen=True)
class ItemRow:
    """One item behind a number: what gold says, what the run said, and what kind of errors lie between."""

    item: Item
    gold: list[str]
    predicted: list[str] | None
    errors: ItemErrors
    quotes: dict[str, str] = field(default_factory=dict)  # of the run, by label
    evidence: dict[str, str] = field(default_factory=dict)  # of gold, by label

    @property
    def hits(self) -> list[str]:
        return [code for code in self.gold if code in (self.predicted or ())]

    @property
    def quoted(self) -> list[tuple[str, str, str]]:
        """(label, who quoted, what), gold first."""
        return [(code, "gold", text) for code, text in self.evidence.items()] + [
            (code, "run", text) for code, text in self.quotes.items()
        ]


@dataclass(frozen=True)
class Wanted:
    """Which items: a kind of KINDS, of one label or one branch, of one value of an attribute."""

    kind: str = ""
    code: str = ""
    branch: str = ""
    attribute: str = ""
    value: str = ""


@dataclass(frozen=True)
class ItemPage:
    """A page of items, how many there are in all, and the place to go on after; None: this was the last page."""

    rows: list[ItemRow]
    total: int
    next: int | None = None
    said: str = ""  # what the items have in common


KINDS = {
    "": "all",
    "wrong": "with any error",
    "wrong_for": "predicted or in gold, but not both",
    "fp": "predicted, but not in gold",
    "fn": "in gold, but not predicted",
    "tp": "in gold and predicted",
    "omission": "with a label left out",
    "hallucination": "with a label made up",
    "wrong_label": "with one label in the place of another",
    "unanswered": "without an answer",
}
Labels = frozenset[str]


def items_behind(evaluation: Evaluation, wanted: Wanted, *, after: int = -1, limit: int = 50) -> ItemPage:
    """The items that a number counts, in the order of gold, after a place in it; nothing of a held-out split.

    Gold is frozen, so a place stays where it is.
    """
    if evaluation.split != Split.DEV:
        return ItemPage([], 0)
    paired = pair(evaluation.run, evaluation.release, evaluation.split)
    inside = _codes(paired, wanted)
    places = [place for place in range(len(paired.gold)) if _counts(paired, place, wanted, inside)]
    return _page(evaluation, paired, places, after=after, limit=limit, said=KINDS.get(wanted.kind, "all"))


def members_of(
    evaluation: Evaluation, *, kind: str, wanted: Mapping[str, str], after: int = -1, limit: int = 50
) -> ItemPage:
    """The items of a dev split behind a mark of an analysis."""
    members = getattr(kind_called(kind), "members", None)
    if evaluation.split != Split.DEV or members is None:
        return ItemPage([], 0)
    paired = pair(evaluation.run, evaluation.release, evaluation.split, with_texts=True)
    said, places = members(paired, wanted)
    return _page(evaluation, paired, sorted(places), after=after, limit=limit, said=said)


def _page(evaluation: Evaluation, paired: Paired, places: list[int], *, after: int, limit: int, said: str) -> ItemPage:
    left = [place for place in places if place > after]
    chosen = left[:limit]
    ids = [paired.gold[place].item_id for place in chosen]
    items = Item.objects.in_bulk(ids)
    entries = GoldEntry.objects.filter(release=evaluation.release, split=evaluation.split, item_id__in=ids)
    evidence = {
        pk: {one["code"]: _clipped(one["text"]) for one in found if one.get("code") and one.get("text")}
        for pk, found in entries.values_list("item_id", "evidence")
    }
    rows = []
    for place in chosen:
        entry, answer = paired.gold[place], paired.said[place]
        labels = frozenset[str]() if answer is None else answer.labels
        rows.append(
            ItemRow(
                item=items[entry.item_id],
                gold=sorted(entry.labels),
                predicted=None if answer is None else sorted(labels),
                errors=item_errors(entry.labels, labels, paired.parents),
                quotes={code: _clipped(text) for code, text in answer.quotes.items()} if answer else {},
                evidence=evidence.get(entry.item_id, {}),
            )
        )
    return ItemPage(rows, len(places), chosen[-1] if len(left) > limit else None, said)


def _clipped(text: str) -> str:
    return text if len(text) <= QUOTE else text[: QUOTE - 1] + "…"


def _codes(paired: Paired, wanted: Wanted) -> Labels | None:
    """The labels that are looked at; None: all."""
    if wanted.code:
        return frozenset([wanted.code])
    if wanted.branch:
        return frozenset(code for code in paired.codes if line(code, paired.parents)[-1] == wanted.branch)
    return None


def _counts(paired: Paired, place: int, wanted: Wanted, inside: Labels | None) -> bool:
    entry, answer = paired.gold[place], paired.said[place]
    if wanted.attribute and str(entry.attributes.get(wanted.attribute, "")) != wanted.value:
        return False
    if wanted.kind == "unanswered":
        return answer is None
    gold, said = entry.labels, frozenset[str]() if answer is None else answer.labels
    if wanted.kind in _BY_PAIRING:
        return _BY_PAIRING[wanted.kind](item_errors(gold, said, paired.parents), inside)
    if inside is not None:
        gold, said = gold & inside, said & inside
    if by_sets := _BY_SETS.get(wanted.kind):
        return by_sets(gold, said)
    return inside is None or bool(gold | said)


_BY_SETS: dict[str, Callable[[Labels, Labels], bool]] = {
    "tp": lambda gold, said: bool(gold & said),
    "fp": lambda gold, said: bool(said - gold),
    "fn": lambda gold, said: bool(gold - said),
    "wrong": lambda gold, said: gold != said,
    "wrong_for": lambda gold, said: gold != said,
}
_BY_PAIRING: dict[str, Callable[[ItemErrors, Labels | None], bool]] = {
    "omission": lambda found, inside: _any(found.omissions, inside),
    "hallucination": lambda found, inside: _any(found.hallucinations, inside),
    "wrong_label": lambda found, inside: any(_any(pair[:2], inside) for pair in found.wrong),
}


def _any(codes: tuple[str, ...], inside: Labels | None) -> bool:
    return bool(codes) if inside is None else not inside.isdisjoint(codes)
