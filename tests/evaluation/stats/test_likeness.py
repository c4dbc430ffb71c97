"""Sums over all pairs of ratings against the same sums done pair by pair with NLTK's distances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics import jaccard_distance, masi_distance

from evaluation.stats import likeness as module
from evaluation.stats.likeness import DISTANCES, closeness, likeness
from evaluation.stats.matrices import indicator

CODES = [f"c{place:02}" for place in range(16)]
THEIRS = {"masi": masi_distance, "jaccard": jaccard_distance}
distinct_sets = st.lists(st.frozensets(st.sampled_from(CODES), max_size=14), min_size=1, max_size=12, unique=True)


def pair_by_pair(name, sets, counts):
    def close(one, other):
        return float(one == other) if not one or not other else 1 - THEIRS[name](one, other)

    return sum(counts[i] * counts[j] * close(one, other) for i, one in enumerate(sets) for j, other in enumerate(sets))


@settings(max_examples=80, deadline=None)
@given(distinct_sets, st.integers(0, 2**32 - 1))
def test_pair_sums_are_those_of_all_pairs(sets, seed):
    counts = np.random.default_rng(seed).integers(0, 9, size=(len(sets), 2)).astype(float)

    found = likeness(indicator(sets, CODES)).pair_sums(counts)

    for name in DISTANCES:
        for column in range(2):
            assert found[name][column] == pytest.approx(pair_by_pair(name, sets, counts[:, column]), rel=1e-11)


@pytest.mark.parametrize("largest", [1, 2, 3])
def test_where_the_table_of_large_sets_begins_does_not_show(monkeypatch, largest):
    sets = [
        frozenset(CODES[start : start + size]) for start in range(4) for size in (0, 1, 2, 3, 5) if size or not start
    ]
    counts = np.arange(1.0, len(sets) + 1)[:, None]
    whole = likeness(indicator(sets, CODES)).pair_sums(counts)

    monkeypatch.setattr(module, "LARGEST", largest)
    found = likeness(indicator(sets, CODES)).pair_sums(counts)

    for name in DISTANCES:
        assert found[name] == pytest.approx(whole[name], rel=1e-12)


@settings(max_examples=80, deadline=None)
@given(st.frozensets(st.sampled_from(CODES), min_size=1), st.frozensets(st.sampled_from(CODES), min_size=1))
def test_closeness_is_one_minus_nltks_distance(one, other):
    shape = [np.array([float(size)]) for size in (len(one), len(other), len(one & other))]

    for name in DISTANCES:
        assert closeness(name, *shape)[0] == pytest.approx(1 - THEIRS[name](one, other), abs=1e-12)


def test_two_empty_sets_are_the_same_and_an_empty_one_is_like_no_other():
    zero, two = np.array([0.0]), np.array([2.0])
    for name in DISTANCES:
        assert closeness(name, zero, zero, zero) == 1
        assert closeness(name, zero, two, zero) == 0


def test_sets_of_many_shared_subsets_stay_exact():
    draw = np.random.default_rng(4)
    sets = list({frozenset(draw.choice(CODES, size=10, replace=False)) for _ in range(60)})
    counts = draw.integers(1, 1000, size=len(sets)).astype(float)

    found = likeness(indicator(sets, CODES)).pair_sums(counts[:, None])

    for name in DISTANCES:
        assert found[name][0] == pytest.approx(pair_by_pair(name, sets, counts), rel=1e-11)
