"""How the items of a release are to be resampled: by what is known of how they were drawn."""

from collections.abc import Hashable, Sequence

import numpy as np

from evaluation.analyses.asked import Resampling
from evaluation.stats.resampling import Plan
from labeling.digest import text_digest
from labeling.queries.golden import Gold

NO_TEXT = frozenset((text_digest([]), text_digest([""])))  # items without a text are not copies of each other


def plan_for(gold: Sequence[Gold], resampling: Resampling) -> Plan:
    """Within the strata that gold was sampled by, equal texts together, weighted where weights differ.

    With `resampling.clusters` items with one value of that attribute are drawn together too; a blank value is nobody's.
    """
    strata = [entry.stratum for entry in gold]
    clusters = _clusters(gold, resampling.clusters)
    weights = np.array([entry.weight for entry in gold], dtype=np.float64)
    return Plan(
        resampling.resamples,
        resampling.seed,
        resampling.method,
        strata=strata if len(set(strata)) > 1 else None,
        clusters=clusters if len(set(clusters)) < len(clusters) else None,
        weights=weights if len(weights) and np.ptp(weights) > 0 else None,
    )


def _clusters(gold: Sequence[Gold], attribute: str) -> list[Hashable]:
    """The cluster of each item: those that share a text or a value are joined, also over others."""
    first: dict[Hashable, int] = {}
    root = list(range(len(gold)))

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    for place, entry in enumerate(gold):
        value = str(entry.attributes.get(attribute, "")) if attribute else ""
        keys = [("text", entry.text_digest)] if entry.text_digest not in NO_TEXT else []
        for key in keys + ([("value", value)] if value else []):
            one, other = find(first.setdefault(key, place)), find(place)
            root[max(one, other)] = min(one, other)
    return [find(place) for place in range(len(gold))]
