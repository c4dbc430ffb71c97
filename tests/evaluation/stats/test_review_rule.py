"""The confidence of the least sure label, and lots."""

import math

import pytest

from evaluation.stats.review_rule import least_sure, lot


def test_the_least_sure_label_decides_after_the_map():
    way = {"way": "platt", "parameters": {"a": 1.0, "b": -math.log(4)}}
    found = least_sure([[0.8, 0.5], [], [0.9, None], [1.5]], way).tolist()
    assert found[0] == pytest.approx(0.2)  # odds of one, a quarter of them
    assert all(math.isnan(one) for one in found[1:])
    assert least_sure([], None).tolist() == []


def test_lots_are_even_and_differ_by_what_they_are_for():
    drawn = [lot("audit", 1, key) for key in range(2000)]
    assert sum(one < 0.3 for one in drawn) == pytest.approx(600, abs=70)
    both = sum(one < 0.3 and lot("blind", 1, key) < 0.3 for key, one in enumerate(drawn))
    assert both == pytest.approx(180, abs=45)
