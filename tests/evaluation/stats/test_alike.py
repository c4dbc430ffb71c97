import numpy as np
import pytest
from scipy import stats

from evaluation.stats.alike import ALIKE, Alike, fewest_alike, interval_of_alike, most_unlike
from evaluation.stats.intervals import estimate
from tests.examples import example


@pytest.mark.parametrize(("units", "unlike"), example("intervals.alike"))
def test_the_share_that_may_be_unlike_is_the_exact_bound_of_none_of_n(units, unlike):
    theirs = stats.binomtest(0, units).proportion_ci(method="exact")

    assert most_unlike(units) == pytest.approx(unlike, abs=5e-5)
    assert most_unlike(units) == pytest.approx(theirs.high, abs=1e-12)
    assert interval_of_alike(0.0, units) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert interval_of_alike(1.0, units) == pytest.approx((1 - theirs.high, 1.0), abs=1e-12)
    assert interval_of_alike(0.0, units, least=-1.0) == pytest.approx((-theirs.high, theirs.high), abs=1e-12)


def test_no_mean_outside_the_interval_gives_alike_values_more_often_than_its_level():
    """A share q of items has the value seen, the rest lies at an end: n of n are seen with probability q^n."""
    low, high = interval_of_alike(-0.5, 12, least=-1.0)
    for share in np.linspace(0.01, 1.0, 500):
        for end in (-1.0, 1.0):
            mean = share * -0.5 + (1 - share) * end
            if not low <= mean <= high:
                assert share**12 <= 0.025


def test_how_many_alike_settle_a_bound():
    for room in (0.01, 0.05, 0.2):
        fewest = fewest_alike(room)
        assert most_unlike(fewest) <= room < most_unlike(fewest - 1)
    assert (fewest_alike(0.0), fewest_alike(1.0)) == (None, 1)


def test_replicates_without_spread_give_no_interval_of_a_number_to_itself():
    same = np.full(50, 0.5)

    plain = estimate(0.5, same, n=9, reason="", influence=np.zeros(9))
    bounded = estimate(0.5, same, n=9, reason="", influence=np.zeros(9), alike=lambda: Alike(9))
    assert (plain.value, plain.low, plain.high, plain.reason) == (0.5, None, None, ALIKE)
    assert (bounded.low, bounded.high) == interval_of_alike(0.5, 9)
    assert bounded.method == "exact"
    assert bounded.low < 0.5 < bounded.high
    assert estimate(0.5, same, n=9, reason="", alike=lambda: Alike(0)).low is None


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="between"):
        interval_of_alike(1.5, 3)
    with pytest.raises(ValueError, match="some item"):
        most_unlike(0)
