import itertools

import numpy as np
import pytest

from evaluation.stats.compare import compare, verdict
from evaluation.stats.types import Estimate

CODES = list("abcd")


def make(share, n=300, seed=0):
    draw = np.random.default_rng(seed)
    gold = [frozenset(draw.choice(CODES, size=2, replace=False)) for _ in range(n)]
    noise = np.random.default_rng(seed + 100)
    return gold, [one if noise.random() < share else frozenset(noise.choice(CODES, size=1)) for one in gold]


def test_a_clearly_better_run_is_better():
    gold, worse = make(0.5)
    _, better = make(0.9)
    report = compare(gold=gold, a=worse, b=better, codes=CODES, resamples=300)
    found = report.diff["micro_f1"]
    assert report.verdict == "better"
    assert found.estimate.value == pytest.approx(report.b["micro_f1"].value - report.a["micro_f1"].value)
    assert found.p == pytest.approx(1 / 301)
    assert compare(gold=gold, a=better, b=worse, codes=CODES, resamples=300).verdict == "worse"


def test_a_run_against_itself_differs_in_nothing():
    gold, run = make(0.7)
    report = compare(gold=gold, a=run, b=run, codes=CODES, resamples=200)
    assert report.diff["micro_f1"].estimate.value == 0
    assert report.diff["micro_f1"].p == 1.0
    assert report.verdict == "not_worse"


def test_the_p_of_few_items_is_that_of_all_swaps():
    gold = [frozenset("a")] * 6
    a, b = [frozenset("b")] * 5 + [frozenset("a")], [frozenset("a")] * 6
    report = compare(gold=gold, a=a, b=b, codes=CODES, resamples=20_000)
    exact = []
    right = np.array([0, 0, 0, 0, 0, 1]), np.ones(6)
    for coins in itertools.product([0, 1], repeat=6):
        swapped = np.where(coins, right[1], right[0]), np.where(coins, right[0], right[1])
        exact.append(abs(swapped[1].mean() - swapped[0].mean()) >= 5 / 6 - 1e-12)
    assert report.diff["exact_match"].p == pytest.approx(np.mean(exact), abs=0.005)


def test_verdicts_follow_the_interval():
    def of(low, high):
        return verdict(Estimate((low + high) / 2, low, high, 100), 0.02)

    assert of(0.01, 0.05) == "better"
    assert of(-0.01, 0.05) == "not_worse"
    assert of(-0.06, -0.01) == "worse"
    assert of(-0.06, 0.05) == "cannot_tell"
    assert verdict(Estimate(0.1, None, None, 1), 0.02) == "cannot_tell"


def test_no_items_tell_nothing():
    report = compare(gold=[], a=[], b=[], codes=CODES)
    assert report.verdict == "cannot_tell"
    assert report.as_dict()["diff"]["micro_f1"]["value"] is None


def test_turning_the_runs_round_turns_the_difference_round():
    gold, one = make(0.6)
    _, other = make(0.7, seed=0)
    first = compare(gold=gold, a=one, b=other, codes=CODES, resamples=200)
    second = compare(gold=gold, a=other, b=one, codes=CODES, resamples=200)

    for name, found in first.diff.items():
        back = second.diff[name]
        assert found.estimate.value == pytest.approx(-back.estimate.value, abs=1e-12)
        assert (found.estimate.low, found.estimate.high) == pytest.approx(
            (-back.estimate.high, -back.estimate.low), abs=1e-12
        )
        assert found.p == back.p
    assert first.labels["a"].value == pytest.approx(-second.labels["a"].value, abs=1e-12)


def test_equally_good_runs_are_rarely_called_different():
    small = []
    for seed in range(120):
        draw = np.random.default_rng(seed)
        gold = [frozenset(draw.choice(CODES, size=2, replace=False)) for _ in range(80)]
        runs = [
            [one if draw.random() < 0.7 else frozenset(draw.choice(CODES, size=1)) for one in gold] for _ in range(2)
        ]
        small.append(compare(gold=gold, a=runs[0], b=runs[1], codes=CODES, resamples=199).diff["micro_f1"].p <= 0.05)
    assert np.mean(small) <= 0.1  # of 120 at 5 in 100, more than 12 come once in a hundred times


def test_a_label_that_neither_run_nor_gold_has_has_no_difference():
    report = compare(gold=[frozenset("a")] * 3, a=[frozenset("a")] * 3, b=[None] * 3, codes=CODES, resamples=20)

    assert report.labels["b"].value is None
    assert report.labels["b"].reason
    assert report.labels["a"].value == -1


def test_the_report_has_the_keys_it_promises():
    gold, run = make(0.7, n=20)
    report = compare(gold=gold, a=run, b=run, codes=CODES, margin=0.03, resamples=20).as_dict()

    assert {"n", "a", "b", "diff", "labels", "verdict", "margin", "interval", "zero_division"} == set(report)
    assert set(report["diff"]) == {"micro_f1", "macro_f1", "exact_match"}
    assert set(report["diff"]["macro_f1"]) == {"value", "low", "high", "n", "p"}
    assert report["margin"] == 0.03
