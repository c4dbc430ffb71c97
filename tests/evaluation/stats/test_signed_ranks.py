"""Wilcoxon's test against scipy."""

import numpy as np
import pytest
from scipy import stats

from evaluation.stats.signed_ranks import signed_ranks
from tests.examples import example


def test_darwins_plants():
    known = example("panels.wilcoxon.darwin")

    found = signed_ranks(example("comparison.darwin.differences"))

    assert (found.positive, found.negative, found.p) == (
        known["positive"],
        known["negative"],
        pytest.approx(known["p"]),
    )


def test_ties_are_exact_and_zeros_left_out():
    known = example("panels.wilcoxon.ties")

    found = signed_ranks(known["differences"])

    assert (found.n, found.zeros, found.p) == (9, 2, pytest.approx(known["p"]))


def test_many_differences_are_as_scipys_normal():
    many = np.random.default_rng(0).integers(-3, 4, 400).astype(float)

    found = signed_ranks(many)

    assert found.method == "normal"
    assert found.p == pytest.approx(stats.wilcoxon(many, method="approx").pvalue)


@pytest.mark.parametrize(("differences", "reason"), [([], "there is no pair"), ([0.0, 0.0], "every difference is 0")])
def test_nothing_to_test_is_said(differences, reason):
    found = signed_ranks(differences)

    assert (found.p, found.reason) == (None, reason)
    assert found.as_dict()["reason"] == reason
