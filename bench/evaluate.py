"""evaluate: all averages, by label and by slice with 1,000 bootstrap resamples, against resampling rows with
scikit-learn on its best input (sparse int8). A few resamples of the peer are timed and scaled to 1,000."""

import time
import warnings
from statistics import median

import numpy as np
from scipy import sparse
from sklearn.metrics import precision_recall_fscore_support

from evaluation.stats.matrices import indicator
from evaluation.stats.scores import evaluate

TIMED = 3


def run(quick=False):
    items, labels, resamples = (2_000, 50, 1_000) if quick else (50_000, 200, 1_000)
    draw = np.random.default_rng(1)
    codes = [f"c{place:03}" for place in range(labels)]
    gold = [frozenset(draw.choice(codes, size=draw.integers(0, 5), replace=False)) for _ in range(items)]
    noise = [frozenset(draw.choice(codes, size=draw.integers(0, 3), replace=False)) for _ in range(items)]
    predicted = [one if draw.random() < 0.6 else other for one, other in zip(gold, noise, strict=True)]

    ours = []
    for _ in range(3):
        began = time.perf_counter()
        evaluate(gold=gold, predicted=predicted, codes=codes, resamples=resamples)
        ours.append(time.perf_counter() - began)

    true, guess = (sparse.csr_matrix(indicator(sets, codes), dtype=np.int8) for sets in (gold, predicted))
    peer = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(TIMED):
            rows = draw.integers(0, items, items)
            began = time.perf_counter()
            one, other = true[rows], guess[rows]
            for average in ("micro", "macro", "weighted", "samples", None):
                precision_recall_fscore_support(one, other, average=average, zero_division=0)
            peer.append(time.perf_counter() - began)
    scaled = median(peer) * resamples
    return [
        {
            "name": "evaluate",
            "ours": median(ours),
            "peer": scaled,
            "ratio": scaled / median(ours),
            "unit": "s",
            "n": items,
            "note": f"scikit-learn on resampled rows, {TIMED} of {resamples:,} timed and scaled",
        }
    ]
