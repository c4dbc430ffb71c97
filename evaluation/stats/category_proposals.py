"""Proposes a category for each error out of those that people have given: TF-IDF and logistic regression.

An error that people have judged gets its proposal from a model that has seen no error of its item (cross-fitting over
folds of items), so comparing the two is fair. All others get theirs from a model of everything that was judged.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.stats.error_clusters import Described, features
from evaluation.stats.intervals import wilson
from evaluation.stats.types import Estimate

FOLDS, LEAST = 5, 20


@dataclass(frozen=True)
class Proposed:
    """A category and how sure the model is of it, from 0 to 1."""

    category: str
    confidence: float


def propose(
    errors: Sequence[Described], items: Sequence[Hashable], judged: Mapping[int, str], *, seed: int
) -> list[Proposed | None]:
    """A proposal for each error, by place; None where a fold knows no two categories.

    `judged` is place -> category. ValueError with fewer than 20 judged errors, or with one category alone: from so
    little nothing can be learned.
    """
    if len(errors) != len(items):
        raise ValueError(f"{len(errors)} errors, but {len(items)} items")
    if len(judged) < LEAST or len(set(judged.values())) < 2:
        raise ValueError(f"needs at least {LEAST} judged errors in two categories")
    rows = features(errors)
    folds = _folds(items, seed)
    found: list[Proposed | None] = [None] * len(errors)
    places = sorted(judged)
    others = [place for place in range(len(errors)) if place not in judged]
    for fold in range(FOLDS):
        held = [place for place in places if folds[place] == fold]
        _fill(found, rows, [place for place in places if folds[place] != fold], held, judged)
    _fill(found, rows, places, others, judged)
    return found


def hit_rate(pairs: Sequence[tuple[str, str]]) -> Estimate:
    """Of (proposed, given) the share that are the same, with Wilson's interval."""
    return wilson(sum(1 for proposed, given in pairs if proposed == given), len(pairs))


def _folds(items: Sequence[Hashable], seed: int) -> list[int]:
    """A fold for each error: errors of one item share it."""
    distinct = list(dict.fromkeys(items))
    drawn = np.random.default_rng(seed).permutation(len(distinct)) % FOLDS
    of = {item: int(fold) for item, fold in zip(distinct, drawn, strict=True)}
    return [of[item] for item in items]


def _fill(
    found: list[Proposed | None], rows: Any, learn: Sequence[int], ask: Sequence[int], judged: Mapping[int, str]
) -> None:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 -- slow to load

    known = [judged[place] for place in learn]
    if not ask or len(Counter(known)) < 2:
        return
    model = LogisticRegression(C=4.0, max_iter=500).fit(rows[list(learn)], known)
    chances = model.predict_proba(rows[list(ask)])
    for place, row in zip(ask, chances, strict=True):
        best = int(np.argmax(row))
        found[place] = Proposed(str(model.classes_[best]), float(row[best]))
