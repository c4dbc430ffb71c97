"""Strategies against what a hand works out from their definitions."""

from math import log2

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import entropy as shannon

from evaluation.stats import acquisition
from evaluation.stats.acquisition import parse_mix, ranks

# four items, three labels: one label near a coin's throw, two sure ones, two unsure ones, none
CONFIDENCES = sparse.csr_matrix(np.array([[0.6, 0.0, 0.0], [0.9, 0.8, 0.0], [0.7, 0.0, 0.5], [0.0, 0.0, 0.0]]))


def two(p):
    return -(p * log2(p) + (1 - p) * log2(1 - p))


def test_least_margin_and_entropy_by_hand():
    assert acquisition.least(CONFIDENCES)[:3] == pytest.approx([0.4, 0.2, 0.5])
    assert acquisition.margin(CONFIDENCES)[:3] == pytest.approx([0.8, 1 - (0.8 + 0.6) / 2, 1 - (0.4 + 0.0) / 2])
    assert acquisition.entropy(CONFIDENCES)[:3] == pytest.approx([two(0.6), two(0.9) + two(0.8), two(0.7) + 1.0])
    for strategy in (acquisition.least, acquisition.margin, acquisition.entropy):
        assert np.isnan(strategy(CONFIDENCES)[3])


def test_one_yes_or_no_question_is_what_the_libraries_define():
    """modAL: uncertainty 1 - max, margin best minus second, entropy by scipy; each over the classes yes and no."""
    p = np.array([0.5, 0.62, 0.8, 0.99])
    classes = np.column_stack([p, 1 - p])
    one = sparse.csr_matrix(p[:, None])

    assert acquisition.least(one) == pytest.approx(1 - classes.max(axis=1))
    assert acquisition.margin(one) == pytest.approx(1 - (classes.max(axis=1) - classes.min(axis=1)))
    assert acquisition.entropy(one) == pytest.approx(shannon(classes, base=2, axis=1))


def test_a_committee_by_hand():
    members = [
        sparse.csr_matrix(np.array(rows))
        for rows in ([[1, 0], [1, 1], [0, 0]], [[1, 0], [0, 1], [0, 0]], [[1, 0], [0, 0], [0, 0]])
    ]

    assert acquisition.votes(members) == pytest.approx([0, (two(1 / 3) + two(2 / 3)) / 2, 0])
    assert acquisition.jaccard(members) == pytest.approx([0, (0.5 + 1 + 1) / 3, 0])
    with pytest.raises(ValueError, match="two members"):
        acquisition.votes(members[:1])


def test_rarity_by_hand():
    assert acquisition.rarity(CONFIDENCES, np.array([9.0, 3.0, 0.0])) == pytest.approx(
        [0.06, 0.09 + 0.2, 0.07 + 0.5, 0]
    )


def test_ranks_run_from_0_to_1_and_ties_share():
    assert ranks(np.array([3.0, 1.0, 1.0, np.nan])).tolist() == [1.0, 0.25, 0.25, 0.5]
    assert ranks(np.array([2.0, 2.0])).tolist() == [0.5, 0.5]
    assert ranks(np.array([5.0])).tolist() == [0.5]


def test_a_mix_is_read_as_shares():
    assert parse_mix("least=3, diversity=1") == {"least": 0.75, "diversity": 0.25}
    assert parse_mix("least") == {"least": 1.0}
    for wrong in ("luck", "least=x", "least=-1", "least=0", "least,least", "", "least=inf", "least=nan"):
        with pytest.raises(ValueError):
            parse_mix(wrong)
