"""Means of runs and how they differ on the same items."""

import pytest
from scipy import stats

from evaluation.stats.multiplicity import holm
from evaluation.stats.panel_scores import Rated, Sampled, adjust, output_scores, paired_differences, run_means
from evaluation.stats.resampling import Plan
from tests.evaluation.stats.panel_examples import CRITERIA, panel


def test_an_output_counts_once_however_many_rated_it():
    rated = [Rated("r", "a", "1", {"c": 5}), Rated("s", "a", "1", {"c": 5}), Rated("r", "a", "2", {"c": 2})]

    found = run_means(rated, ["a", "b"], ["c"], plan=Plan(100))

    assert (found[("a", "c")].value, found[("a", "c")].n) == (3.5, 2)
    assert found[("b", "c")].reason == "nothing was rated"


def test_weights_stand_for_the_population():
    rated = [Rated("r", "a", "1", {"c": 5}), Rated("r", "a", "2", {"c": 2})]
    sampled = Sampled({"1": "x", "2": "x"}, {"1": 1.0, "2": 3.0})

    assert run_means(rated, ["a"], ["c"], plan=Plan(100), sampled=sampled)[("a", "c")].value == 2.75


def test_differences_are_on_common_items_with_holm_over_the_family():
    rated = [one for one in panel() if not (one.run == "a" and one.item == "3")]

    found = paired_differences(rated, ["a", "b"], CRITERIA, plan=Plan(200))

    assert [one.difference.n for one in found] == [29, 29, 29]
    scores = output_scores(rated, "complete")
    apart = [scores[("b", item)] - scores[("a", item)] for run, item in scores if run == "a"]
    assert found[0].difference.value == pytest.approx(sum(apart) / 29)
    rounded = [round(value, 6) for value in apart if abs(value) > 1e-9]
    assert found[0].test.positive == pytest.approx(stats.wilcoxon(rounded, alternative="greater").statistic)
    assert [one.p_adjusted for one in found] == pytest.approx(holm([one.test.p for one in found]))
    assert found[0].as_dict()["a"] == "a"


def test_a_test_that_could_not_be_made_still_counts_in_the_family():
    assert adjust([0.01, None]) == [0.02, None]
