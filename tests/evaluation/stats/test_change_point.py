"""The place of a change: published for the Nile; none without one; the false-alarm rate is what is stated."""

import numpy as np
import pytest

from evaluation.stats.change_point import Level, change_point, variance_of
from tests.examples import example


def series(means, variance=1.0):
    return [Level(str(place), float(mean), variance, 10) for place, mean in enumerate(means)]


def test_the_nile_fell_after_1898():
    nile = example("change_point.nile")

    found = change_point(series(nile["volume"], nile["variance"]))

    assert nile["first_year"] + found.at == nile["first_after"]
    assert (round(found.before, 2), round(found.after, 2)) == (nile["before"], nile["after"])
    assert nile["first_year"] + found.earliest <= nile["first_after"] <= nile["first_year"] + found.latest
    assert found.latest - found.earliest <= 6
    assert found.mass >= 0.95


def test_without_a_change_few_series_have_one():
    rng = np.random.default_rng(1)

    alarms = sum(change_point(series(rng.normal(size=8)), seed=number).at is not None for number in range(200))

    assert alarms <= 20  # 5% of 200 and three standard errors


def test_what_cannot_be_told_says_why():
    assert "at least 3" in change_point(series([1, 5])).reason
    steady = change_point(series([1, 1, 1, 1]))
    assert (steady.at, steady.p) == (None, 1.0)
    with pytest.raises(ValueError, match="above 0"):
        change_point(series([1, 2, 3], 0))


def test_an_interval_stands_for_its_variance():
    assert variance_of(0.5 - 1.959964 * 0.02, 0.5 + 1.959964 * 0.02) == pytest.approx(0.0004, rel=1e-5)
    assert variance_of(0.7, 0.7) == pytest.approx(0.000025)
