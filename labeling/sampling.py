"""Stratified samples: seeded, the same whatever order the items come in, with the weight each drawn item carries."""

import random
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)
ALLOCATIONS = ("proportional", "equal")


@dataclass(frozen=True)
class Stratum:
    """One group of the population: how many it has, was to give and gave. `weight` is population / picked."""

    values: tuple[str, ...]
    population: int
    wanted: int
    picked: int
    shortfall: int
    weight: float | None


@dataclass(frozen=True)
class Sample:
    """The drawn keys with their stratum and inclusion weight, and the table of strata."""

    picked: list[tuple[Any, tuple[str, ...], float]]
    table: list[Stratum]

    @property
    def shortfall(self) -> int:
        return sum(row.shortfall for row in self.table)


def stratified(
    items: Sequence[tuple[Any, tuple[str, ...]]], *, size: int, allocation: str = "proportional", seed: int = 0
) -> Sample:
    """Draw `size` of the (key, stratum) pairs, at most one a key; keys must be sortable and unique.

    Proportional: each stratum by its share, largest remainder (ties by name). Equal: as even as the strata allow;
    what a small stratum cannot give is asked of the others and reported as its shortfall. A stratum's items are
    drawn with equal chance, so an item's inclusion weight is its stratum's population over its picks (Cochran 1977,
    chapter 5).
    """
    if allocation not in ALLOCATIONS:
        raise ValueError(f"allocation is one of {', '.join(ALLOCATIONS)}, not {allocation!r}")
    if not 0 < size <= len(items):
        raise ValueError(f"size is between 1 and {len(items)}, not {size}")
    groups: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for key, stratum in items:
        groups[stratum].append(key)
    population = {stratum: len(groups[stratum]) for stratum in sorted(groups)}
    if allocation == "proportional":
        wanted = largest_remainder(population, size)
        taken = wanted
    else:
        wanted = largest_remainder(dict.fromkeys(population, 1), size)
        taken = _evenly(population, size)
    picked, table = [], []
    for stratum, number in population.items():
        take = taken[stratum]
        weight = number / take if take else None
        keys = sorted(groups[stratum])
        drawn = random.Random(f"{seed}\n{stratum!r}").sample(keys, take)  # noqa: S311 -- a sample, not a secret
        picked += [(key, stratum, number / take) for key in drawn]
        table.append(Stratum(stratum, number, wanted[stratum], take, max(0, wanted[stratum] - take), weight))
    return Sample(picked=sorted(picked, key=lambda entry: entry[0]), table=table)


def largest_remainder(weights: Mapping[K, float], total: int) -> dict[K, int]:
    """Split `total` into whole parts by weight (Hamilton's method); ties go to the key that comes first."""
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    parts = {key: int(share + 1e-9) for key, share in exact.items()}
    left = total - sum(parts.values())
    order = sorted(enumerate(weights), key=lambda pair: (-round(exact[pair[1]] - parts[pair[1]], 9), pair[0]))
    for _, key in order[:left]:
        parts[key] += 1
    return parts


def _evenly(population: Mapping[tuple[str, ...], int], size: int) -> dict[tuple[str, ...], int]:
    """Fill all strata to one level; those too small give all they have."""
    taken = dict.fromkeys(population, 0)
    left = size
    while left:
        room = [stratum for stratum in population if taken[stratum] < population[stratum]]
        shares = largest_remainder(dict.fromkeys(room, 1), left)
        for stratum in room:
            take = min(shares[stratum], population[stratum] - taken[stratum])
            taken[stratum] += take
            left -= take
    return taken
