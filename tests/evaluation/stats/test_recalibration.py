"""Recalibration: better on items it was not fitted on, kept as numbers."""

import json

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from evaluation.stats.intervals import Plan
from evaluation.stats.recalibration import WAYS, fit, recalibrated
from tests.evaluation.stats.test_calibration import drawn, stated
from tests.examples import example


def test_isotonic_is_scikit_learns():
    given = example("calibration.isotonic")
    found = fit("isotonic", np.array(given["confidence"]), np.array(given["right"], dtype=float))
    for at, want in given["at"].items():
        assert found(np.array([at]))[0] == pytest.approx(want, abs=1e-12)
    one = drawn()
    peer = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(one.confidence, one.right)
    asked = np.linspace(0, 1, 50)
    assert fit("isotonic", one.confidence, one.right)(asked) == pytest.approx(peer.predict(asked), abs=1e-12)


def test_temperature_finds_the_temperature_and_platt_both_of_its_numbers():
    draw = np.random.default_rng(0)
    odds = draw.normal(0, 2, 40_000)
    chance = 1 / (1 + np.exp(-odds / 2.5))
    right = (draw.random(len(odds)) < chance).astype(float)
    confidence = 1 / (1 + np.exp(-odds))
    assert fit("temperature", confidence, right).parameters["t"] == pytest.approx(2.5, rel=0.05)
    found = fit("platt", confidence, right).parameters
    assert found["a"] == pytest.approx(0.4, rel=0.05)
    assert found["b"] == pytest.approx(0.0, abs=0.05)


def test_bent_confidences_get_better_on_items_not_fitted_on():
    found = recalibrated(drawn(n=3000, bend=3.0), plan=Plan(200))
    for way in WAYS:
        assert found.after[way].measures["ece_width"].value < 0.5 * found.before.measures["ece_width"].value or (
            way == "temperature"  # one number cannot bend a line
        )
    assert found.recommended in ("platt", "isotonic")
    json.dumps(found.as_dict(), allow_nan=False)


def test_with_few_decisions_isotonic_is_not_recommended_and_the_reason_is_said():
    found = recalibrated(drawn(n=300, bend=2.0), plan=Plan(50))
    assert found.recommended != "isotonic"
    assert "isotonic is left out" in found.reason


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (stated([], []), "at least 10 items"),
        (stated([0.5] * 8, [0, 1] * 4), "at least 10 items"),
        (stated(np.linspace(0, 1, 30), [1] * 30), "nothing to fit"),
        (stated(np.linspace(0, 1, 30), [0] + [1] * 29), "too few"),
    ],
)
def test_where_nothing_can_be_fitted_it_says_why(one, why):
    found = recalibrated(one)
    assert (found.recommended, found.maps) == ("", {})
    assert why in found.reason


@pytest.mark.parametrize("way", WAYS)
def test_equal_confidences_can_be_fitted(way):
    found = fit(way, np.full(40, 0.9), np.array([1, 0] * 20, dtype=float))
    assert 0 <= found(np.array([0.9]))[0] <= 1
    assert found(np.array([0.0, 1.0])).shape == (2,)


def test_an_unknown_way_is_refused():
    with pytest.raises(ValueError, match="platt"):
        fit("magic", np.array([0.1, 0.2]), np.array([0.0, 1.0]))
