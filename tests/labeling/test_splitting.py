from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.splitting import FREED, assign, parse_shares, targets
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


def test_a_first_draw_is_what_it_always_was():
    entries = [(f"i{place:02}", f"g{place % 17}", ("x" if place % 3 else "y",)) for place in range(20)]
    drawn = assign(entries, shares=SHARES, seed=7, never_test={"g1", "g4"})
    assert "".join(drawn[key][0] for key, _, _ in sorted(entries)) == "ddtfddtftdddttttdddt"
    assert drawn == assign(entries, shares=SHARES, seed=7, never_test={"g1", "g4"}, former={"another": "test"})


FORMER = st.sampled_from([None, None, "dev", "test", "fewshot", FREED])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(FORMER, st.sampled_from("xyz"), st.booleans()), min_size=1, max_size=60),
    st.sampled_from([SHARES, {"dev": 0.5, "test": 0.5}, {"dev": 1.0}, {"test": 0.7, "fewshot": 0.3}]),
    st.integers(0, 3),
)
def test_splits_are_kept_and_moved_no_more_than_the_sizes_ask_for(rows, shares, seed):
    entries = [(f"i{place:03}", f"g{place:03}", (stratum,)) for place, (_, stratum, _) in enumerate(rows)]
    former = {f"g{place:03}": had for place, (had, _, _) in enumerate(rows) if had is not None}
    barred = {f"g{place:03}" for place, (_, _, is_barred) in enumerate(rows) if is_barred and seed == 3}

    split = assign(entries, shares=shares, seed=seed, never_test=barred, former=former)

    now = {group: split[key] for key, group, _ in entries}
    assert split == assign(list(reversed(entries)), shares=shares, seed=seed, never_test=barred, former=former)
    held = {group for group, had in former.items() if had == "test"} - barred
    assert {now[group] for group in held} <= {"test"}
    assert not any(now[group] == "test" for group in barred)
    if barred:  # a stratum of barred items alone gives test none, so the sizes can come out otherwise
        return
    sizes, wanted = Counter(now.values()), targets(shares, len(entries))
    is_tight = len(held) > wanted.get("test", 0)
    if not is_tight:
        assert {name: sizes[name] for name in wanted} == wanted
    else:
        assert sizes["test"] == len(held)
    fresh = [group for _, group, _ in entries if group not in former]
    read = {group for group, had in former.items() if had not in ("test", FREED)}
    freed = {group for group, had in former.items() if had == FREED}
    moved = sum(now[group] == "test" for group in read | freed)
    assert moved == max(0, sizes["test"] - len(held) - len(fresh))  # only what is new does not fill
    assert sum(now[group] == "test" for group in read) == max(0, len(read) - len(rows) + sizes["test"])
    for name in ("dev", "fewshot"):
        had = {group for group in former if former[group] == name}
        kept = sum(now[group] == name for group in had)
        assert kept == min(len(had), sizes[name] if is_tight else wanted.get(name, 0))


def test_what_was_all_dev_can_be_split_later_and_each_stratum_alike():
    entries = [(f"i{place:03}", f"g{place:03}", ("rare" if place < 20 else "common",)) for place in range(200)]
    split = assign(entries, shares=SHARES, seed=3, former={group: "dev" for _, group, _ in entries})
    assert Counter(split.values()) == {"dev": 100, "test": 80, "fewshot": 20}
    rare = Counter(split[key] for key, _, stratum in entries if stratum == ("rare",))
    assert rare == {"dev": 10, "test": 8, "fewshot": 2}


def test_equal_texts_stay_together_also_where_one_was_held_out():
    entries = [("a", "same", ()), ("b", "same", ()), ("c", "other", ()), ("d", "new", ())]
    split = assign(entries, shares={"dev": 1.0}, former={"same": "test", "other": "dev"})
    assert split == {"a": "test", "b": "test", "c": "dev", "d": "dev"}
