"""The answers of two runs to the same items, beside gold."""

from dataclasses import dataclass

from evaluation.models import Run
from evaluation.queries.pairing import Paired, pair
from labeling.models import Release
from labeling.queries.golden import Gold


@dataclass(frozen=True)
class Both:
    """What two runs said of the items that neither learned from."""

    a: Paired
    b: Paired
    places: list[tuple[int, int]]  # where such an item is in each

    @property
    def gold(self) -> list[Gold]:
        return [self.a.gold[place] for place, _ in self.places]

    @property
    def said(self) -> tuple[list[frozenset[str] | None], list[frozenset[str] | None]]:
        one, other = self.a.predicted, self.b.predicted
        return [one[place] for place, _ in self.places], [other[place] for _, place in self.places]

    @property
    def codes(self) -> list[str]:
        return list({**self.a.parents, **self.b.parents})

    @property
    def slices(self) -> dict[str, list[str]]:
        """Each item's value of each attribute that the project slices by."""
        gold = self.gold
        return {name: [str(one.attributes.get(name, "")) for one in gold] for name in self.a.run.project.slices}


def both_of(run_a: Run, run_b: Run, release: Release, split: str) -> Both:
    a, b = pair(run_a, release, split), pair(run_b, release, split)
    known = {entry.item_id: place for place, entry in enumerate(b.gold)}
    places = [(place, known[entry.item_id]) for place, entry in enumerate(a.gold) if entry.item_id in known]
    return Both(a, b, places)
