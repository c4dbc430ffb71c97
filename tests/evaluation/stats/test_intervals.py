"""Intervals against Efron and Tibshirani's data, SciPy's bootstrap, and what they should cover."""

import numpy as np
import pytest
from scipy import sparse, stats

from evaluation.stats.influence import accelerations
from evaluation.stats.intervals import (
    Plan,
    bca_interval,
    bootstrap_sums,
    clopper_pearson,
    estimate,
    mean_error,
    percentile_interval,
    wilson,
)
from tests.examples import example

SPATIAL = example("intervals.spatial")


@pytest.mark.parametrize(("successes", "n", "low", "high"), example("intervals.wilson"))
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


def spatial_variance(resamples=20_000):
    """Test A of the spatial data: its variance, replicates of it, and each value's influence on it."""
    values = np.array(SPATIAL["values"], dtype=float)
    sums = Plan(resamples, 1).sums(sparse.csr_matrix(np.stack([values, values**2], axis=1))) / len(values)
    variance = values.var()
    return variance, sums[:, 1] - sums[:, 0] ** 2, (values - values.mean()) ** 2 - variance


def test_the_spatial_data_have_their_published_intervals():
    variance, replicates, influence = spatial_variance()

    assert variance == pytest.approx(SPATIAL["variance"], abs=0.005)
    assert percentile_interval(replicates, 0.9) == pytest.approx(tuple(SPATIAL["percentile"]), abs=2.5)
    assert bca_interval(variance, replicates, influence, 0.9) == pytest.approx(tuple(SPATIAL["bca"]), abs=3)


def test_bca_is_scipys():
    variance, replicates, influence = spatial_variance()
    theirs = stats.bootstrap(
        (np.array(SPATIAL["values"], dtype=float),), np.var, n_resamples=20_000, method="BCa", rng=4, vectorized=True
    ).confidence_interval

    assert bca_interval(variance, replicates, influence) == pytest.approx((theirs.low, theirs.high), abs=4)


def test_bca_of_scipys_own_replicates_is_scipys_interval():
    values = np.random.default_rng(3).exponential(size=80)
    found = stats.bootstrap((values,), np.mean, n_resamples=999, method="BCa", rng=4)

    ours = bca_interval(values.mean(), found.bootstrap_distribution, values - values.mean())

    assert ours == pytest.approx((found.confidence_interval.low, found.confidence_interval.high), abs=1e-9)


def test_ties_count_half():
    """A statistic of few values: without halves z0 would push the interval to one side."""
    replicates = np.repeat([0.0, 1.0, 2.0], [25, 50, 25])

    assert bca_interval(1.0, replicates, np.array([-1.0, 0, 1])) == (0, 2)


@pytest.mark.parametrize(
    ("value", "replicates", "influence"),
    [
        (1.0, np.linspace(0, 0.9, 100), np.array([0.1, -0.1])),  # all on one side
        (0.5, np.linspace(0, 1, 100), np.zeros(4)),  # nobody has influence
        (0.5, np.linspace(0, 1, 100), 9.0),  # the correction turns round
    ],
)
def test_where_bca_is_not_finite_the_estimate_says_percentile(value, replicates, influence):
    found = estimate(value, replicates, n=100, reason="", influence=influence)

    assert bca_interval(value, replicates, influence) is None
    assert (found.low, found.high) == percentile_interval(replicates)
    assert found.as_dict()["method"] == "percentile"


def test_an_interval_of_the_kind_that_was_asked_for_says_nothing():
    variance, replicates, influence = spatial_variance(500)

    assert "method" not in estimate(variance, replicates, n=26, reason="", influence=influence).as_dict()
    assert "method" not in estimate(variance, replicates, n=26, reason="").as_dict()


def test_an_obstacle_leaves_the_value():
    found = estimate(0.5, np.linspace(0, 1, 9), n=9, reason="", obstacle="an interval needs at least 2 clusters")

    assert (found.value, found.low, found.reason) == (0.5, None, "an interval needs at least 2 clusters")


