"""Drift of one signal, against published and independent numbers, and where there is too little."""

import numpy as np
import pytest
from scipy import stats

from evaluation.stats.drift import LEAST, classes, decide, js_distance, means, numbers, psi, share
from tests.examples import example

DRIFT = example("drift")


@pytest.mark.parametrize("case", DRIFT["psi"], ids=lambda case: str(case["value"]))
def test_psi(case):
    assert psi(case["reference"], case["current"]) == pytest.approx(case["value"], abs=5e-6)
    assert psi(case["current"], case["reference"]) == pytest.approx(case["value"], abs=5e-6)


def test_an_empty_class_counts_as_the_floor():
    assert psi([100, 0], [50, 50]) == pytest.approx((0.5 - 1) * np.log(0.5) + (0.5 - 1e-4) * np.log(0.5 / 1e-4))


def test_js_distance():
    case = DRIFT["js"]
    assert js_distance(case["reference"], case["current"]) == pytest.approx(case["value"], abs=5e-6)


def test_chi_square_of_classes():
    case = DRIFT["chi_square"]
    then, now = ([name for name, n in zip("abc", row, strict=True) for _ in range(n)] for row in case["table"])
    assert classes("x", then, now).p == pytest.approx(case["p"], abs=5e-5)


def test_rare_classes_are_pooled():
    then, now = ["a"] * 500 + ["b"] * 500 + list("cdefg"), ["a"] * 500 + ["b"] * 500 + list("hijkl")
    found = classes("x", then, now)
    assert found.p == pytest.approx(stats.chi2_contingency([[500, 500, 5], [500, 500, 5]], correction=False).pvalue)
    assert found.effect.value == 0


def test_numbers_are_tested_as_scipy_does():
    rng = np.random.default_rng(1)
    then, now = rng.normal(size=300), rng.normal(0.5, size=200)
    found = numbers("x", list(then), list(now))
    assert found.p == pytest.approx(stats.ks_2samp(then, now, method="asymp").pvalue)
    assert 0 < found.effect.low < found.effect.value < found.effect.high
    assert found.n == (300, 200)


def test_a_share_against_chi_square():
    """The pooled z squared is the chi-square of the table, and h is that of Cohen's book: 0.2 for 50% against 60%."""
    found = share("x", (200, 120), (400, 200))
    table = [[200, 200], [120, 80]]
    assert found.p == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    assert found.test == "two proportions"
    assert found.effect.value == pytest.approx(0.2, abs=0.002)


def test_a_rare_share_is_tested_exactly():
    found = share("x", (0, 6), (100, 100))
    assert found.test == "Fisher's exact"
    assert found.p == pytest.approx(stats.fisher_exact([[0, 100], [6, 94]])[1])


def test_means_are_welchs():
    found = means("x", [0.0, 1.0] * 30, [1.0, 1.0, 0.0] * 20)
    expected = stats.ttest_ind([1.0, 1.0, 0.0] * 20, [0.0, 1.0] * 30, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.effect.value == pytest.approx(2 / 3 - 1 / 2)
    assert (found.effect.low, found.effect.high) == pytest.approx(tuple(expected.confidence_interval()))


def test_few_values_are_told_apart():
    """Nine in ten said one label; now only one in two does."""
    found = numbers("labels", [1.0] * 90 + [0.0] * 10, [1.0] * 50 + [0.0] * 50)
    assert found.effect.value == pytest.approx(js_distance([10, 90], [50, 50]))
    assert found.effect.value > found.matters


@pytest.mark.parametrize(
    "found",
    [
        classes("x", ["a"] * (LEAST - 1), ["a", "b"] * LEAST),
        classes("x", ["a"] * 50, ["a"] * 50),
        numbers("x", [], [1.0] * 50),
        numbers("x", [1.0] * 50, [1.0] * 50),
        share("x", (1, 1), (5, 50)),
        means("x", [1.0] * 50, [0.0] * 50),
    ],
)
def test_too_little_says_why_and_never_fires(found):
    (decided,) = decide([found])
    assert decided.effect.value is None
    assert decided.effect.reason
    assert (decided.p, decided.adjusted, decided.fired) == (None, None, False)


def test_both_must_speak():
    large_and_sure = share("x", (100, 300), (1000, 1000))
    sure_and_small = share("x", (10_000, 10_500), (100_000, 100_000))
    large_and_unsure = share("x", (3, 9), (30, 30))
    assert sure_and_small.p < 0.001
    assert large_and_unsure.effect.value > 0.2
    assert [one.fired for one in decide([large_and_sure, sure_and_small, large_and_unsure])] == [True, False, False]


def test_an_interval_of_equal_windows_reaches_zero():
    rng = np.random.default_rng(3)
    found = classes("x", list(rng.choice(list("abcd"), 400)), list(rng.choice(list("abcd"), 400)))
    assert found.effect.low == 0
