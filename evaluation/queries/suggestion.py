"""Who is likely right about labels in dispute, by who was right elsewhere in the round: a suggestion, no decision."""

from dataclasses import dataclass

from evaluation.queries.ratings import ratings_of
from evaluation.stats.dawid_skene import consensus
from labeling.models import Label, Task

LEAST = 20  # items with two ratings or more in the round; with fewer nobody is known well enough


@dataclass(frozen=True)
class Suggested:
    """One label in dispute: how likely it applies, and how many answers say so here."""

    name: str
    chance: float | None
    said_yes: int
    answers: int


@dataclass(frozen=True)
class Suggestion:
    """All labels in dispute, or why there is nothing to say."""

    labels: list[Suggested]
    items: int
    reason: str = ""


def suggestion(task: Task) -> Suggestion:
    """By Dawid and Skene's model, a label at a time, over the counted answers of the round, this task's among them.

    Three queries. Nobody is named: what comes out is a chance for each label that some chose and others did not.
    """
    ratings = ratings_of(task.round)
    here = [labels for item, _, labels in ratings if item == task.item.external_id]
    disputed = sorted(frozenset[str]().union(*here) - frozenset.intersection(*here)) if here else []
    rated: dict[str, int] = {}
    for item, _, _ in ratings:
        rated[item] = rated.get(item, 0) + 1
    known = sum(number >= 2 for number in rated.values())
    if not disputed:
        return Suggestion([], known, "The answers to this item do not differ.")
    if known < LEAST:
        return Suggestion(
            [], known, f"Only {known} items of this round have two answers; {LEAST} are needed to judge by."
        )
    names = dict(
        Label.objects.filter(version=task.round.taxonomy_version, code__in=disputed).values_list("code", "name")
    )
    found = []
    for code in disputed:
        all_say = consensus((item, rater, code in labels) for item, rater, labels in ratings if rated[item] >= 2)
        chance = dict(zip(all_say.items, all_say.probability, strict=False)).get(task.item.external_id)
        yes = sum(code in labels for labels in here)
        found.append(Suggested(names.get(code, code), chance, yes, len(here)))
    return Suggestion(found, known)
