"""Decisions in part."""

import numpy as np

from evaluation.stats.decisions import decisions, is_stated


def test_some_decisions_keep_items_and_gold():
    found = decisions(gold=[frozenset("ab"), frozenset("c")], confidences=[{"a": 0.9, "x": 0.2}, {"c": 0.4}])

    some = found.of(np.array([True, False, True]))

    assert (some.items, some.gold, some.count) == (2, 3, 2)
    assert some.label.tolist() == ["a", "c"]


def test_what_counts_as_stated():
    assert [is_stated(one) for one in (0, 1, 0.5, None, float("inf"), -0.1, 1.1)] == [True] * 3 + [False] * 4
