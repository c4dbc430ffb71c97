"""Coefficients on one question against published examples, irrCAC, krippendorff and scikit-learn."""

import json

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from evaluation.stats.coefficients import (
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    krippendorff_alpha,
    percent_agreement,
)
from evaluation.stats.grades import measured_by
from evaluation.stats.intervals import Plan
from tests.examples import example

FEW = Plan(resamples=40)
WITH_CHANCE = [fleiss_kappa, gwet_ac, krippendorff_alpha]


def near(value, tolerance=1e-7):
    return pytest.approx(value, abs=tolerance)


def test_cohens_kappa_is_the_published_one():
    known = example("agreement.cohen")
    both, first, second, neither = known["table"]
    one = ["yes"] * (both + first) + ["no"] * (second + neither)
    other = ["yes"] * both + ["no"] * first + ["yes"] * second + ["no"] * neither

    found = cohen_kappa(one, other, plan=FEW)

    assert found.value == near(known["kappa"])
    assert found.n == 50
    assert found.low < 0.4 < found.high


@pytest.mark.parametrize(("weights", "tolerance"), [("none", 5e-5), ("linear", 5e-8), ("quadratic", 5e-5)])
def test_weighted_kappa_is_that_of_r(weights, tolerance):
    known = example("agreement.anxiety")

    found = cohen_kappa(known["one"], known["other"], grades=known["grades"], weights=weights, plan=FEW)

    assert found.value == near(known["kappa"][weights], tolerance)
    theirs = None if weights == "none" else weights
    mine = cohen_kappa_score(known["one"], known["other"], weights=theirs, labels=known["grades"])
    assert found.value == near(mine, 1e-12)


def test_a_grade_that_nobody_chose_changes_the_weights():
    one, other = ["low", "low", "top", "top", "mid"], ["low", "mid", "top", "low", "mid"]

    listed = cohen_kappa(one, other, grades=["low", "mid", "high", "top"], weights="linear", plan=FEW)
    unlisted = cohen_kappa(one, other, grades=["low", "mid", "top"], weights="linear", plan=FEW)

    assert listed.value != near(unlisted.value, 1e-3)


def test_fleiss_kappa_is_the_published_one():
    known = example("agreement.fleiss")
    subjects = [[grade for grade, often in enumerate(row) for _ in range(often)] for row in known["counts"]]
    ratings = list(zip(*subjects, strict=True))

    assert fleiss_kappa(ratings, plan=FEW).value == near(known["kappa"], 5e-5)


@pytest.mark.parametrize("name", ["observers", "graded"])
def test_alpha_is_that_of_every_level(name):
    known = example(f"agreement.{name}")
    data = np.array(known["ratings"], dtype=float)
    for level, value in known["alpha"].items():
        found = krippendorff_alpha(known["ratings"], distance=level, plan=FEW)
        assert found.value == near(value, 5e-4 if name == "observers" else 1e-9)
        assert found.value == near(krippendorff.alpha(data, level_of_measurement=level), 1e-9)
        assert found.low <= found.value <= found.high


@pytest.mark.parametrize("name", ["observers", "graded"])
@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_ac_and_fleiss_with_gaps_are_those_of_irrcac(name, weights):
    known = example(f"agreement.{name}")

    assert gwet_ac(known["ratings"], weights=weights, plan=FEW).value == near(known["gwet"][weights], 5e-8)
    assert fleiss_kappa(known["ratings"], weights=weights, plan=FEW).value == near(known["fleiss"][weights], 5e-8)


def test_percent_agreement_counts_pairs_within_units():
    known = example("agreement.observers")

    found = percent_agreement(known["ratings"], plan=FEW)

    assert found.value == near(known["percent"], 5e-6)
    assert found.n == 11  # the twelfth unit has one rating


def test_alpha_takes_any_distance():
    known = example("agreement.sets")
    ratings = [[frozenset(pair[side]) for pair in known["pairs"]] for side in (0, 1)]
    grades = sorted({cell for row in ratings for cell in row}, key=sorted)

    def jaccard(one, other):
        return 1 - len(one & other) / len(one | other)

    found = krippendorff_alpha(ratings, distance=measured_by(jaccard), grades=grades, plan=FEW)

    assert found.value == near(known["jaccard"], 5e-6)


