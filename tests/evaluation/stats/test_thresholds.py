"""Thresholds: counted one by one they are the same, and their intervals hold."""

import json

import numpy as np
import pytest

from evaluation.stats.decisions import decisions
from evaluation.stats.thresholds import MEASURES, thresholds


def made(items=60, seed=0):
    draw = np.random.default_rng(seed)
    codes = list("abcdef")
    gold = [frozenset(draw.choice(codes, draw.integers(0, 4), replace=False)) for _ in range(items)]
    said = [
        None
        if draw.random() < 0.1
        else {code: round(float(draw.random()), 2) for code in draw.choice(codes, draw.integers(0, 4), replace=False)}
        for _ in range(items)
    ]
    return gold, said


def run(gold, said, **options):
    return thresholds(decisions(gold=gold, confidences=said), gold=[len(one) for one in gold], **options)


def test_every_threshold_is_what_counting_gives():
    gold, said = made()
    for found in run(gold, said):
        t = found.threshold
        kept = [{code for code, sure in (one or {}).items() if sure >= t - 1e-9} for one in said]
        accepted, right = sum(map(len, kept)), sum(len(one & there) for one, there in zip(kept, gold, strict=True))
        whole = [place for place, one in enumerate(said) if one and kept[place] == set(one)]
        fine = [place for place in whole if kept[place] <= gold[place]]
        assert found.precision.value == (pytest.approx(right / accepted) if accepted else None)
        assert found.recall.value == pytest.approx(right / sum(map(len, gold)))
        assert found.labels_accepted.value == pytest.approx(accepted / sum(len(one or ()) for one in said))
        assert found.items_accepted.value == pytest.approx(len(whole) / len(gold))
        assert found.items_right.value == (pytest.approx(len(fine) / len(whole)) if whole else None)


def test_blocks_of_items_change_nothing(monkeypatch):
    gold, said = made()
    once = [one.as_dict() for one in run(gold, said)]
    monkeypatch.setattr("evaluation.stats.thresholds.CHUNK", 7)
    assert [one.as_dict() for one in run(gold, said)] == once


def test_intervals_cover_the_precision_of_clustered_labels():
    """Items of three labels that are right or wrong together: 95% of the intervals hold the truth."""
    draw, hits = np.random.default_rng(4), 0
    for _ in range(300):
        fine = draw.random(150) < 0.8
        gold = [frozenset("abc") if one else frozenset("x") for one in fine]
        found = run(gold, [{"a": 0.9, "b": 0.9, "c": 0.9}] * 150, steps=3)[1].precision
        hits += found.low <= 0.8 <= found.high
    assert 0.93 <= hits / 300 <= 0.985


@pytest.mark.parametrize(
    ("gold", "said"),
    [([], []), ([frozenset()], [None]), ([frozenset("a")], [{"a": None}]), ([frozenset("a")], [{"a": 0.3}])],
)
def test_degenerate_input_is_undefined_for_a_reason(gold, said):
    for found in run(gold, said):
        for name in MEASURES:
            one = getattr(found, name)
            assert one.value is not None or one.reason
            json.dumps(one.as_dict(), allow_nan=False)


def test_gold_of_another_length_is_refused():
    with pytest.raises(ValueError, match="1 numbers"):
        thresholds(decisions(gold=[], confidences=[]), gold=[1])
