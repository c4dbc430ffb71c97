"""What was got for the money, against scipy's bootstrap."""

import json

import pytest

from evaluation.stats.intervals import wilson
from evaluation.stats.spending import Bought, cache_hits, frontier, spending
from tests.examples import example

LABELS = ["a", "b", "c", "d"]


def forty():
    rows = zip(example("spending.micro_usd"), example("spending.right"), strict=True)
    gold = frozenset(LABELS[:3])
    return [Bought(cost, gold, frozenset([*LABELS[:right], "d"])) for cost, right in rows]


def test_costs_are_ratios_of_totals_with_scipys_intervals():
    found = spending(forty(), resamples=4000)

    for name in ("per_item", "per_right_label"):
        one, expected = getattr(found, name), example(f"spending.{name}")
        assert one.value == pytest.approx(expected[0])
        assert (one.low, one.high) == pytest.approx(expected[1:], rel=0.03)
    assert (found.items, found.right_labels, found.right_items) == (40, 58, 0)
    assert (found.per_right_item.value, found.per_right_item.reason) == (None, "no item was wholly right")


def test_right_counts_items_with_gold_and_unknown_costs_are_left_out():
    x = frozenset("x")
    found = spending(
        [
            Bought(100, x, x),
            Bought(300, x, None),  # paid, and nothing came
            Bought(50, frozenset(), frozenset()),
            Bought(10, None, x),  # nobody knows
            Bought(None, x, x),
        ]
    )

    assert (found.total_micro_usd, found.items, found.unpriced) == (460, 4, 1)
    assert found.per_item.value == 115.0
    assert (found.per_right_label.value, found.per_right_label.n) == (450.0, 3)
    assert found.per_right_item.value == 225.0
    assert found.as_dict()["micro_usd_per_item"]["n"] == 4


def test_nothing_spent_and_nothing_known():
    x = frozenset("x")
    free = spending([Bought(0, x, x)] * 4)
    assert (free.per_item.value, free.per_item.low, free.per_item.reason) == (0.0, None, "nothing was spent")
    flat = spending([Bought(7, x, x)] * 4)
    assert (flat.per_item.value, flat.per_item.high) == (7.0, None)
    assert "every item cost the same" in flat.per_item.reason
    blind = spending([Bought(None)])
    assert blind.per_item.reason == "no item's cost is known"
    assert spending([Bought(5)]).per_right_label.reason == "no item's cost and gold are known"
    json.dumps([one.as_dict() for one in (free, flat, blind)], allow_nan=False)
    with pytest.raises(ValueError, match="not below 0"):
        spending([Bought(-1)])


def test_cache_hits():
    assert cache_hits(1, 10) == wilson(1, 10)
    assert cache_hits(0, 0).reason == "no call was made"


def test_the_frontier_holds_what_nothing_beats():
    points = [("dear", 5.0, 0.9), ("same", 1.0, 0.5), ("twin", 1.0, 0.5), ("worse", 1.0, 0.4), ("flat", 2.0, 0.5)]
    assert frontier(points) == ["same", "twin", "dear"]
    assert frontier([*points, ("free", 0, 0.9)]) == ["free"]
    assert frontier([("a", None, 0.9), ("b", 1.0, None)]) == []


def test_the_frontier_is_what_trying_all_pairs_finds():
    points = [(place, float(place * 7 % 11), (place * 5 % 13) / 13) for place in range(60)]

    def beats(one, other):
        return one[1] <= other[1] and one[2] >= other[2] and one[1:] != other[1:]

    expected = {one[0] for one in points if not any(beats(other, one) for other in points)}
    assert set(frontier(points)) == expected
