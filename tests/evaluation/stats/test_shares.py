"""Shares of counts: the same as by hand, BCa as the library for one statistic has it."""

import numpy as np
import pytest
from scipy import sparse, stats

from evaluation.stats.alike import ALIKE
from evaluation.stats.intervals import bca_interval, bootstrap_sums
from evaluation.stats.shares import Sums, counted

ROWS = np.array([[3, 4], [0, 2], [1, 1], [2, 5], [0, 0], [4, 4], [1, 3], [0, 6]], dtype=float)


def sums(rows=ROWS, **more):
    return Sums(sparse.csr_matrix(rows), **{"resamples": 500, "seed": 3, **more})


def test_a_share_is_a_ratio_of_sums_with_its_bca_interval():
    found = sums().share([0], [1], reason="")

    drawn = bootstrap_sums(sparse.csr_matrix(ROWS), resamples=500, seed=3)
    value = ROWS[:, 0].sum() / ROWS[:, 1].sum()
    influence = (ROWS[:, 0] - value * ROWS[:, 1]) / ROWS[:, 1].sum()
    assert found.value == value
    assert (found.low, found.high) == bca_interval(value, drawn[:, 0] / drawn[:, 1], influence)
    assert found.method == ""


def test_the_interval_is_near_that_of_scipy():
    found = sums(resamples=5000).share([0], [1], reason="")

    other = stats.bootstrap(
        (ROWS[:, 0], ROWS[:, 1]), lambda a, b, axis: a.sum(axis) / b.sum(axis), paired=True, n_resamples=5000,
        method="BCa", rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    assert found.low == pytest.approx(other.low, abs=0.05)
    assert found.high == pytest.approx(other.high, abs=0.05)


def test_a_column_may_count_twice():
    assert sums().share([0, 0], [0, 1], reason="").value == pytest.approx(22 / 36)


def test_a_mean_over_items():
    found = sums().mean([0], reason="")

    assert found.value == ROWS[:, 0].mean()
    assert found.low < found.value < found.high


def test_undefined_and_without_an_interval():
    assert sums(np.zeros((3, 2))).share([0], [1], reason="why").reason == "why"
    assert sums(ROWS[:1]).share([0], [1], reason="").low is None
    assert sums(np.zeros((0, 2))).mean([0], reason="none").reason == "none"
    assert sums(ROWS).share([0], [0], reason="").reason == ALIKE
    assert sums(ROWS).share([], [1], reason="").value == 0.0


def test_counts_from_cells():
    assert counted({(0, 1): 2.0, (2, 0): 1.0}, items=3, columns=2).toarray().tolist() == [[0, 2], [0, 0], [1, 0]]
    assert counted({}, items=2, columns=1).shape == (2, 1)
