"""paired: 10,000 paired resamples of the difference in macro F1, and as many swaps, against scikit-learn.

Ours starts from sets of labels and ends with the interval of the difference (or its p). The peer starts from its best
input, sparse int8, resamples (or swaps) rows and asks `f1_score` of both runs: a few are timed, in turn with ours, and
scaled.
"""

import json
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.metrics import f1_score

from evaluation.stats.intervals import Plan, estimate
from evaluation.stats.matrices import indicator
from evaluation.stats.paired import answers, influences

ROUNDS = 5
TIMED = 10  # resamples of the peer in each round
SIZE = (1_000, 120, 10_000)  # items, labels, resamples


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Seconds of ours and of the peer for both jobs."""
    items, labels, resamples = (200, 20, 1_000) if quick else SIZE
    draw = np.random.default_rng(1)
    codes = [f"c{place:03}" for place in range(labels)]
    gold, a, b = _sets(draw, codes, items)
    true, one, other = (sparse.csr_matrix(indicator(sets, codes), dtype=np.int8) for sets in (gold, a, b))

    def interval() -> None:
        both = answers(gold, a, b, codes)
        point, drawn = both.point(), both.resampled(Plan(resamples))
        value, repeated = (pair[1].measures["macro_f1"] - pair[0].measures["macro_f1"] for pair in (point, drawn))
        moved = influences(both, point).difference("macro_f1")
        estimate(float(value[0]), repeated, n=items, reason="", influence=moved)

    def chance() -> None:
        one, other = answers(gold, a, b, codes).swapped(swaps=resamples, seed=1)
        np.abs(other.measures["macro_f1"] - one.measures["macro_f1"])

    def resample() -> None:
        rows = draw.integers(0, items, items)
        for said in (one, other):
            f1_score(true[rows], said[rows], average="macro", zero_division=np.nan)

    def swap() -> None:
        coins = sparse.diags(draw.integers(0, 2, items).astype(np.int8))
        moved = (coins @ (other - one)).astype(np.int8)
        for said in (one + moved, other - moved):
            f1_score(true, said, average="macro", zero_division=np.nan)

    peer = "scikit-learn f1_score of both runs"
    return [
        _measure(f"paired {items:,} x {labels}", interval, resample, resamples, f"{peer} on resampled rows"),
        _measure(f"swaps {items:,} x {labels}", chance, swap, resamples, f"{peer} on swapped rows"),
    ]


def _sets(draw: np.random.Generator, codes: list[str], items: int) -> tuple[list[frozenset[str]], ...]:
    gold, *noise = (
        [frozenset(draw.choice(codes, size=draw.integers(0, 5), replace=False)) for _ in range(items)] for _ in range(3)
    )
    runs = ([one if draw.random() < 0.6 else made for one, made in zip(gold, other, strict=True)] for other in noise)
    return (gold, *runs)


def _measure(
    name: str, ours: Callable[[], None], peer: Callable[[], None], resamples: int, note: str
) -> dict[str, Any]:
    mine: list[float] = []
    theirs: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels without gold in a resample
        for _ in range(ROUNDS):
            mine.append(_seconds(ours))
            theirs += [_seconds(peer) for _ in range(TIMED)]
    scaled = median(theirs) * resamples
    return {
        "name": name,
        "ours": median(mine),
        "peer": scaled,
        "ratio": scaled / median(mine),
        "unit": "s",
        "n": resamples,
        "note": f"{note}, {len(theirs)} of {resamples:,} timed and scaled",
    }


def _seconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
