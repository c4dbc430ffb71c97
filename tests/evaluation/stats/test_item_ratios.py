"""Ratios over items with intervals that draw whole items."""

import numpy as np
import pytest

from evaluation.stats.item_ratios import ALIKE, of_outputs, ratio_over_items
from evaluation.stats.resampling import Plan
from tests.examples import example


def test_the_value_is_the_ratio_of_sums_and_n_the_items_with_something_below():
    found = ratio_over_items({"1": (6, 2), "2": (1, 1), "3": (0, 0)}, plan=Plan(200))

    assert (found.value, found.n) == (pytest.approx(7 / 3), 2)
    assert found.low < found.value < found.high


def test_undefined_and_without_interval_say_why():
    assert ratio_over_items({}, plan=Plan()).reason == "nothing was rated"
    assert ratio_over_items({"1": (2, 1), "2": (4, 2)}, plan=Plan()).reason == ALIKE
    assert ratio_over_items({"1": (2, 1)}, plan=Plan()).low is None


def test_more_ratings_of_the_same_items_do_not_narrow_the_interval():
    once = {str(item): (float(item % 5), 1.0) for item in range(30)}
    thrice = {item: (3 * above, 3 * below) for item, (above, below) in once.items()}

    a, b = ratio_over_items(once, plan=Plan()), ratio_over_items(thrice, plan=Plan())

    assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high))


def test_outputs_of_an_item_are_drawn_together():
    assert of_outputs(Plan(), ["1", "1", "2"], None).units(3).count == 2


def test_intervals_of_the_mean_cover_the_truth():
    """Ratings are an item's worth and a rater's noise; intervals of ratings as if independent would cover far less."""
    low, high = example("panels.coverage.mean")
    draw = np.random.default_rng(1)
    held = 0
    for seed in range(200):
        ratings = draw.normal(3, 1, (40, 1)) + draw.normal(0, 0.5, (40, 3))
        parts = {str(item): (row.sum(), 3.0) for item, row in enumerate(ratings)}
        found = ratio_over_items(parts, plan=Plan(200, seed))
        held += found.low <= 3 <= found.high

    assert low <= held / 200 <= high
