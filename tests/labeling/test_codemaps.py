"""Codes across versions: composed, and what of them cannot be said."""

from labeling.codemaps import CodeMap


def codes(new="", **became):
    return CodeMap({old: frozenset(parts.split()) for old, parts in became.items()}, frozenset(new.split()))


def test_maps_follow_one_another():
    first = codes("b s r", a="b", s="s", r="r")
    second = codes("c x y", b="c", s="x y", r="")

    both = first.then(second)

    assert both.targets == {"a": {"c"}, "s": {"x", "y"}, "r": frozenset()}
    assert (sorted(both.split), sorted(both.retired)) == (["s"], ["r"])


def test_a_label_merged_into_a_part_of_a_split_is_apart_as_well():
    found = codes("x y z", a="x", s="x y")

    assert found.apart == {"x", "y", "z"}
