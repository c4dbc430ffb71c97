"""The alternative annotator test on the recorded example, and where there is little to test."""

import json

import pytest

from evaluation.stats.alt_test import alt_test, jaccard, set_f1
from tests.examples import example


def one(label):
    return frozenset([str(label)])


def recorded(n=60):
    """Gold i mod 4; each rater and the model is wrong every so often."""
    gold = [place % 4 for place in range(n)]
    wrong = {"h1": (5, 1), "h2": (4, 2), "h3": (3, 3)}
    ratings = [
        (f"{place:02}", rater, one((label + shift) % 4 if place % every == 0 else label))
        for place, label in enumerate(gold)
        for rater, (every, shift) in wrong.items()
    ]
    model = {f"{place:02}": one((label + 1) % 4 if place % 6 == 0 else label) for place, label in enumerate(gold)}
    return ratings, model


@pytest.mark.parametrize("name", ["no_grace", "crowd"])
def test_the_recorded_example(name):
    given = example(f"alt_test.{name}")
    ratings, model = recorded()

    found = alt_test(ratings=ratings, predicted=model, epsilon=given["epsilon"], resamples=50)

    assert [rater.p for rater in found.raters] == pytest.approx(given["p"], abs=1e-5)
    assert [rater.model_wins.value for rater in found.raters] == pytest.approx(given["rho"], abs=1e-4)
    assert found.omega == pytest.approx(given["omega"])
    assert found.passed == (given["omega"] >= 0.5)
    assert found.rho.value == pytest.approx(sum(given["rho"]) / 3, abs=1e-4)
    assert found.rho.low < found.rho.value < found.rho.high
    assert found.warnings == []


def test_neither_the_order_of_ratings_nor_of_raters_matters():
    ratings, model = recorded()
    one_way = alt_test(ratings=ratings, predicted=model, resamples=20).as_dict()
    other = alt_test(ratings=ratings[::-1], predicted=dict(reversed(model.items())), resamples=20).as_dict()
    assert json.dumps(one_way) == json.dumps(other)


def test_differences_without_variance_do_not_crash():
    ratings = [(str(item), rater, one("a")) for item in range(40) for rater in "xyz"]
    found = alt_test(ratings=ratings, predicted={str(item): one("a") for item in range(40)}, resamples=20)
    assert [rater.p for rater in found.raters] == [0.0, 0.0, 0.0]
    assert found.omega == 1
    worse = alt_test(ratings=ratings, predicted={str(item): one("b") for item in range(40)}, resamples=20)
    assert [rater.p for rater in worse.raters] == [1.0, 1.0, 1.0]
    assert worse.omega == 0
    assert worse.rho.value == 0


def test_no_answer_loses_even_to_a_rater_who_agrees_with_nobody():
    ratings = [(str(item), rater, one(rater)) for item in range(40) for rater in "xyz"]
    found = alt_test(ratings=ratings, predicted=dict.fromkeys(map(str, range(40))), resamples=20)
    assert [rater.model_wins.value for rater in found.raters] == [0, 0, 0]
    assert [rater.rater_wins.value for rater in found.raters] == [1, 1, 1]


def test_two_raters_are_weak_and_it_says_so():
    ratings, model = recorded()
    two = [row for row in ratings if row[1] != "h3"]
    found = alt_test(ratings=two, predicted=model, resamples=20)
    assert len(found.raters) == 2
    assert "only two raters" in found.warnings[0]


def test_a_rater_with_few_items_is_not_tested():
    ratings, model = recorded()
    few = [row for row in ratings if row[1] != "h3" or int(row[0]) < 29]
    found = alt_test(ratings=few, predicted=model, epsilon=0.1, resamples=20)
    last = found.raters[2]
    assert (last.items, last.p, last.may_replace) == (29, None, None)
    assert "fewer than 30" in last.reason
    assert found.omega == 1  # of the two that are tested
    assert "1 rater with fewer than 30 shared items is not tested" in found.warnings


@pytest.mark.parametrize(
    ("ratings", "predicted"),
    [
        ([], {}),
        ([("1", "x", one("a"))], {"1": one("a")}),
        ([("1", "x", one("a")), ("1", "y", one("a"))], {"1": one("a")}),
        ([("1", "x", one("a")), ("1", "y", one("a"))], {}),
    ],
)
def test_too_little_is_undefined_and_says_why(ratings, predicted):
    found = alt_test(ratings=ratings, predicted=predicted, resamples=20)
    assert found.omega is None
    assert found.passed is None
    assert found.reason
    assert found.rho.value is None
    json.dumps(found.as_dict(), allow_nan=False)


def test_a_rater_who_rates_an_item_twice_is_refused():
    with pytest.raises(ValueError, match="two ratings"):
        alt_test(ratings=[("1", "x", one("a")), ("1", "x", one("b"))], predicted={})


def test_likeness_of_sets():
    two, three = frozenset("ab"), frozenset("abc")
    assert jaccard(two, three) == pytest.approx(2 / 3)
    assert set_f1(two, three) == pytest.approx(0.8)
    assert jaccard(frozenset(), frozenset()) == set_f1(frozenset(), frozenset()) == 1
    assert jaccard(frozenset(), two) == set_f1(two, frozenset()) == 0
