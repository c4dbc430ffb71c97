"""Prediction-powered means against ppi-python's values, and what their intervals promise."""

import numpy as np
import pytest

from evaluation.stats.prediction_powered import powered_mean
from tests.examples import example


def rounded(found):
    return [found.value, found.low, found.high]


@pytest.mark.parametrize("name", ["eight", "shares"])
@pytest.mark.parametrize("which", ["one", "automatic"])
def test_the_values_of_ppi_python(name, which):
    given = example(f"prediction_powered.{name}")

    found = powered_mean(given["labels"], given["predicted"], given["pool"], lambda_=1 if which == "one" else None)

    assert rounded(found.powered) == pytest.approx(given[which], abs=1e-5)


def test_weights_move_the_estimate_as_in_ppi_python():
    given = example("prediction_powered.weighted")

    found = powered_mean(given["labels"], given["predicted"], given["pool"], weights=given["weights"], lambda_=1)

    assert found.powered.value == pytest.approx(given["value"], abs=1e-9)


def test_equal_weights_are_no_weights():
    given = example("prediction_powered.shares")
    sides = given["labels"], given["predicted"], given["pool"]

    assert powered_mean(*sides, weights=[3.0] * 6) == powered_mean(*sides)


def test_lambda_zero_is_the_labels_alone():
    given = example("prediction_powered.shares")
    found = powered_mean(given["labels"], given["predicted"], given["pool"], lambda_=0)
    assert found.powered == found.labels_only


@pytest.mark.parametrize(
    ("labels", "predicted", "pool", "reason"),
    [
        ([], [], [1, 0, 1], "at least 2 labelled"),
        ([1], [1], [1, 0, 1], "at least 2 labelled"),
        ([1, 0], [1, 1], [], "no label"),
        ([1, 0], [1, 1], [1], "no label"),
    ],
)
def test_too_little_is_undefined_and_says_why(labels, predicted, pool, reason):
    found = powered_mean(labels, predicted, pool)
    assert found.powered.value is None
    assert reason in found.powered.reason


def test_nothing_at_all():
    found = powered_mean([], [], [])
    assert found.naive.value is None
    assert found.as_dict()["lambda"] is None


def test_predictions_that_never_differ_leave_the_labels_alone():
    found = powered_mean([1, 0, 1, 1], [1, 1, 1, 1], [1, 1, 1])
    assert found.tuning == 0
    assert found.powered == found.labels_only


def test_labels_that_never_differ_have_no_interval():
    found = powered_mean([1, 1, 1], [1, 1, 1], [1, 1, 1], lambda_=1)
    assert found.powered.value == 1
    assert found.powered.low is None


@pytest.mark.parametrize("weights", [[1.0], [1.0, 0.0], [1.0, float("nan")]])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        powered_mean([1, 0], [1, 0], [1, 0], weights=weights)


def test_intervals_hold_the_truth_where_the_models_own_share_does_not():
    draw, truth, held, naive_held, narrower = np.random.default_rng(11), 0.7, 0, 0, 0
    repeats, n, size = 600, 200, 3000
    for _ in range(repeats):
        y = draw.random(n + size) < truth
        f = np.where(draw.random(n + size) < np.where(y, 0.88, 0.95), y, ~y)
        found = powered_mean(y[:n], f[:n], f[n:])
        held += found.powered.low <= truth <= found.powered.high
        half = 1.96 * np.sqrt(f.var() / len(f))
        naive_held += abs(f.mean() - truth) <= half
        narrower += found.powered.high - found.powered.low < found.labels_only.high - found.labels_only.low
    assert 0.93 <= held / repeats <= 0.97
    assert naive_held / repeats < 0.05
    assert narrower == repeats


def test_weighted_intervals_hold_the_truth_of_an_uneven_sample():
    draw, held, unweighted_held, repeats = np.random.default_rng(12), 0, 0, 400
    for _ in range(repeats):
        rare = draw.random(4000) < 0.1
        y = draw.random(4000) < np.where(rare, 0.8, 0.3)
        f = np.where(draw.random(4000) < 0.85, y, ~y)
        places = np.concatenate([draw.choice(np.flatnonzero(rare), 100), draw.choice(np.flatnonzero(~rare), 100)])
        weights = np.where(rare[places], rare.sum() / 100, (~rare).sum() / 100)
        found = powered_mean(y[places], f[places], f, weights=weights).powered
        held += found.low <= 0.35 <= found.high
        other = powered_mean(y[places], f[places], f).labels_only
        unweighted_held += other.low <= 0.35 <= other.high
    assert 0.92 <= held / repeats <= 0.98
    assert unweighted_held / repeats < 0.1
