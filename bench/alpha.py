"""alpha: of label sets (MASI) against NLTK, and of one label a rating (nominal) against the krippendorff package.

NLTK takes time by the square of the number of different sets: it is timed on fewer items and scaled by the square of
the items, which is fair because nearly every item has sets of its own. Ours is asked for the value alone, as the peers
give no interval; of sets it gives Jaccard's and all labels' figures too.
"""

import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import krippendorff
import numpy as np
from nltk.metrics import masi_distance
from nltk.metrics.agreement import AnnotationTask

from evaluation.stats.agreement import agreement
from evaluation.stats.coefficients import krippendorff_alpha
from evaluation.stats.intervals import Plan

ROUNDS = 5
RATERS = 3
LABELS = 120
AGREE = 1e-9


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Two measures, ours and the peer in turn; both must say the same."""
    items, fewer = (1_000, 200) if quick else (10_000, 600)
    return [_of_sets(items, fewer), _nominal(items)]


def _of_sets(items: int, fewer: int) -> dict[str, Any]:
    ratings, codes = _ratings(items)
    some = [rating for rating in ratings if int(rating[0]) < fewer]
    triples = [(rater, item, labels) for item, rater, labels in some]

    def of(rows: list[tuple[str, str, frozenset[str]]]) -> float | None:
        report = agreement(ratings=rows, codes=codes, items_total=items, resamples=0, by_label=False)
        return report.alpha["masi"].value

    def theirs() -> float:
        return float(AnnotationTask(data=triples, distance=masi_distance).alpha())

    value = of(some)
    assert value is not None
    assert abs(value - theirs()) < AGREE
    ours, peer = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: of(ratings)))
        peer.append(_seconds(theirs))
    scaled = median(peer) * (items / fewer) ** 2
    return {
        "name": "alpha of sets",
        "ours": median(ours),
        "peer": scaled,
        "ratio": scaled / median(ours),
        "unit": "s",
        "n": items,
        "note": f"NLTK, timed on {fewer:,} items ({median(peer):.2f} s) and scaled by the square",
    }


def _nominal(items: int) -> dict[str, Any]:
    draw = np.random.default_rng(2)
    truth = draw.integers(0, 20, size=items)
    rows = np.array(
        [np.where(draw.random(items) < 0.7, truth, draw.integers(0, 20, size=items)) for _ in range(RATERS)]
    )
    data = np.where(draw.random(rows.shape) < 0.1, np.nan, rows)
    plan = Plan(resamples=0, method="percentile")

    def our() -> float | None:
        return krippendorff_alpha(data, plan=plan).value

    def theirs() -> float:
        return float(krippendorff.alpha(data, level_of_measurement="nominal"))

    value = our()
    assert value is not None
    assert abs(value - theirs()) < AGREE
    ours, peer = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(our))
        peer.append(_seconds(theirs))
    return {
        "name": "alpha, nominal",
        "ours": 1_000 * median(ours),
        "peer": 1_000 * median(peer),
        "ratio": median(peer) / median(ours),
        "unit": "ms",
        "n": items,
        "note": "the krippendorff package, same array",
    }


def _ratings(items: int) -> tuple[list[tuple[str, str, frozenset[str]]], list[str]]:
    """Three raters who share most labels of an item; nearly all sets differ from item to item."""
    draw = np.random.default_rng(1)
    codes = [f"c{place:03}" for place in range(LABELS)]
    found = []
    for item in range(items):
        truth = draw.choice(LABELS, size=draw.integers(1, 5), replace=False)
        for rater in range(RATERS):
            kept = {codes[place] for place in truth if draw.random() < 0.8}
            kept |= {codes[int(draw.integers(LABELS))]} if draw.random() < 0.3 or not kept else set()
            found.append((str(item), f"r{rater}", frozenset(kept)))
    return found, codes


def _seconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


if __name__ == "__main__":
    for measure in run():
        print(json.dumps(measure))
