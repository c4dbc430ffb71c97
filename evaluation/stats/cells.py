"""Which items are in which slice: by one property, and by two crossed; many values pooled into few."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

MOST_VALUES = 30
OTHER = "other values"
SMALLER = "smaller values together"
FAMILIES = ("declared", "derived", "crossed")
Value = TypeVar("Value", str, tuple[str, str])


@dataclass(frozen=True, eq=False)
class Cell:
    """The items with one value of a property, or with one value each of two."""

    family: str  # declared beforehand, derived from the text, or crossed
    by: tuple[str, ...]
    value: tuple[str, ...]
    members: NDArray[np.intp]  # places of its items, in order

    @property
    def n(self) -> int:
        return len(self.members)


def pooled(values: Sequence[str], *, most: int = MOST_VALUES) -> tuple[list[str], int]:
    """The values with all but the `most` largest called "other values", and how many those are; ties by name."""
    counts: dict[str, int] = defaultdict(int)
    for value in values:
        counts[value] += 1
    if len(counts) <= most:
        return list(values), 0
    kept = {value for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]}
    return [value if value in kept else OTHER for value in values], len(counts) - len(kept)


def cells_of(
    declared: Mapping[str, Sequence[str]], derived: Mapping[str, Sequence[str]], *, crossed: bool = True
) -> list[Cell]:
    """A cell for each value of each property, and for each pair of values of two properties that have items."""
    found = [
        Cell(family, (name,), (value,), places)
        for family, properties in (("declared", declared), ("derived", derived))
        for name, values in properties.items()
        for value, places in _places(values).items()
    ]
    if not crossed:
        return found
    both = {**derived, **declared}
    for one, other in combinations([*declared, *(name for name in derived if name not in declared)], 2):
        together = _places(list(zip(both[one], both[other], strict=True)))
        found += [Cell("crossed", (one, other), value, places) for value, places in together.items()]
    return found


def smaller_together(found: Sequence[Cell], *, smallest: int) -> list[Cell]:
    """Of each property the values that are too small for figures, as one cell where together they are large enough."""
    small: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in found:
        if cell.n < smallest and len(cell.by) == 1:
            small[cell.family, cell.by[0]].append(cell)
    return [
        Cell(family, (name,), (SMALLER,), np.sort(np.concatenate([one.members for one in cells])))
        for (family, name), cells in small.items()
        if len(cells) > 1 and sum(one.n for one in cells) >= smallest
    ]


def _places(values: Sequence[Value]) -> dict[Value, NDArray[np.intp]]:
    members: dict[Value, list[int]] = defaultdict(list)
    for place, value in enumerate(values):
        members[value].append(place)
    return {value: np.array(members[value], dtype=np.intp) for value in sorted(members)}
