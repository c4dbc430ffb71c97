"""Gradients against differences."""

import numpy as np
import pytest

from evaluation.stats.ratios import Ratios, mean_gradient, weighted_gradient

PAIRS = [({0: 2.0}, {1: 1.0, 2: 1.0}), ({2: 1.0}, {0: 1.0, 3: 3.0}), ({1: 1.0}, {4: 1.0})]
TOTAL = np.array([3.0, 5.0, 2.0, 4.0, 0.0])


def differences(function):
    steps = np.eye(len(TOTAL)) * 1e-6
    return np.array([(function(TOTAL + step) - function(TOTAL - step)) / 2e-6 for step in steps])


def test_values_are_ratios_of_sums_and_undefined_over_nothing():
    found = Ratios.of(PAIRS, 5).values(np.stack([TOTAL, 2 * TOTAL]))

    assert found[:, :2] == pytest.approx(np.array([[6 / 7, 2 / 15]] * 2))
    assert np.isnan(found[:, 2]).all()


def test_gradients_are_those_of_differences():
    ratios = Ratios.of(PAIRS, 5)
    found = ratios.gradient(TOTAL).toarray()

    assert found[:, :2] == pytest.approx(differences(lambda sums: ratios.values(sums[None, :])[0, :2]), abs=1e-6)
    assert (found[:, 2] == 0).all()


def test_the_gradient_of_a_mean_leaves_out_what_is_undefined():
    ratios = Ratios.of(PAIRS, 5)

    found = mean_gradient(ratios.gradient(TOTAL), ratios.values(TOTAL[None, :])[0])

    assert found == pytest.approx(differences(lambda sums: ratios.values(sums[None, :])[0, :2].mean()), abs=1e-6)


def test_the_gradient_of_a_weighted_mean_moves_its_weights_too():
    ratios, weight_of = Ratios.of(PAIRS[:2], 5), np.array([[0, 1], [3, 2]])

    def mean(sums):
        weights = sums[weight_of].sum(axis=0)
        return ratios.values(sums[None, :])[0] @ weights / weights.sum()

    values = ratios.values(TOTAL[None, :])[0]
    found = weighted_gradient(ratios.gradient(TOTAL), values, TOTAL[weight_of].sum(axis=0), weight_of)

    assert found == pytest.approx(differences(mean), abs=1e-6)


def test_without_measures_or_weight_there_is_nothing():
    empty = Ratios.of([], 5)

    assert empty.values(TOTAL[None, :]).shape == (1, 0)
    assert not mean_gradient(empty.gradient(TOTAL), np.zeros(0)).any()
    assert not weighted_gradient(empty.gradient(TOTAL), np.zeros(0), np.zeros(0), np.zeros((2, 0), dtype=int)).any()
