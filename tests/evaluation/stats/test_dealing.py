"""How often chance alone makes a gap as wide."""

from itertools import combinations

import numpy as np
import pytest
from scipy import sparse

from evaluation.stats.dealing import chances


def members(*cells, n):
    columns = np.zeros((n, len(cells)))
    for place, cell in enumerate(cells):
        columns[list(cell), place] = 1
    return sparse.csr_matrix(columns)


def by_all_deals(values, size):
    """The exact two-sided p of the studentised difference of means, over all ways to deal."""

    def statistic(inside):
        one, other = values[list(inside)], np.delete(values, list(inside))
        return abs(one.mean() - other.mean()) / np.sqrt(one.var() / len(one) + other.var() / len(other))

    deals = [statistic(deal) for deal in combinations(range(len(values)), size)]
    return np.mean([one >= deals[0] - 1e-9 for one in deals])


def test_it_is_near_the_exact_share_of_all_deals():
    values = np.array([0.9, 0.8, 0.95, 0.4, 0.3, 0.85, 0.6, 0.1, 0.75, 0.2])
    exact = by_all_deals(values, 3)

    found = chances(members({0, 1, 2}, n=10), values, np.ones(10), deals=4000, seed=1)

    assert found[0] == pytest.approx(exact, abs=0.02)


def test_the_same_seed_gives_the_same_and_blocks_do_not_show(monkeypatch):
    values = np.random.default_rng(0).random(50)
    cells = members(range(20), range(10, 35), n=50)
    one = chances(cells, values, np.ones(50), deals=300, seed=5)
    monkeypatch.setattr("evaluation.stats.dealing.CHUNK", 1000)
    assert np.array_equal(one, chances(cells, values, np.ones(50), deals=300, seed=5))


def test_no_gap_has_a_p_of_one_and_an_undefined_one_has_none():
    cells = members({0, 1}, {2, 3}, n=4)
    assert chances(cells, np.ones(4), np.ones(4), deals=50, seed=0).tolist() == [1.0, 1.0]
    found = chances(cells, np.array([1.0, 1, 0, 0]), np.array([1.0, 1, 0, 0]), deals=50, seed=0)
    assert np.isnan(found).all()  # the second has no figure, so the first has no rest


def test_nothing_to_deal():
    assert chances(members(n=0), np.zeros(0), np.zeros(0), deals=10, seed=0).shape == (0,)


def test_dealing_by_kinds_of_items_gives_the_same_within_chance(monkeypatch):
    draw = np.random.default_rng(2)
    below = draw.integers(1, 4, 400).astype(float)
    above = np.minimum(draw.integers(0, 4, 400), below)
    cells = members(range(40), range(30, 200), range(390, 400), n=400)
    one = chances(cells, above, below, deals=4000, seed=1)
    monkeypatch.setattr("evaluation.stats.dealing.LARGE", 100)

    other = chances(cells, above, below, deals=4000, seed=1)

    assert other == pytest.approx(one, abs=0.03)
    assert np.array_equal(other, chances(cells, above, below, deals=4000, seed=1))
    nothing = chances(cells, np.zeros(400), np.zeros(400), deals=10, seed=1)
    assert np.isnan(nothing).all()


def test_too_many_kinds_are_dealt_item_by_item(monkeypatch):
    values = np.random.default_rng(3).random(500)
    cells = members(range(60), n=500)
    one = chances(cells, values, np.ones(500), deals=200, seed=1)
    monkeypatch.setattr("evaluation.stats.dealing.LARGE", 100)
    assert np.array_equal(one, chances(cells, values, np.ones(500), deals=200, seed=1))
