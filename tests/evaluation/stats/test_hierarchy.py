import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.hierarchy import branches, closure, completed_counts, line
from evaluation.stats.matrices import pairing

CODES = ["a", "b", "c", "d", "e", "f"]
PARENTS = {"a": None, "b": "a", "c": "b", "d": "a", "e": None, "f": "e"}
sets = st.frozensets(st.sampled_from(CODES), max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(sets, st.one_of(st.none(), sets)), min_size=1, max_size=8))
def test_completed_sets_are_those_of_python_sets(both):
    found = completed_counts(pairing([one for one, _ in both], [other for _, other in both], CODES), CODES, PARENTS)

    def completed(labels):
        return {step for code in labels or () for step in line(code, PARENTS)}

    sides = [(completed(one), completed(other)) for one, other in both]
    assert found.tolist() == [[len(gold & said), len(said), len(gold)] for gold, said in sides]


def test_the_example_of_the_definition():
    """Gold c (a > b > c), said d (a > d): they share a; the two say a, d and a, b, c."""
    both = pairing([frozenset("c")], [frozenset("d")], CODES)

    assert completed_counts(both, CODES, PARENTS).tolist() == [[1, 2, 3]]


def test_a_circle_ends():
    assert line("a", {"a": "b", "b": "a"}) == ["a", "b"]


def test_an_ancestor_that_is_not_listed_counts_all_the_same():
    assert closure(["x"], {"x": "y", "y": None}).toarray().tolist() == [[1, 1]]


def test_branches_are_in_order_and_hold_their_top():
    assert branches(CODES, PARENTS) == {"a": ["a", "b", "c", "d"], "e": ["e", "f"]}
    assert branches(CODES, {}) == {}


@pytest.mark.parametrize("codes", [[], CODES])
def test_no_items_have_no_counts(codes):
    assert completed_counts(pairing([], [], codes), codes, PARENTS).shape == (0, 3)
    assert np.array_equal(closure(codes, {}).toarray(), np.eye(len(codes)))
