import pytest
from scipy.stats import binomtest

from labeling.shares import wilson


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (9, 10), (50, 100), (0, 40), (3, 7)])
def test_wilson_is_what_scipy_says(hits, n):
    expected = binomtest(hits, n).proportion_ci(method="wilson")

    found = wilson(hits, n)

    assert (found.value, found.n) == (hits / n, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_nothing_counted_is_undefined():
    assert wilson(0, 0).value is None
    assert wilson(0, 0).low is None
