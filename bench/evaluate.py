"""evaluate: all averages, per label, with 1,000 bootstrap resamples, against resampling rows with scikit-learn.

Ours starts from sets of labels and gives intervals, exact match, Hamming loss and kinds of errors too. The peer starts
from its best input, sparse int8, and is only asked for the averages and the labels: a few resamples are timed, in turn
with ours, and scaled to 1,000.
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
from evaluation.stats.scores import evaluate

ROUNDS = 5
TIMED = 2  # resamples of the peer in each round
RESAMPLES = 1_000
AVERAGES = ("micro", "macro", "weighted", "samples", None)


def run(quick: bool = False) -> list[dict[str, Any]]:
    """One measure: seconds of ours and of the peer for the same job."""
    items, labels = (2_000, 50) if quick else (50_000, 200)
    draw = np.random.default_rng(1)
    codes = [f"c{place:03}" for place in range(labels)]
    gold = [frozenset(draw.choice(codes, size=draw.integers(0, 5), replace=False)) for _ in range(items)]
    noise = [frozenset(draw.choice(codes, size=draw.integers(0, 3), replace=False)) for _ in range(items)]
    predicted = [one if draw.random() < 0.6 else other for one, other in zip(gold, noise, strict=True)]
    true, guess = (sparse.csr_matrix(indicator(sets, codes), dtype=np.int8) for sets in (gold, predicted))

    def resample() -> None:
        rows = draw.integers(0, items, items)
        one, other = true[rows], guess[rows]
        for average in AVERAGES:
            precision_recall_fscore_support(one, other, average=average, zero_division=0)

    ours, peer = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels without gold in a resample: we count them too, and say so
        for _ in range(ROUNDS):
            ours.append(_seconds(lambda: evaluate(gold=gold, predicted=predicted, codes=codes, resamples=RESAMPLES)))
            peer += [_seconds(resample) for _ in range(TIMED)]
    scaled = median(peer) * RESAMPLES
    return [
        {
            "name": "evaluate",
            "ours": median(ours),
            "peer": scaled,
            "ratio": scaled / median(ours),
            "unit": "s",
            "n": items,
            "note": f"scikit-learn on resampled rows, {len(peer)} of {RESAMPLES:,} timed and scaled",
        }
    ]


def _seconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


if __name__ == "__main__":
    for measure in run():
        print(json.dumps(measure))
