"""bootstrap: a full report with BCa intervals, against resampling rows with scikit-learn.

Ours starts from sets of labels and gives all averages, the labels, the branches, hierarchical scores, Jaccard, exact
match, Hamming loss and kinds of errors, with intervals. The peer starts from its best input, sparse int8, and is only
asked for precision, recall and F1 of the averages and the labels: a few resamples are timed, in turn with ours, and
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
from sklearn.metrics import precision_recall_fscore_support

from evaluation.stats.matrices import indicator
from evaluation.stats.resampling import Plan
from evaluation.stats.scores import evaluate

ROUNDS = 5
TIMED = 2  # resamples of the peer in each round
AVERAGES = ("micro", "macro", "weighted", "samples", None)
SIZES = ((50_000, 200, 1_000), (1_000, 20, 10_000))  # items, labels, resamples


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Seconds of ours and of the peer for the same job, at each size."""
    sizes = ((2_000, 50, 1_000), (200, 20, 1_000)) if quick else SIZES
    return [_measure(*size) for size in sizes]


def _measure(items: int, labels: int, resamples: int) -> dict[str, Any]:
    draw = np.random.default_rng(1)
    codes = [f"c{place:03}" for place in range(labels)]
    parents = {code: codes[place - place % 10] if place % 10 else None for place, code in enumerate(codes)}
    gold = [frozenset(draw.choice(codes, size=draw.integers(0, 5), replace=False)) for _ in range(items)]
    noise = [frozenset(draw.choice(codes, size=draw.integers(0, 3), replace=False)) for _ in range(items)]
    predicted = [one if draw.random() < 0.6 else other for one, other in zip(gold, noise, strict=True)]
    true, guess = (sparse.csr_matrix(indicator(sets, codes), dtype=np.int8) for sets in (gold, predicted))

    def report() -> None:
        evaluate(gold=gold, predicted=predicted, codes=codes, parents=parents, plan=Plan(resamples)).as_dict()

    def resample() -> None:
        rows = draw.integers(0, items, items)
        one, other = true[rows], guess[rows]
        for average in AVERAGES:
            precision_recall_fscore_support(one, other, average=average, zero_division=0)

    ours, peer = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels without gold in a resample: we count them too, and say so
        for _ in range(ROUNDS):
            ours.append(_seconds(report))
            peer += [_seconds(resample) for _ in range(TIMED)]
    scaled = median(peer) * resamples
    return {
        "name": f"bootstrap {items:,} x {labels}",
        "ours": median(ours),
        "peer": scaled,
        "ratio": scaled / median(ours),
        "unit": "s",
        "n": resamples,
        "note": f"scikit-learn on resampled rows, {len(peer)} of {resamples:,} timed and scaled",
    }


def _seconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


if __name__ == "__main__":
    for measure in run():
        print(json.dumps(measure))
