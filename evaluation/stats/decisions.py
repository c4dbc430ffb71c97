"""What a run was sure of: its predicted labels with their stated confidences, each right or wrong.

A stated confidence is whatever the model wrote, between 0 and 1. Nothing here takes it for a probability.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from evaluation.stats.resampling import Floats, Places


@dataclass(frozen=True, eq=False)
class Decisions:
    """Predicted labels with a stated confidence, in order of items and then of codes."""

    items: int  # all of them, also those without any
    item: Places  # the item of each
    confidence: Floats
    right: Floats  # 1 where gold has the label, else 0
    label: NDArray[np.str_]
    gold: int  # gold labels of all items
    unstated: int  # predicted labels without a usable confidence

    @property
    def count(self) -> int:
        return len(self.item)

    def of(self, chosen: NDArray[np.bool_]) -> "Decisions":
        """Some of them; items and gold stay as they are."""
        return Decisions(
            self.items,
            self.item[chosen],
            self.confidence[chosen],
            self.right[chosen],
            self.label[chosen],
            self.gold,
            self.unstated,
        )


def decisions(*, gold: Sequence[frozenset[str]], confidences: Sequence[Mapping[str, float | None] | None]) -> Decisions:
    """From gold and what was predicted of each item, code -> confidence; None: no answer.

    A confidence that is missing, not finite or outside 0 to 1 counts as unstated. ValueError if lengths differ.
    """
    if len(gold) != len(confidences):
        raise ValueError(f"{len(gold)} gold sets, but {len(confidences)} predictions")
    rows = [
        (place, code, said) for place, answer in enumerate(confidences) for code, said in sorted((answer or {}).items())
    ]
    stated = [(place, code, float(said)) for place, code, said in rows if said is not None and is_stated(said)]
    return Decisions(
        items=len(gold),
        item=np.array([place for place, _, _ in stated], dtype=np.intp),
        confidence=np.array([said for _, _, said in stated], dtype=np.float64),
        right=np.array([float(code in gold[place]) for place, code, _ in stated], dtype=np.float64),
        label=np.array([code for _, code, _ in stated], dtype=str),
        gold=sum(len(labels) for labels in gold),
        unstated=len(rows) - len(stated),
    )


def is_stated(said: float | None) -> bool:
    return said is not None and isfinite(said) and 0 <= said <= 1
