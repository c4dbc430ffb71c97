"""Criteria that move together."""

import numpy as np
import pytest
from scipy import stats

from evaluation.stats.halo import halo, spearman_of_tables
from evaluation.stats.panel_scores import output_scores
from evaluation.stats.resampling import Plan
from evaluation.stats.severity import deviations
from tests.evaluation.stats.panel_examples import CRITERIA, panel


def test_spearman_of_a_table_is_scipys():
    table = np.random.default_rng(0).integers(0, 6, (5, 5))
    x, y = np.repeat(np.argwhere(table >= 0), table.ravel(), axis=0).T

    assert spearman_of_tables(table.astype(float)) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_values_are_those_of_scipy():
    rated = panel()
    found = halo(rated, deviations(rated), CRITERIA, plan=Plan(50))[0]

    x, y = output_scores(rated, "complete"), output_scores(rated, "relevant")
    of_raters = [
        stats.spearmanr(
            [one.scores["complete"] for one in theirs], [one.scores["relevant"] for one in theirs]
        ).statistic
        for rater in ("r0", "r1", "r2")
        if (theirs := [one for one in rated if one.rater == rater])
    ]
    means = stats.spearmanr(np.round([x[key] for key in x], 6), np.round([y[key] for key in x], 6)).statistic
    assert found.of_means.value == pytest.approx(means)
    assert found.within.value == pytest.approx(np.mean(of_raters))
    assert (found.within.n, found.of_means.n) == (180, 60)


def test_a_shared_impression_shows_in_what_is_left_over():
    coloured, plain = panel(impression=0.9), panel()

    with_halo = halo(coloured, deviations(coloured), CRITERIA, plan=Plan(200))[0]
    without = halo(plain, deviations(plain), CRITERIA, plan=Plan(200))[0]

    assert with_halo.left_over.low > 0.5
    assert without.left_over.value < with_halo.left_over.low
    assert with_halo.as_dict()["left_over"]["n"] == 180
    assert halo([], [], ["x", "y"], plan=Plan())[0].within.value is None