tables = st.lists(st.lists(st.sampled_from([1, 2, 3, None]), min_size=3, max_size=3), min_size=2, max_size=14)


@settings(max_examples=60, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_nothing_is_above_1(table, chance):
    units, raters = list(table), [0, 1, 2]
    chance.shuffle(units)
    chance.shuffle(raters)
    one = [[row[rater] for row in table] for rater in range(3)]
    other = [[row[rater] for row in units] for rater in raters]

    for measure in (percent_agreement, *WITH_CHANCE):
        first, second = measure(one, plan=Plan(resamples=0)), measure(other, plan=Plan(resamples=0))
        assert first.n == second.n
        assert (first.value is None) == (second.value is None)
        assert first.value is not None or first.reason
        if first.value is not None:
            assert first.value == near(second.value, 1e-9)
            assert first.value <= 1 + 1e-9


@settings(max_examples=30, deadline=None)
@given(tables)
def test_nominal_alpha_is_krippendorffs_whatever_is_missing(table):
    data = np.array([[np.nan if cell is None else cell for cell in row] for row in table], dtype=float).T
    kept = data[:, (~np.isnan(data)).sum(axis=0) >= 2]
    found = krippendorff_alpha(data, plan=Plan(resamples=0))
    if len(np.unique(kept[~np.isnan(kept)])) < 2:
        assert found.value is None
        return
    assert found.value == near(krippendorff.alpha(kept, level_of_measurement="nominal"), 1e-9)


@pytest.mark.parametrize("measure", WITH_CHANCE)
def test_identical_raters_agree_perfectly_and_shuffled_ones_as_chance_has_it(measure):
    draw = np.random.default_rng(2)
    truth = draw.integers(1, 4, size=900)

    assert measure([truth, truth, truth], plan=FEW).value == near(1)
    assert measure([truth, draw.permutation(truth), draw.permutation(truth)], plan=FEW).value == near(0, 0.06)


@pytest.mark.parametrize("measure", WITH_CHANCE)
@pytest.mark.parametrize(
    "ratings",
    [[], [[]], [[], []], [[1, 2, 3]], [[1, None], [None, 2]], [[1, 1, 1], [1, 1, 1]], [[None], [None]]],
    ids=["no raters", "one, no units", "no units", "one rater", "never together", "all equal", "all missing"],
)
def test_degenerate_ratings_are_undefined_and_say_why(measure, ratings):
    found = measure(ratings, plan=FEW)

    assert found.value is None
    assert found.low is None
    assert found.reason


def test_one_unit_has_a_value_without_an_interval():
    found = gwet_ac([[1], [2]], plan=FEW)

    assert found.value is not None
    assert found.low is None
    assert found.reason


def test_nan_is_missing_and_unequal_lengths_are_an_error():
    assert percent_agreement([[1.0, float("nan")], [1.0, 2.0]], plan=FEW).n == 1
    with pytest.raises(ValueError, match="place for every unit"):
        percent_agreement([[1, 2], [1]])


def test_intervals_are_those_of_units_drawn_again():
    ratings = example("agreement.graded")["ratings"]
    plan = Plan(resamples=50, seed=3, method="percentile")

    found = krippendorff_alpha(ratings, distance="ordinal", plan=plan)

    data = np.array(ratings, dtype=float)
    data = data[:, (~np.isnan(data)).sum(axis=0) >= 2]
    again = [
        krippendorff.alpha(
            data[:, np.repeat(np.arange(data.shape[1]), row.astype(int))], level_of_measurement="ordinal"
        )
        for _, weights in plan.draws(data.shape[1])
        for row in weights
    ]
    assert (found.low, found.high) == (near(np.quantile(again, 0.025), 1e-9), near(np.quantile(again, 0.975), 1e-9))


def test_the_same_ratings_and_seed_give_the_same_bytes():
    ratings = example("agreement.graded")["ratings"]
    one, other = (json.dumps(gwet_ac(ratings, weights="linear").as_dict(), allow_nan=False) for _ in "12")

    assert one == other
