import doctest
from datetime import date

import pytest

from labeling import accuracy
from labeling.accuracy import Pair, by_month, error_profile, exact_share, likeness, mean_likeness, wilson


def pair(chosen, gold):
    return Pair(frozenset(chosen), frozenset(gold))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_is_as_published(successes, n, low, high):
    found = wilson(successes, n)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert (found.value, found.n) == (successes / n, n)


def test_wilson_of_everything_ends_at_one():
    found = wilson(20, 20)

    assert found.high == 1.0
    assert round(found.low, 4) == round(1 - 0.1611, 4)


def test_a_share_of_nothing_is_undefined():
    assert wilson(0, 0).value is None
    assert mean_likeness([]).value is None
    assert exact_share([]).low is None
    assert wilson(0, 0).reason


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5)])
def test_shares_that_cannot_be(successes, n):
    with pytest.raises(ValueError, match="between"):
        wilson(successes, n)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("", "", 1.0), ("a", "", 0.0), ("", "a", 0.0), ("ab", "ab", 1.0), ("ab", "bc", 1 / 3), ("a", "abcd", 0.25)],
)
def test_likeness_by_hand(one, other, alike):
    assert likeness(frozenset(one), frozenset(other)) == alike
    assert likeness(frozenset(other), frozenset(one)) == alike


def test_mean_and_exact_by_hand():
    pairs = [pair("a", "a"), pair("ab", "bc"), pair("", ""), pair("a", "b")]

    assert mean_likeness(pairs).value == pytest.approx((1 + 1 / 3 + 1 + 0) / 4)
    assert exact_share(pairs).value == 0.5
    assert exact_share(pairs).n == 4


def test_the_profile_says_what_is_missed_and_what_is_added():
    rows = {row.code: row for row in error_profile([pair("ab", "bc"), pair("b", "bc"), pair("a", "a"), pair("", "")])}

    assert (rows["a"].gold, rows["a"].chosen, rows["a"].missed, rows["a"].extra) == (1, 2, 0, 1)
    assert (rows["b"].missed, rows["b"].extra) == (0, 0)
    assert (rows["c"].gold, rows["c"].missed, rows["c"].missed_share.value) == (2, 2, 1.0)
    assert rows["c"].extra_share.value is None
    assert list(rows) == ["c", "a", "b"]
    assert error_profile([]) == []


def test_months_without_checks_are_gaps():
    rows = by_month(
        [(date(2025, 11, 3), pair("a", "a")), (date(2026, 1, 9), pair("a", "b")), (date(2026, 1, 30), pair("b", "b"))]
    )

    assert [(month, measure.value, measure.n) for month, measure in rows] == [
        (date(2025, 11, 1), 1.0, 1),
        (date(2025, 12, 1), None, 0),
        (date(2026, 1, 1), 0.5, 2),
    ]
    assert by_month([]) == []


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(accuracy).failed == 0
