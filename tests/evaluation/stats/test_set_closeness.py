import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics import masi_distance

from evaluation.stats.rated_units import rated_units
from evaluation.stats.set_closeness import mean_distances, set_closeness
from evaluation.stats.taxonomy_distance import taxonomy_distance

PARENTS = {"a": None, "b": "a", "c": "b", "d": "a", "e": None}
sets = st.frozensets(st.sampled_from("abcde"))
tables = st.lists(st.lists(sets, min_size=2, max_size=3), min_size=1, max_size=8)


def rate(table):
    return [(f"i{row}", f"r{column}", cell) for row, cells in enumerate(table) for column, cell in enumerate(cells)]


def masi(one, other):
    if not one or not other:
        return float(one != other)
    return masi_distance(one, other)


def forgiving(one, other):
    return taxonomy_distance(one, other, PARENTS)


@settings(max_examples=50, deadline=None)
@given(tables)
def test_sums_over_all_pairs_are_those_of_each_pair(table):
    units = rated_units(rate(table), "abcde", PARENTS)
    alike = set_closeness(units)
    counts = np.bincount(alike.value_of, minlength=alike.count).astype(float)[:, None]
    cells = [cell for row in table for cell in row]

    found = alike.pair_sums(counts)

    for name, apart in (("masi", masi), ("taxonomy", forgiving)):
        assert found[name][0] == pytest.approx(sum(1 - apart(one, other) for one in cells for other in cells))
    near = alike.cross_sums(counts, 2 * counts)
    assert near["masi"][0] == pytest.approx(2 * found["masi"][0])


@settings(max_examples=50, deadline=None)
@given(tables)
def test_means_within_items_are_those_of_each_pair(table):
    found = mean_distances(rated_units(rate(table), "abcde", PARENTS))

    for place, row in enumerate(table):
        pairs = [(one, other) for at, one in enumerate(row) for other in row[at + 1 :]]
        assert found["taxonomy"][place] == pytest.approx(np.mean([forgiving(*pair) for pair in pairs]))
        assert found["masi"][place] == pytest.approx(np.mean([masi(*pair) for pair in pairs]))
        assert found["exact"][place] == pytest.approx(np.mean([one == other for one, other in pairs]))
