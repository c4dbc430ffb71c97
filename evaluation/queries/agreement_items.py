"""The items and ratings behind one mark of the agreement page."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.queries.rated import Rated, attributes_of_items, groups_of_raters, moments, rated_in
from evaluation.queries.ratings import numbers_of_raters
from evaluation.stats.rated_units import rated_units
from evaluation.stats.set_closeness import mean_distances
from labeling.models import Item, Label, Project, Round, User
from labeling.visibility import may_see_names

LISTED = 200
WANTED = ("label", "one", "other", "attribute", "value", "moment")


@dataclass(frozen=True)
class Behind:
    """One item: its ratings by rater, and how far apart they are."""

    item: Item
    ratings: tuple[tuple[str, tuple[str, ...]], ...]
    distance: float


@dataclass(frozen=True)
class BehindMark:
    """What a mark stands on: a sentence, its items with the most disputed first, and how many there are."""

    sentence: str
    items: list[Behind]
    total: int


def names_for(user: User, project: Project, rated: list[Rated]) -> dict[str, str]:
    """What each rater is called to this person: a name, or a number for those who may not know it."""
    numbers = numbers_of_raters([one.rating for one in rated])
    if not may_see_names(user, project):
        return numbers
    members = User.objects.filter(public_id__in=numbers)
    return numbers | {str(member.public_id): str(member) for member in members}


def chosen_ratings(in_round: Round, rated: list[Rated], wanted: Mapping[str, str]) -> tuple[str, list[Rated]]:
    """The ratings a mark stands on, and what the mark is of; raters are asked for by number."""
    by_item: dict[str, dict[str, Rated]] = defaultdict(dict)
    for one in rated:
        by_item[one.item][one.rater] = one
    kept = [one for one in rated if len(by_item[one.item]) > 1]
    if code := wanted.get("label"):
        apart = {item for item, said in by_item.items() if len({code in one.labels for one in said.values()}) > 1}
        return "label", [one for one in kept if one.item in apart]
    if wanted.get("one"):
        raters = {number: rater for rater, number in numbers_of_raters([one.rating for one in rated]).items()}
        pair = {raters.get(f"Rater {wanted.get(side, '')}", "") for side in ("one", "other")}
        return "pair", [one for one in kept if one.rater in pair and pair <= by_item[one.item].keys()]
    if name := wanted.get("attribute"):
        values = attributes_of_items(in_round)
        return "slice", [one for one in kept if values.get(one.item, {}).get(name) == wanted.get("value", "")]
    if moment := wanted.get("moment"):
        when = moments(rated)[1]
        return "moment", [one for one in kept if when[one.item] == moment]
    return "all", kept


def behind_mark(in_round: Round, user: User, wanted: Mapping[str, str]) -> BehindMark:
    """The items behind a mark, for a person who may see the agreement of the round."""
    rated = rated_in(in_round)
    names = names_for(user, in_round.project, rated)
    kind, kept = chosen_ratings(in_round, rated, wanted)
    labels = dict(Label.objects.filter(version=in_round.taxonomy_version).values_list("code", "name"))
    units = rated_units([one.rating for one in kept], list(labels))
    distance = dict(zip(units.names, mean_distances(units)["masi"].tolist(), strict=True))
    order = sorted(distance, key=lambda item: (-distance[item], item))[:LISTED]
    items = {one.external_id: one for one in Item.objects.filter(project=in_round.project_id, external_id__in=order)}
    said: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for one in kept:
        said[one.item].append((names[one.rater], tuple(labels[code] for code in labels if code in one.labels)))
    sentences = {
        "label": f"Items on which raters differ about “{labels.get(wanted.get('label', ''), wanted.get('label', ''))}”",
        "pair": "Items that both of two raters rated",
        "slice": f"Items with {wanted.get('attribute', '')} “{wanted.get('value', '') or 'blank'}”",
        "moment": f"Items whose last rating was in the time from {wanted.get('moment', '')}",
        "all": "All items with two or more ratings",
    }
    found = [Behind(items[item], tuple(sorted(said[item])), distance[item]) for item in order if item in items]
    return BehindMark(sentences[kind], found, len(distance))


def item_table(in_round: Round, user: User, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """The exact ratings behind a number, one a row: item, rater, labels, day; with groups for who may see names."""
    rated = rated_in(in_round)
    names = names_for(user, in_round.project, rated)
    groups = groups_of_raters(in_round) if may_see_names(user, in_round.project) else {}
    _, kept = chosen_ratings(in_round, rated, wanted)
    return [
        {
            "item": one.item,
            "rater": names[one.rater],
            **({"group": groups.get(one.rater, "")} if groups else {}),
            "labels": ";".join(sorted(one.labels)),
            "submitted_on": one.submitted_at.date().isoformat(),
        }
        for one in kept
    ]
