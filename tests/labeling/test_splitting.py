from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.splitting import assign, parse_shares
from reviewapp.common.errors import Refused

SHARES = {"dev": 0.5, "test": 0.4, "fewshot": 0.1}


def test_shares_are_read():
    assert parse_shares("dev=.5, test=.4,fewshot=.1") == SHARES


@pytest.mark.parametrize("text", ["dev=.5,test=.4", "dev=1,train=0", "dev", "dev=x", "dev=.5,dev=.5", "dev=2,test=-1"])
def test_shares_that_make_no_sense_are_refused(text):
    with pytest.raises(Refused):
        parse_shares(text)


def test_splits_are_as_large_as_their_shares():
    entries = [(f"i{place:04}", f"g{place}", ("x",)) for place in range(1000)]
    counts = Counter(assign(entries, shares=SHARES, seed=3).values())
    assert counts == {"dev": 500, "test": 400, "fewshot": 100}


def test_each_stratum_is_cut_alike():
    entries = [(f"i{place:04}", f"g{place}", ("rare" if place < 20 else "common",)) for place in range(200)]
    split = assign(entries, shares=SHARES, seed=3)
    assert Counter(split[key] for key, _, stratum in entries if stratum == ("rare",)) == {
        "dev": 10,
        "test": 8,
        "fewshot": 2,
    }


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.sampled_from("xy")), min_size=1, max_size=60), st.integers(0, 3))
def test_equal_texts_share_a_split_and_order_does_not_matter(rows, seed):
    entries = [(f"i{place:03}", f"g{group}", (stratum,)) for place, (group, stratum) in enumerate(rows)]
    split = assign(entries, shares=SHARES, seed=seed)
    assert set(split) == {key for key, _, _ in entries}
    homes = {}
    for key, group, _ in entries:
        assert homes.setdefault(group, split[key]) == split[key]
    assert split == assign(list(reversed(entries)), shares=SHARES, seed=seed)
