"""Strict raters and drift."""

import pytest

from evaluation.stats.panel_scores import Rated
from evaluation.stats.resampling import Plan
from evaluation.stats.severity import ALONE, deviations, drift, severity
from tests.evaluation.stats.panel_examples import panel


def of(rater, found):
    return [one for one in found if one.rater == rater]


def test_a_deviation_is_from_the_mean_of_the_others():
    rated = [Rated(rater, "a", "1", {"c": score}) for rater, score in (("r", 5), ("s", 3), ("t", 2))]

    assert [one.by for one in deviations(rated)] == [2.5, -0.5, -2.0]
    assert [one.by for one in deviations([Rated("judge", "a", "1", {"c": 4})], rated)] == [pytest.approx(2 / 3)]


def test_the_strict_rater_is_found():
    found = deviations(panel())

    strict, other = severity(of("r2", found), plan=Plan(200)), severity(of("r0", found), plan=Plan(200))

    assert strict.high < -0.5
    assert other.low > 0
    assert severity([], plan=Plan()).reason == ALONE


def test_drift_is_found_in_the_rater_who_drifts():
    found = deviations(panel(slope=1.5, levels=(0.0, 0.0, 0.0)))

    drifting, steady = drift(of("r0", found), plan=Plan(200)), drift(of("r1", found), plan=Plan(200))

    assert drifting.slope.low > 0.5
    assert steady.slope.low < drifting.slope.low
    assert [tenth for tenth, _, _ in drifting.tenths] == list(range(10))
    assert sum(count for _, _, count in drifting.tenths) == drifting.slope.n == 60
    assert drift([], plan=Plan()).as_dict()["slope"]["reason"] == ALONE
