"""The acceleration against jackknife and textbook formulas."""

import numpy as np
import pytest
from scipy import sparse

from evaluation.stats.influence import acceleration, accelerations
from evaluation.stats.resampling import Plan

DRAW = np.random.default_rng(5)


def textbook(values):
    u = values - values.mean()
    return (u**3).sum() / (6 * (u**2).sum() ** 1.5)


def test_a_mean_has_the_skewness_of_its_items():
    values = DRAW.exponential(size=60)

    assert acceleration(values) == pytest.approx(textbook(values), rel=1e-10)


def test_a_ratio_has_nearly_the_acceleration_of_its_jackknife():
    above, below = DRAW.poisson(1, 300).astype(float), DRAW.poisson(3, 300) + 1.0
    theta = above.sum() / below.sum()

    left_out = (above.sum() - above) / (below.sum() - below)

    influence = (above - theta * below) / below.sum()
    assert acceleration(influence) == pytest.approx(textbook(left_out.mean() - left_out), rel=0.02)


def test_sparse_and_dense_are_the_same():
    dense = DRAW.normal(size=(40, 6)) * (DRAW.random((40, 6)) < 0.2)

    found = accelerations(sparse.csr_matrix(dense))

    assert found == pytest.approx([textbook(column) for column in dense.T], rel=1e-9)


def test_the_influences_of_a_cluster_add_up():
    values, clusters = DRAW.normal(size=30), np.repeat(np.arange(10), 3)

    found = accelerations(values[:, None], Plan(clusters=clusters.tolist()))

    assert found[0] == pytest.approx(textbook(values.reshape(10, 3).sum(axis=1)), rel=1e-9)


def test_strata_are_taken_from_their_own_means():
    values, strata = DRAW.exponential(size=20) + np.repeat([0, 9], 10), ["a"] * 10 + ["b"] * 10

    found = accelerations(values[:, None], Plan(strata=strata))

    u = np.concatenate([part - part.mean() for part in (values[:10], values[10:])])
    assert found[0] == pytest.approx((u**3).sum() / (6 * (u**2).sum() ** 1.5), rel=1e-9)


@pytest.mark.parametrize("values", [np.zeros(5), np.full(5, 0.3), np.zeros(0), np.array([0.7])])
def test_without_influence_there_is_no_acceleration(values):
    assert np.isnan(acceleration(values))
