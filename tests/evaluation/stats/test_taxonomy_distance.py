import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.stats.matrices import indicator
from evaluation.stats.taxonomy_distance import closed, closure, taxonomy_distance
from tests.examples import example

PARENTS = {"a": None, "b": "a", "c": "a", "d": "b", "e": None, "f": "e"}
sets = st.frozensets(st.sampled_from(sorted(PARENTS)))


def test_the_examples_of_the_documentation():
    parents = example("agreement.taxonomy.parents")
    for one, other, apart in example("agreement.taxonomy.distances"):
        assert taxonomy_distance(one, other, parents) == pytest.approx(apart, abs=1e-9)


@given(sets, sets, sets)
def test_it_is_a_metric(one, other, third):
    apart = taxonomy_distance(one, other, PARENTS)

    assert 0 <= apart <= 1
    assert (apart == 0) == (one == other)
    assert apart == taxonomy_distance(other, one, PARENTS)
    through = taxonomy_distance(one, third, PARENTS) + taxonomy_distance(third, other, PARENTS)
    assert apart <= through + 1e-12


@given(sets, sets)
def test_without_parents_it_is_jaccards(one, other):
    union = one | other

    assert taxonomy_distance(one, other, {}) == pytest.approx(1 - len(one & other) / len(union) if union else 0)


def test_a_parent_is_nearer_than_a_stranger():
    assert (
        taxonomy_distance("d", "b", PARENTS)
        < taxonomy_distance("d", "c", PARENTS)
        < taxonomy_distance("d", "f", PARENTS)
    )


def test_rows_are_closed_as_sets_are():
    codes = sorted(PARENTS)
    rows = [frozenset("d"), frozenset("cf"), frozenset(), frozenset("a")]

    found = closed(indicator(rows, codes), codes, PARENTS).toarray()

    assert np.array_equal(found, indicator([closure(row, PARENTS) for row in rows], codes).toarray())


def test_a_circle_is_an_error():
    with pytest.raises(ValueError, match="own ancestor"):
        closure(["x"], {"x": "y", "y": "x"})
