"""What of a held-out split is too few items to show, or could be subtracted down to too few (DECISIONS 19)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SMALLEST_CELL = 20
FEW = f"hidden: under {SMALLEST_CELL} items, or would give such a figure away"


def hidden_values(sizes: Mapping[str, int]) -> frozenset[str]:
    """Of parts that make up a whole those to hide: those under 20 items, and any that they could be subtracted from."""
    hidden: set[str] = set()
    left = 0
    for value, n in sorted(sizes.items(), key=lambda pair: (pair[1], pair[0])):
        if n < SMALLEST_CELL or 0 < left < SMALLEST_CELL:
            hidden.add(value)
            left += n
    return frozenset(hidden)


def hidden_estimate(n: int | None = None) -> dict[str, Any]:
    """A figure that is there but not shown."""
    return {"value": None, "low": None, "high": None, "n": n, "reason": FEW}


def kept_cuts(counts: Sequence[tuple[int, ...]], order: Iterable[int]) -> set[int]:
    """Of figures that each count all from some cut on, those that may stand beside each other.

    Two of them differ by what lies between their cuts: by nothing or by at least 20, in each of their counts. Earlier
    ones in `order` go first.
    """
    kept: set[int] = set()
    beside = [tuple(0 for _ in one) for one in counts[:1]]
    for place in order:
        if all(_is_apart(counts[place], other) for other in beside):
            kept.add(place)
            beside.append(counts[place])
    return kept


def _is_apart(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(a == b or abs(a - b) >= SMALLEST_CELL for a, b in zip(one, other, strict=True))


def few_labels(labels: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """The labels whose counts would tell of few items.

    A label that is predicted for one item tells the gold of that item, and a run may do so with each of many labels.
    Nothing is told by a label that is not in gold, or that is not predicted.
    """
    sizes = {
        code: (one["support"], one["tp"] + one["fp"])
        for code, one in labels.items()
        if one["support"] and one["tp"] + one["fp"]
    }
    hidden = {code for code, pair in sizes.items() if min(pair) < SMALLEST_CELL}
    for code in sorted(sizes.keys() - hidden, key=lambda code: (min(sizes[code]), code)):
        if not hidden or min(sum(sizes[one][side] for one in hidden) for side in (0, 1)) >= SMALLEST_CELL:
            break
        hidden.add(code)
    return frozenset(hidden)
