"""Calibration: published examples, scikit-learn as judge, and what is degenerate."""

import json
import warnings

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from evaluation.stats.calibration import BINNINGS, calibration, places_in, pooled_labels
from evaluation.stats.decisions import Decisions, decisions
from evaluation.stats.intervals import Plan
from tests.examples import example


def stated(confidence, right, *, item=None, label=None):
    n = len(confidence)
    item = np.arange(n) if item is None else np.asarray(item)
    return Decisions(
        items=int(item.max()) + 1 if n else 0,
        item=item.astype(np.intp),
        confidence=np.asarray(confidence, dtype=float),
        right=np.asarray(right, dtype=float),
        label=np.asarray(label if label is not None else ["a"] * n, dtype=str),
        gold=int(sum(right)),
        unstated=0,
    )


def drawn(n=2000, seed=1, *, bend=1.0):
    """Confidences whose true chance is confidence ** bend."""
    draw = np.random.default_rng(seed)
    confidence = draw.random(n).round(3)
    return stated(confidence, draw.random(n) < confidence**bend, item=np.sort(draw.integers(0, n // 2, n)))


def test_the_published_ece_and_mce():
    given = example("calibration.torchmetrics")
    found = calibration(stated(given["confidence"], given["right"]), bins=given["bins"])
    assert found.measures["ece_width"].value == pytest.approx(given["ece"], abs=1e-9)
    assert found.measures["mce_width"].value == pytest.approx(given["mce"], abs=1e-9)


def test_the_published_brier_score():
    given = example("calibration.brier")
    found = calibration(stated(given["confidence"], given["right"]))
    assert found.measures["brier"].value == pytest.approx(given["brier"], abs=1e-12)


def test_brier_log_loss_and_bins_are_those_of_scikit_learn():
    one = drawn()
    found = calibration(one)
    assert found.measures["brier"].value == pytest.approx(brier_score_loss(one.right, one.confidence), abs=1e-12)
    assert found.measures["log_loss"].value == pytest.approx(log_loss(one.right, one.confidence), abs=1e-9)
    share, mean = calibration_curve(one.right, one.confidence, n_bins=10)
    inside = (one.confidence * 10) % 1 != 0  # its bins are closed on the other side
    assert inside.mean() > 0.98
    for bin_, want, at in zip(found.bins["width"], share, mean, strict=True):
        assert bin_.right.value == pytest.approx(want, abs=0.02)
        assert bin_.confidence == pytest.approx(at, abs=0.01)


def test_the_bins_hold_every_decision_once_and_ties_stay_together():
    one = stated([0.5] * 7 + [0.1, 0.9, 1.0, 0.0], [1] * 11)
    for name in BINNINGS:
        places, edges = places_in(name, one.confidence, 4)
        assert len(set(places[:7])) == 1
        assert sum(bin_.n for bin_ in calibration(one, bins=4).bins[name]) == 11
        assert (np.diff(edges) >= 0).all()
    places, _ = places_in("width", np.array([0.3, 0.5, 0.6, 0.7, 1.0]), 10)
    assert places.tolist() == [3, 5, 6, 7, 9]


def test_perfect_confidences_look_like_perfect_ones_and_bent_ones_do_not():
    fine, bent = calibration(drawn(seed=3)), calibration(drawn(seed=3, bend=3.0))
    assert fine.perfect["ece_width"]["low"] <= fine.measures["ece_width"].value <= fine.perfect["ece_width"]["high"]
    assert bent.measures["ece_width"].value > 2 * bent.perfect["ece_width"]["high"]
    assert bent.measures["gap"].high < 0 < bent.measures["confidence"].value
    assert fine.measures["gap"].low < 0 < fine.measures["gap"].high


def test_intervals_know_that_labels_of_one_item_belong_together():
    """Each item's four labels are all right or all wrong: a quarter as much is known as the count says."""
    draw = np.random.default_rng(5)
    truth = (draw.random(300) < 0.6).astype(float)
    apart = calibration(stated([0.6] * 1200, np.repeat(truth, 4)), plan=Plan(method="percentile"))
    together = calibration(
        stated([0.6] * 1200, np.repeat(truth, 4), item=np.repeat(np.arange(300), 4)), plan=Plan(method="percentile")
    )
    widths = [found.measures["right"].high - found.measures["right"].low for found in (apart, together)]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.15)


@pytest.mark.long
def test_95_percent_intervals_of_the_gap_cover_the_truth():
    hits = 0
    for seed in range(120):
        found = calibration(drawn(n=200, seed=1000 + seed), plan=Plan(200, seed)).measures["gap"]
        hits += found.low <= 0 <= found.high
    assert 0.9 <= hits / 120 <= 0.99


def test_the_same_input_gives_the_same_bytes():
    once, again = (json.dumps(calibration(drawn()).as_dict(), allow_nan=False) for _ in range(2))
    assert once == again


@pytest.mark.parametrize(
    ("confidence", "right"),
    [([], []), ([0.4], [1]), ([0.4], [0]), ([0.7] * 20, [1] * 20), ([1.0] * 5, [0] * 5), ([0.0, 1.0], [0, 1])],
)
def test_degenerate_decisions_are_answered_without_a_warning(confidence, right):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = calibration(stated(confidence, right)).as_dict()
    json.dumps(found, allow_nan=False)
    assert (found["measures"]["brier"]["value"] is None) == (not confidence)
    if not confidence:
        assert found["measures"]["ece_width"]["reason"] == "the run states no confidences"


def test_confidences_that_are_none_are_counted_and_left_out():
    found = decisions(
        gold=[frozenset("ab"), frozenset("c"), frozenset()],
        confidences=[{"b": 0.5, "a": None}, None, {"x": float("nan"), "y": 1.5, "z": 0.0}],
    )
    assert (found.items, found.gold, found.unstated, found.count) == (3, 3, 3, 2)
    assert found.label.tolist() == ["b", "z"]
    assert found.right.tolist() == [1.0, 0.0]
    with pytest.raises(ValueError, match="2 gold sets"):
        decisions(gold=[frozenset()] * 2, confidences=[])


def test_thin_labels_are_pooled_upward():
    parents = {"top": None, "top1": "top", "top2": "top", "lone": None, "big": None, "deep": "top1"}
    label = ["big"] * 60 + ["top1"] * 30 + ["top2"] * 15 + ["deep"] * 10 + ["lone"] * 5
    found = pooled_labels(stated([0.5] * 120, [1] * 120, label=label), parents)
    assert found == {"big": ["big"], "top": ["deep", "top1", "top2"], "": ["lone"]}
    assert pooled_labels(stated([], []), parents) == {}


@pytest.mark.parametrize("bins", [0, 101])
def test_there_are_1_to_100_bins(bins):
    with pytest.raises(ValueError, match="bins"):
        calibration(drawn(), bins=bins)


def test_a_bin_that_is_all_right_is_not_certain():
    one = calibration(stated([0.95] * 6 + [0.15] * 30, [1] * 6 + [0, 1] * 15)).bins["width"][9].right
    assert (one.value, one.high, one.method) == (1.0, 1.0, "wilson")
    assert one.low == pytest.approx(0.6097, abs=1e-4)
