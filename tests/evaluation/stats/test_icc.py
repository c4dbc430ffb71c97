"""Intraclass correlations against Shrout & Fleiss and pingouin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.icc import KINDS, intraclass
from tests.examples import example


def shrout_fleiss():
    return np.array(example("agreement.shrout_fleiss.rows")).T


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_example(kind):
    known = example("agreement.shrout_fleiss")

    found = intraclass(shrout_fleiss())[kind]

    assert found.value == pytest.approx(known["icc"][kind], abs=5e-5)
    assert (found.low, found.high) == (
        pytest.approx(known["low"][kind], abs=5.01e-3),
        pytest.approx(known["high"][kind], abs=5.01e-3),
    )
    assert found.n == 6


def test_items_that_somebody_did_not_rate_are_left_out():
    more = np.column_stack([shrout_fleiss().astype(float), [3, None, 4, 4]]).astype(float)

    assert intraclass(more) == intraclass(shrout_fleiss())


def test_a_rater_who_is_always_higher_costs_agreement_but_not_consistency():
    base = np.array([1.0, 4.0, 2.0, 6.0, 3.0])
    found = intraclass([base, base + 3 + np.array([0.1, 0, -0.1, 0, 0])])

    assert found["3,1"].value > 0.99
    assert found["2,1"].value < 0.6


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=2, max_size=9))
def test_order_does_not_matter_and_nothing_is_above_1(rows):
    found = intraclass(np.array(rows).T)
    other = intraclass(np.array(rows[::-1]).T[::-1])

    for kind in KINDS:
        one = found[kind]
        assert one.value is not None or one.reason
        if one.value is not None:
            assert one.value == pytest.approx(other[kind].value, rel=1e-6, abs=1e-6)
            assert one.value <= 1 + 1e-9
        assert all(np.isfinite(end) for end in (one.low, one.high) if end is not None)


@pytest.mark.parametrize(
    "ratings",
    [[], [[1, 2, 3]], [[1], [2]], [[1, None], [None, 2]], [[4, 4, 4], [4, 4, 4]]],
    ids=["no raters", "one rater", "one item", "never together", "all equal"],
)
def test_degenerate_ratings_are_undefined_and_say_why(ratings):
    for found in intraclass(ratings).values():
        assert found.value is None
        assert found.reason


def test_identical_raters_are_at_1_without_an_interval():
    for found in intraclass([[1, 2, 5], [1, 2, 5]]).values():
        assert found.value == pytest.approx(1)
        assert found.low is None
        assert found.reason
