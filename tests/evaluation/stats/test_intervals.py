import numpy as np
import pytest
from scipy import sparse, stats

from evaluation.stats import intervals
from evaluation.stats.intervals import bootstrap_sums, estimate, percentile_interval, swap_sums, wilson


@pytest.mark.parametrize(("successes", "n", "low", "high"), [(17, 20, 0.6396, 0.9476), (5, 5, 0.5655, 1.0)])
def test_wilson_is_as_published(successes, n, low, high):
    found = wilson(successes, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("successes", "n"), [(850, 1000), (0, 7), (3, 4)])
def test_wilson_is_scipys(successes, n):
    theirs = stats.binomtest(successes, n).proportion_ci(method="wilson")
    found = wilson(successes, n)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilson_of_nothing_is_undefined():
    assert wilson(0, 0).value is None


def test_a_mean_has_the_interval_that_scipy_gives_it():
    values = np.random.default_rng(2).exponential(size=200)
    sums = bootstrap_sums(sparse.csr_matrix(values[:, None]), resamples=5000, seed=0)
    low, high = percentile_interval(sums[:, 0] / 200)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=5000, method="percentile", rng=1).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_each_resample_draws_as_many_items_as_there_are():
    sums = bootstrap_sums(sparse.csr_matrix(np.ones((37, 1))), resamples=500, seed=0)
    assert (sums == 37).all()


def test_the_blocks_do_not_show(monkeypatch):
    columns = sparse.csr_matrix(np.arange(50.0)[:, None])
    whole = bootstrap_sums(columns, resamples=40, seed=3), swap_sums(columns, resamples=40, seed=3)

    monkeypatch.setattr(intervals, "CHUNK_CELLS", 150)  # three resamples at a time
    blocks = bootstrap_sums(columns, resamples=40, seed=3), swap_sums(columns, resamples=40, seed=3)

    assert len(list(intervals.item_weights(50, resamples=40, seed=3))) == 14
    assert np.array_equal(whole, blocks)


def test_another_seed_draws_other_items():
    columns = sparse.csr_matrix(np.arange(50.0)[:, None])

    assert not np.array_equal(
        bootstrap_sums(columns, resamples=9, seed=1), bootstrap_sums(columns, resamples=9, seed=2)
    )


def test_shares_are_summed_beside_the_counts():
    counts, shares = sparse.csr_matrix(np.eye(5)), np.linspace(0, 1, 10).reshape(5, 2)

    sums = bootstrap_sums(counts, shares=shares, resamples=30, seed=0)

    assert sums[:, 5:] == pytest.approx(sums[:, :5] @ shares)


def test_swaps_take_about_half_of_the_items():
    sums = swap_sums(sparse.csr_matrix(np.ones((400, 1))), resamples=2000, seed=0)[:, 0]

    assert sums.mean() == pytest.approx(200, abs=1)
    assert sums.std() == pytest.approx(10, abs=0.6)


def test_a_value_says_why_it_has_no_interval():
    one_item = estimate(0.5, np.array([0.5, 0.5]), n=1, reason="")
    mostly_undefined = estimate(0.5, np.array([np.nan, np.nan, 0.5]), n=9, reason="")

    assert one_item.as_dict() == {
        "value": 0.5, "low": None, "high": None, "n": 1, "reason": "an interval needs at least 2 items",
    }  # fmt: skip
    assert mostly_undefined.low is None
    assert mostly_undefined.reason
    assert estimate(np.nan, np.ones(3), n=9, reason="none").as_dict()["value"] is None


def test_mostly_undefined_replicates_give_no_interval():
    assert percentile_interval(np.array([np.nan, np.nan, 1.0])) is None
