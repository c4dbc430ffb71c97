"""The answers of two runs to the same items, beside gold."""

from dataclasses import dataclass

from evaluation.models import Run
from evaluation.queries.pairing import Paired, pair, without
from labeling.models import Release
from labeling.queries.golden import Gold
from reviewapp.common.errors import Refused


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
    to = None
    if run_a.taxonomy_version_id != run_b.taxonomy_version_id:
        to = max((run_a.taxonomy_version, run_b.taxonomy_version), key=lambda one: one.number)
    a, b = pair(run_a, release, split, to=to), pair(run_b, release, split, to=to)
    one_sided = (a.taxonomy_change is None) != (b.taxonomy_change is None)
    if to and one_sided and to.number > release.taxonomy_version.number:
        raise Refused(
            "The runs are of different taxonomy versions, and nobody recorded what became of the labels between them. "
            "Compare runs of one version."
        )
    a, b = without(a, b.apart), without(b, a.apart)
    known = {entry.item_id: place for place, entry in enumerate(b.gold)}
    places = [(place, known[entry.item_id]) for place, entry in enumerate(a.gold) if entry.item_id in known]
    return Both(a, b, places)
