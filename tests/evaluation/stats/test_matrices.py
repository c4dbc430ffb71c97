import numpy as np
import pytest

from evaluation.stats.matrices import indicator, pairing


def test_sets_become_rows():
    assert indicator([{"a", "c"}, set(), {"b"}], ["a", "b", "c"]).toarray().tolist() == [
        [1, 0, 1],
        [0, 0, 0],
        [0, 1, 0],
    ]


def test_a_code_that_is_not_listed_is_an_error():
    with pytest.raises(KeyError):
        indicator([{"x"}], ["a"])


def test_hits_are_where_both_agree():
    both = pairing([frozenset("ab"), frozenset("a")], [frozenset("bc"), None], ["a", "b", "c"])
    assert both.hits.toarray().tolist() == [[0, 1, 0], [0, 0, 0]]
    assert np.array_equal(both.unanswered, [False, True])
