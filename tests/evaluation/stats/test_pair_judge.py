"""A judge of pairs beside people, against counts made by hand."""

import pytest
from scipy import stats

from evaluation.stats.pair_judge import judge_of_pairs
from evaluation.stats.resampling import Plan
from evaluation.stats.win_rate import Chosen

PLAN = Plan(400, 1)


def both(item, a_first, b_first):
    return [Chosen("J", item, "A", "B", a_first, False), Chosen("J", item, "A", "B", b_first, True)]


def people(item, *choices):
    return [Chosen(f"R{number}", item, "A", "B", choice, False) for number, choice in enumerate(choices)]


def test_counted_by_hand():
    asked = [
        *both("1", "a", "a"),  # consistent: one point of two for what stood first
        *both("2", "a", "b"),  # the first both times: leans to the first, a tie in the end
        *both("3", "b", "a"),  # the second both times
        *both("4", "a", "t"),  # the first, then a tie: leans to the first
        *both("5", "t", "t"),
        Chosen("J", "6", "A", "B", "a", False),  # asked in one order alone
    ]
    said = [*people("1", "a", "a", "b"), *people("2", "a", "t", "b"), *people("4", "t", "t"), *people("6", "b", "b")]

    found = judge_of_pairs(asked, said, plan=PLAN)

    assert found.pairs == 5
    assert (found.consistent.value, found.consistent.n) == (pytest.approx(2 / 5), 5)
    assert found.position.value == pytest.approx((0.5 + 1 + 0 + 0.75 + 0.5) / 5)
    assert (found.first, found.second) == (2, 1)
    assert found.p == pytest.approx(stats.binomtest(2, 3).pvalue)
    # of persons: 1: a a b against a; 2: a t b against t; 4: t t against t
    assert found.with_people.value == pytest.approx((2 + 1 + 2) / 8)
    # of two persons: 1: one of three, 2: none of three, 4: one, 6: one, which the judge did not answer
    assert found.among_people.value == pytest.approx((1 + 0 + 1 + 1) / 8)
    # most people: 1 a, 2 nothing, 4 t
    assert (found.with_majority.value, found.with_majority.n) == (1.0, 2)
    assert found.with_majority.method == "Wilson's over items"
    assert found.alpha.value == pytest.approx(1.0)


def test_one_that_always_takes_the_first_has_all_the_bias_and_no_choice():
    found = judge_of_pairs([one for item in "12345" for one in both(item, "a", "b")], people("1", "a"), plan=PLAN)
    assert (found.position.value, found.consistent.value, found.first, found.second) == (1.0, 0.0, 5, 0)
    assert found.p == pytest.approx(2 / 2**5)
    assert found.with_people.value == 0.0
    assert (found.with_majority.value, found.with_majority.n) == (None, 0)
    assert found.alpha.value is None


def test_nothing_asked_is_undefined_and_says_why():
    found = judge_of_pairs([], [], plan=PLAN)
    assert {one.value for one in (found.consistent, found.position, found.with_people, found.alpha)} == {None}
    assert found.p is None
    assert found.consistent.reason
