"""Win rates, position bias and agreement of choices."""

import numpy as np
import pytest
from scipy import stats

from evaluation.stats.resampling import Plan
from evaluation.stats.win_rate import (
    Chosen,
    choice_agreement,
    net_of_items,
    position_bias,
    tables_of_items,
    win_rate,
)
from tests.examples import example


def chosen(better, *, is_b_first=False, rater="r"):
    return [Chosen(rater, str(item), "a", "b", one, is_b_first) for item, one in enumerate(better)]


def test_a_tie_is_half_a_win_whichever_way_round():
    found = chosen("aatb")

    assert win_rate(found, "a", "b", plan=Plan(100)).value == 0.625
    assert win_rate(found, "b", "a", plan=Plan(100)).value == 0.375
    assert net_of_items(found, "b", "a") == [-0.5, -0.5, 0.0, 0.5]
    assert tables_of_items(found, ["a", "b"])["2"].tolist() == [[0, 0.5], [0.5, 0]]


def test_where_all_choices_are_one_way_the_interval_is_wilsons():
    found = win_rate(chosen("aaaaaaaaaa"), "a", "b", plan=Plan(100))

    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.7225, abs=1e-4)


def test_position_bias_counts_what_was_shown_first():
    found = position_bias(chosen("aaaab") + chosen("bbbat", is_b_first=True), plan=Plan(100))

    assert (found.first, found.second, found.ties) == (7, 2, 1)
    assert found.share.value == 0.75
    assert found.as_dict()["p"] == stats.binomtest(7, 9).pvalue


def test_agreement_takes_a_tie_for_the_middle():
    near = choice_agreement(chosen("aabbtt") + chosen("atbbtt", rater="s"), plan=Plan(100))
    far = choice_agreement(chosen("aabbtt") + chosen("abbbtt", rater="s"), plan=Plan(100))

    assert far.value < near.value < 1
    assert choice_agreement(chosen("ab"), plan=Plan()).value is None


def test_intervals_of_the_win_rate_cover_the_truth():
    """Three raters of an item lean the same way, so choices are no independent draws."""
    low, high = example("panels.coverage.win_rate")
    draw = np.random.default_rng(1)
    held = 0
    for seed in range(200):
        leaning = draw.beta(3, 2, 40)
        better = draw.random((3, 40)) < leaning
        found = [
            one for row, rater in zip(better, "rst", strict=True)
            for one in chosen(["a" if won else "b" for won in row], rater=rater)
        ]  # fmt: skip
        rate = win_rate(found, "a", "b", plan=Plan(200, seed))
        held += rate.low <= 0.6 <= rate.high

    assert low <= held / 200 <= high
