import numpy as np
import pytest
from scipy import sparse, stats

from evaluation.stats.intervals import bootstrap_sums, percentile_interval, wilson


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


def test_the_chunks_do_not_show(monkeypatch):
    columns = sparse.csr_matrix(np.arange(50.0)[:, None])
    whole = bootstrap_sums(columns, resamples=40, seed=3)
    assert whole.shape == (40, 1)
    assert np.array_equal(whole, bootstrap_sums(columns, resamples=40, seed=3))


def test_mostly_undefined_replicates_give_no_interval():
    assert percentile_interval(np.array([np.nan, np.nan, 1.0])) is None
