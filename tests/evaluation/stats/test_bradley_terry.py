"""Strengths against Agresti's baseball teams."""

import numpy as np
import pytest

from evaluation.stats.bradley_terry import SPLIT, bradley_terry, log_strengths
from evaluation.stats.resampling import Plan
from tests.examples import example


def test_the_published_example():
    known = example("panels.baseball")

    found = log_strengths(np.array([known["wins"]]))[0]

    assert np.round(found - found[-1], 2).tolist() == known["published"]
    assert (found - found[-1]).tolist() == pytest.approx(known["regression"], abs=5e-5)
    assert found.mean() == pytest.approx(0)


def test_two_runs_have_the_log_odds_of_the_win_rate():
    found = log_strengths(np.array([[[0, 7.5], [2.5, 0]]]))[0]

    assert found[0] - found[1] == pytest.approx(np.log(3))


def test_a_run_that_never_lost_has_no_strength():
    found = bradley_terry({"1": np.array([[0, 1, 1], [0, 0, 1], [0, 1, 0]])}, ["a", "b", "c"], plan=Plan())

    assert not found.is_connected
    assert {one.reason for one in found.runs.values()} == {SPLIT}
    assert all(one["value"] is None for one in found.as_dict()["runs"].values())


def test_intervals_draw_items_and_say_how_many_had_no_fit():
    draw = np.random.default_rng(0)
    tables = {}
    for item in range(30):
        table = np.zeros((3, 3))
        for one, other in ((0, 1), (0, 2), (1, 2)):
            wins = float(draw.integers(0, 3)) / 2
            table[one, other], table[other, one] = wins, 1 - wins
        tables[str(item)] = table

    found = bradley_terry(tables, ["a", "b", "c"], plan=Plan(200))

    assert found.unfitted == 0.0
    assert all(one.low < one.value < one.high and one.n == 30 for one in found.runs.values())
    assert bradley_terry({}, ["a", "b"], plan=Plan()).runs["a"].reason == "nothing was compared"
