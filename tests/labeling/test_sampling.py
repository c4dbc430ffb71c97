import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.sampling import largest_remainder, stratified

ITEMS = [(f"i{place:04}", ("big" if place % 4 == 0 else "small",)) for place in range(200)]
worlds = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=80)


def test_proportional_takes_each_group_by_its_share():
    sample = stratified(ITEMS, size=40, seed=1)
    table = {row.values: row for row in sample.table}
    assert (table[("big",)].picked, table[("small",)].picked) == (10, 30)
    assert table[("big",)].weight == 5.0


def test_equal_asks_the_others_for_what_a_small_group_lacks():
    items = [("a1", ("a",)), ("a2", ("a",)), *((f"b{place}", ("b",)) for place in range(50))]
    sample = stratified(items, size=10, allocation="equal", seed=1)
    table = {row.values[0]: row for row in sample.table}
    assert (table["a"].wanted, table["a"].picked, table["a"].shortfall) == (5, 2, 3)
    assert table["b"].picked == 8
    assert sample.shortfall == 3


@settings(max_examples=60, deadline=None)
@given(worlds, st.integers(1, 80), st.sampled_from(["proportional", "equal"]), st.integers(0, 5))
def test_a_sample_is_the_size_asked_for_whatever_the_order(world, size, allocation, seed):
    items = [(f"i{place:03}", (group,)) for place, group in enumerate(world)]
    size = min(size, len(items))
    sample = stratified(items, size=size, allocation=allocation, seed=seed)
    assert len({key for key, _, _ in sample.picked}) == size
    assert sample == stratified(list(reversed(items)), size=size, allocation=allocation, seed=seed)
    for row in sample.table:
        assert row.picked <= row.population
    known = {row.values: row for row in sample.table if row.picked}
    assert sum(weight for _, _, weight in sample.picked) == pytest.approx(sum(row.population for row in known.values()))


def test_another_seed_draws_others():
    assert stratified(ITEMS, size=20, seed=1).picked != stratified(ITEMS, size=20, seed=2).picked


def test_more_than_there_is_cannot_be_drawn():
    with pytest.raises(ValueError, match="size"):
        stratified(ITEMS, size=201)


def test_largest_remainder_is_exact():
    assert largest_remainder({"a": 1, "b": 1, "c": 1}, 10) == {"a": 4, "b": 3, "c": 3}
    assert sum(largest_remainder({"a": 0.5, "b": 0.4, "c": 0.1}, 7).values()) == 7
