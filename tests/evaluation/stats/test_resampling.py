import numpy as np
import pytest
from scipy import sparse

from evaluation.stats import resampling
from evaluation.stats.resampling import Plan, bootstrap_sums, item_weights, swap_sums


def test_each_resample_draws_as_many_items_as_there_are():
    sums = bootstrap_sums(sparse.csr_matrix(np.ones((37, 1))), resamples=500, seed=0)
    assert (sums == 37).all()


@pytest.mark.parametrize("strata", [None, ["x"] * 20 + ["y"] * 30])
@pytest.mark.parametrize("clusters", [None, [str(place // 2) for place in range(50)]])
def test_the_blocks_do_not_show(monkeypatch, strata, clusters):
    columns, plan = sparse.csr_matrix(np.arange(50.0)[:, None]), Plan(40, 3, strata=strata, clusters=clusters)
    whole = plan.sums(columns), swap_sums(columns, resamples=40, seed=3)

    monkeypatch.setattr(resampling, "CHUNK_CELLS", 150)  # three resamples at a time
    blocks = plan.sums(columns), swap_sums(columns, resamples=40, seed=3)

    assert len(list(plan.draws(50))) == 14
    assert np.array_equal(whole, blocks)


def test_another_seed_draws_other_items():
    columns = sparse.csr_matrix(np.arange(50.0)[:, None])

    assert not np.array_equal(Plan(9, 1).sums(columns), Plan(9, 2).sums(columns))


def test_shares_are_summed_beside_the_counts():
    counts, shares = sparse.csr_matrix(np.eye(5)), np.linspace(0, 1, 10).reshape(5, 2)

    sums = bootstrap_sums(counts, shares=shares, resamples=30, seed=0)

    assert sums[:, 5:] == pytest.approx(sums[:, :5] @ shares)


def test_swaps_take_about_half_of_the_items():
    sums = swap_sums(sparse.csr_matrix(np.ones((400, 1))), resamples=2000, seed=0)[:, 0]

    assert sums.mean() == pytest.approx(200, abs=1)
    assert sums.std() == pytest.approx(10, abs=0.6)


def test_the_short_forms_are_those_of_a_plain_plan():
    columns = sparse.csr_matrix(np.arange(9.0)[:, None])

    assert np.array_equal(bootstrap_sums(columns, resamples=7, seed=2), Plan(7, 2).sums(columns))
    assert np.array_equal(next(item_weights(9, resamples=7, seed=2))[1], next(Plan(7, 2).draws(9))[1])


def test_a_stratum_keeps_its_weight_in_every_resample():
    strata = ["a"] * 12 + ["b"] * 5 + ["a"] * 3
    drawn = next(Plan(200, strata=strata).draws(20))[1]

    is_a = np.array(strata) == "a"
    assert drawn[:, is_a].sum(axis=1) == pytest.approx(np.full(200, 15))
    assert drawn[:, ~is_a].sum(axis=1) == pytest.approx(np.full(200, 5))
    assert np.ptp(drawn[:, 0]) > 0


def test_items_of_a_cluster_are_drawn_together():
    drawn = next(Plan(50, clusters=["x", "y", "x", "z"]).draws(4))[1]

    assert np.array_equal(drawn[:, 0], drawn[:, 2])
    assert drawn[:, [0, 1, 3]].sum(axis=1) == pytest.approx(np.full(50, 3))


def test_a_stratum_of_one_item_is_pooled_and_not_held_fixed():
    two = next(Plan(100, strata=["a"] * 6 + ["b", "c"]).draws(8))[1]
    one = next(Plan(100, strata=["a"] * 6 + ["d"] * 3 + ["b"]).draws(10))[1]

    assert set(np.unique(two[:, 6:])) == {0, 2}  # one of the two, twice
    assert np.ptp(one[:, 9]) > 0
    assert one[:, 6:].sum(axis=1) == pytest.approx(np.full(100, 4))  # with the smaller of the other strata


def test_the_spread_of_a_mean_is_that_of_the_design():
    """Rao and Wu's resamples have the textbook variance of a stratified mean, also with few in a stratum."""
    strata, values = np.repeat([0, 1, 2], [3, 4, 5]), np.array([1.0, 5, 3, 2, 8, 4, 4, 0, 1, 0, 2, 7])

    means = Plan(30_000, strata=strata.tolist()).sums(sparse.csr_matrix(values[:, None]))[:, 0] / 12

    theirs = sum(
        (np.sum(strata == one) / 12) ** 2 * values[strata == one].var(ddof=1) / np.sum(strata == one)
        for one in range(3)
    )
    assert means.var() == pytest.approx(theirs, rel=0.04)


def test_a_report_says_how_it_was_drawn():
    plan = Plan(50, 2, strata=["a", "a", "b", "b", "b"], clusters=["x", "y", "z", "z", "x"])

    assert plan.resampled(5).as_dict() == {
        "method": "BCa bootstrap over items", "resamples": 50, "level": 0.95, "seed": 2, "strata": 2, "clusters": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "items", "said"),
    [
        (Plan(), 0, "2 items"),
        (Plan(), 1, "2 items"),
        (Plan(clusters=["x"] * 3), 3, "2 clusters"),
        (Plan(0), 3, "no resamples"),
        (Plan(clusters=["x", "y", "x"]), 3, ""),
    ],
)
def test_a_plan_says_what_stands_in_the_way(plan, items, said):
    found = plan.obstacle(items)

    assert said in found
    assert bool(found) == bool(said)


@pytest.mark.parametrize("wrong", [{"method": "normal"}, {"weights": [1.0, 0.0]}, {"weights": [1.0, float("nan")]}])
def test_a_plan_refuses_what_it_cannot_do(wrong):
    with pytest.raises(ValueError, match=r"method|weights"):
        Plan(**wrong)


@pytest.mark.parametrize("name", ["strata", "clusters", "weights"])
def test_a_value_for_each_item_is_needed(name):
    with pytest.raises(ValueError, match=name):
        Plan(**{name: [1, 1]}).units(3)


def test_no_items_draw_nothing():
    assert Plan(3, strata=[], clusters=[]).sums(sparse.csr_matrix((0, 2))).tolist() == [[0, 0]] * 3