@pytest.mark.parametrize(("successes", "n", "low", "high"), example("intervals.clopper_pearson"))
def test_clopper_pearson_is_as_published(successes, n, low, high):
    found = clopper_pearson(successes, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("successes", "n"), [(850, 1000), (0, 7), (7, 7)])
def test_clopper_pearson_is_scipys(successes, n):
    theirs = stats.binomtest(successes, n).proportion_ci(method="exact")
    found = clopper_pearson(successes, n)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_shares_of_nothing_are_undefined_and_impossible_ones_refused():
    assert clopper_pearson(0, 0).value is None
    with pytest.raises(ValueError, match="between 0 and 3"):
        clopper_pearson(4, 3)


def test_clustered_errors_are_as_computed_independently():
    given = example("intervals.clustered")
    scores, clusters = given["scores"], given["clusters"]

    assert mean_error(scores) == pytest.approx(given["naive"], abs=5e-5)
    assert mean_error(scores, clusters, corrected=False) == pytest.approx(given["clustered"], abs=5e-5)
    assert mean_error(scores, clusters) == pytest.approx(given["corrected"], abs=5e-5)


@pytest.mark.parametrize(("scores", "clusters"), [([], None), ([1.0], None), ([1.0, 0.0], ["a", "a"])])
def test_one_cluster_has_no_error(scores, clusters):
    assert mean_error(scores, clusters) is None


def test_the_cluster_bootstrap_has_the_clustered_error():
    scores, clusters = [1.0, 1, 0, 0, 1, 0], list("aabbcc")

    means = Plan(40_000, clusters=clusters).sums(sparse.csr_matrix(np.array(scores)[:, None]))[:, 0] / 6

    assert means.std() == pytest.approx(mean_error(scores, clusters), rel=0.02)


def f1_interval(columns, plan):
    """Micro F1 of (hits, labels on both sides) by item, with its interval."""
    total = columns.sum(axis=0)
    value = 2 * total[0] / total[1]
    sums = plan.sums(sparse.csr_matrix(columns))
    influence = (2 * columns[:, 0] - value * columns[:, 1]) / total[1]
    a = float(accelerations(influence[:, None], plan)[0])
    return bca_interval(value, 2 * sums[:, 0] / sums[:, 1], a)


def coverage(kind, *, repeats, resamples, seed):
    """The share of intervals that hold the truth, at 200 items."""
    draw, inside = np.random.default_rng(seed), 0
    truth = 2 * 0.3 * 0.7 / (0.3 + 0.3 * 0.7 + 0.7 * 0.1)
    for repeat in range(repeats):
        if kind == "clusters":  # 100 companies of two items with one answer
            true, luck = (np.repeat(draw.random(100), 2) for _ in "12")
        else:
            true, luck = draw.random(200), draw.random(200)
        gold = np.arange(200) < 60 if kind == "strata" else true < 0.3
        guess = luck < np.where(gold, 0.7, 0.1)
        together = {"clusters": {"clusters": np.arange(200) // 2}, "strata": {"strata": gold}, "plain": {}}[kind]
        design = {name: values.tolist() for name, values in together.items()}
        columns = np.stack([gold & guess, gold.astype(int) + guess], axis=1).astype(float)
        low, high = f1_interval(columns, Plan(resamples, repeat, **design))
        inside += low <= truth <= high
    return inside / repeats


@pytest.mark.parametrize("kind", ["plain", "clusters", "strata"])
@pytest.mark.long
def test_bca_covers_what_it_says_at_200_items(kind):
    assert 0.93 <= coverage(kind, repeats=400, resamples=300, seed=7) <= 0.97


@pytest.mark.long
@pytest.mark.parametrize("kind", ["plain", "clusters", "strata"])
def test_bca_covers_what_it_says_in_many_trials(kind):
    assert 0.935 <= coverage(kind, repeats=2000, resamples=500, seed=8) <= 0.965
