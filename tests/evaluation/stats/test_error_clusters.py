"""Clusters of errors: alike together, largest first, the same again; and shares over items."""

import pytest

from evaluation.stats.error_clusters import Described, cluster, shares

PAYROLL = Described("We run monthly salaries and wage slips for firms.", "omission", "payroll", "")
WAREHOUSE = Described("Forklifts and pallets are stacked by robots.", "sibling", "wms", "erp")


def test_alike_errors_stand_together_and_are_named_by_their_words():
    found = cluster([PAYROLL] * 3 + [WAREHOUSE] * 5, seed=1)

    assert found.numbers == [1, 1, 1, 0, 0, 0, 0, 0]
    assert set(found.words[0]) <= {"forklifts", "pallets", "stacked", "robots"}
    assert "salaries" in found.words[1]
    assert found == cluster([PAYROLL] * 3 + [WAREHOUSE] * 5, seed=1)


def test_little_to_go_by_is_no_failure():
    assert cluster([], seed=0).words == []
    assert cluster([Described("", "omission", "a", "")] * 10, seed=0).numbers == [0] * 10
    assert cluster([PAYROLL], seed=0).numbers == [0]


def test_a_share_knows_that_errors_of_one_item_come_together():
    apart = shares([(item, item < 5) for item in range(20)], resamples=500, seed=0)
    together = shares([(item // 5, item < 5) for item in range(20)], resamples=500, seed=0)

    assert apart[True].value == together[True].value == pytest.approx(0.25)
    assert apart[True].n == 20
    assert together[True].high - together[True].low > apart[True].high - apart[True].low
