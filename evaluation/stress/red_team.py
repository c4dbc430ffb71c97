"""The red-team set of a suite: every item carries one injected text of the bank, and who is asked what is dealt first.

The deal is kept with the run: its texts depend on nothing else, and no label is demanded that gold has.
"""

import random
from collections.abc import Collection, Mapping, Sequence

from evaluation.llm.protocol import ItemText
from evaluation.stress.bank import BANK, CARRIERS, Injection
from evaluation.stress.injections import Case, injected, written

_BY_ID = {injection.id: injection for injection in BANK}


def deal(
    items: Sequence[str], labels: Sequence[str], seed: int, *, own: Mapping[str, Collection[str]]
) -> dict[str, list[str]]:
    """For each item (by external_id) the id of its injected text and the label that this demands, "" for none.

    However few items there are, the carriers come in equal numbers. No label is demanded that the item has in `own`.
    """
    draw = random.Random(f"{seed}/red_team")  # noqa: S311
    order = _mixed(draw)
    found = {}
    for place, item in enumerate(draw.sample(sorted(items), len(items))):
        free = [code for code in labels if code not in own.get(item, ())]
        usable = (order[(place + step) % len(order)] for step in range(len(order)))
        injection = next(one for one in usable if free or not one.needs_label)
        chance = random.Random(f"{seed}/red_team/{item}")  # noqa: S311
        found[item] = [injection.id, chance.choice(free) if injection.needs_label else ""]
    return found


def case_of(dealt: Sequence[str]) -> Case:
    """The case that was dealt to an item; KeyError if the bank has no such text."""
    injection, label = _BY_ID[dealt[0]], dealt[1]
    return Case(injection.id, injection.carrier, injection.aim, label, written(injection, label))


def attacked(item: ItemText, dealt: Sequence[str], seed: int) -> ItemText:
    """The item with the text that was dealt to it; one without any text stays as it is."""
    if not any(document.text.strip() for document in item.documents):
        return item
    return injected(item, case_of(dealt).text, random.Random(f"{seed}/{dealt[0]}/{item.external_id}"))  # noqa: S311


def _mixed(draw: random.Random) -> list[Injection]:
    """The bank in a drawn order, the carriers by turns."""
    piles = [draw.sample(pile, len(pile)) for pile in ([one for one in BANK if one.carrier == c] for c in CARRIERS)]
    longest = max(map(len, piles))
    return [pile[place] for place in range(longest) for pile in piles if place < len(pile)]
