"""A judge beside people: known bias, the verdict, and what it takes to have one."""

import pytest

from evaluation.stats.alt_test import score_closeness
from evaluation.stats.judge_report import Compared, compare_judge, verdict, weakened
from evaluation.stats.panel_scores import Rated
from evaluation.stats.resampling import Plan

PLAN = Plan(200, 1)


def given(items=40, *, judge=lambda item, run: 1 + item % 4, own=frozenset(), missing=()):
    """Three people, two runs; people stray by a point in turn, and settle on the true score."""
    names = [f"i{number}" for number in range(items)]
    truth = {(run, name): 1 + number % 4 for run in "AB" for number, name in enumerate(names)}
    people = [
        Rated(f"p{who}", run, name, {"fit": score + ((number + who) % 3 == 0)})
        for who in range(3)
        for number, name in enumerate(names)
        for run in "AB"
        for score in [truth[run, name]]
    ]
    said = {
        (run, name): {"fit": judge(number, run)}
        for run in "AB"
        for number, name in enumerate(names)
        if (run, number) not in missing
    }
    settled = {output: {"fit": float(score)} for output, score in truth.items()}
    return Compared(people, settled, said, ["fit"], list(truth), own)


def test_a_judge_that_agrees_passes_and_has_no_bias():
    found = compare_judge(given(), plan=PLAN)
    assert (found[0].bias.value, found[0].alpha.value, found[0].kappa.value) == (0.0, 1.0, 1.0)
    assert found[0].test.omega == 1.0
    assert verdict(found) == (True, "")
    assert not weakened(found)


def test_two_people_are_said_to_be_weak_evidence():
    three = given()
    two = [one for one in three.people if one.rater != "p2"]
    found = compare_judge(Compared(two, three.settled, three.judge, ["fit"], three.outputs, three.own), plan=PLAN)
    assert [warning.partition(":")[0] for warning in weakened(found)] == ["only two raters"]


def test_a_planted_bias_is_found_and_a_judge_of_chance_fails():
    found = compare_judge(given(judge=lambda item, run: 2 + item % 4 if item % 2 else 1 + item % 4), plan=PLAN)[0]
    assert found.bias.value == 0.5
    assert found.bias.low < 0.5 < found.bias.high
    assert not verdict(compare_judge(given(judge=lambda item, run: 5 - item % 5), plan=PLAN))[0]


def test_too_few_items_say_nothing_and_a_missing_score_loses_its_item():
    passed, why = verdict(compare_judge(given(items=20), plan=PLAN))
    assert not passed
    assert "cannot be tested" in why
    lost = compare_judge(given(missing={("A", number) for number in range(40)}), plan=PLAN)[0]
    assert (lost.outputs, lost.test.omega) == (40, 0.0)


def test_the_judges_own_model_is_compared_with_the_others():
    found = compare_judge(given(judge=lambda item, run: 1 + item % 4 + (run == "A"), own=frozenset("A")), plan=PLAN)
    assert found[0].self_preference == 1.0
    assert compare_judge(given(), plan=PLAN)[0].self_preference is None


def test_closeness_needs_the_same_things():
    assert score_closeness(frozenset({"A=1"}), frozenset({"A=5"})) == 0.0
    with pytest.raises(ValueError, match="same things"):
        score_closeness(frozenset({"A=1"}), frozenset({"B=1"}))
