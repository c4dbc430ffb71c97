"""Flip rates counted by hand, and their edge cases."""

import json
import math

import pytest

from evaluation.stats.intervals import Plan, wilson
from evaluation.stats.stability import stability
from tests.examples import example

CODES = ["A", "B"]


def sets(answers):
    return [None if answer is None else frozenset(answer.split()) for answer in answers]


def ten():
    return [sets(one) for one in example("stability.repeats")]


def test_sets_labels_and_answering_are_counted_over_items():
    found = stability(ten(), codes=CODES)
    expected = example("stability")

    assert (found.repeats, found.items, found.items_total) == (3, 8, 10)
    sets_ = found.sets
    assert (sets_.value, sets_.low, sets_.high, sets_.n) == pytest.approx(expected["sets"], abs=1e-6)
    assert found.answering == wilson(2, 10)
    for code, numbers in expected["labels"].items():
        rate, said = found.labels[code].rate, found.labels[code].when_said
        assert (rate.value, rate.low, rate.high, rate.n, said.value, said.n) == pytest.approx(numbers, abs=1e-6)


def test_pairwise_does_not_grow_with_repeats():
    found = stability(ten(), codes=CODES)
    two = [sets(["A", "B", "A", "B"]), sets(["A", "A", "A", "B"])]

    assert found.pairwise.value == pytest.approx(example("stability.pairwise"), abs=1e-6)
    assert found.pairwise.low < found.pairwise.value < found.pairwise.high
    assert stability(two, codes=CODES).pairwise.value == stability(two, codes=CODES).sets.value == 0.25
    four = stability([*two, *two], codes=CODES)
    assert four.sets.value == 0.25
    assert four.pairwise.value == pytest.approx(4 / 6 / 4)


def test_nothing_changed_is_not_certainty():
    same = sets(["A"] * 20)
    found = stability([same, same], codes=CODES, gold=same)

    assert (found.pairwise.value, found.pairwise.low) == (0.0, 0.0)
    assert found.pairwise.high == found.sets.high == wilson(0, 20).high
    assert found.labels["B"].when_said.reason == "no repeat said it"
    assert (found.f1.low, found.f1.high, found.f1.sd) == (1.0, 1.0, 0.0)


def test_the_spread_of_f1_counts_no_answer_as_the_empty_set():
    gold = sets(["A", "B", "A B"])
    found = stability([gold, sets(["A", None, "A"]), sets(["B", "B", "A B"])], codes=CODES, gold=gold)

    values = [1.0, 2 * 2 / (2 + 4), 2 * 3 / (4 + 4)]
    assert found.f1.values == pytest.approx(values)
    mean = sum(values) / 3
    assert found.f1.mean == pytest.approx(mean)
    assert found.f1.sd == pytest.approx(math.sqrt(sum((value - mean) ** 2 for value in values) / 2))
    assert (found.f1.low, found.f1.high) == (min(found.f1.values), max(found.f1.values))


def test_items_answered_by_some_are_left_out_and_none_at_all_says_why():
    found = stability([sets([None, "A"]), sets(["A", None])], codes=CODES, gold=[frozenset()] * 2)

    assert found.items == 0
    for one in (found.sets, found.pairwise, found.labels["A"].rate):
        assert (one.value, one.reason) == (None, "no item was answered by every repeat")
    assert found.answering.value == 1.0
    assert stability([[], []], codes=CODES, gold=[]).f1.reason
    assert stability([[], []], codes=CODES).answering.reason == "there are no items"


def test_clusters_widen_the_interval_and_carry_through_what_is_left_out():
    first, second = sets(["A"] * 40), sets((["A"] * 4 + ["B"] * 4) * 5)
    clusters = [place // 4 for place in range(40)]
    plain, grouped = (
        stability([first, second], codes=CODES, plan=plan) for plan in (Plan(400), Plan(400, clusters=clusters))
    )

    assert grouped.sets.value == plain.sets.value == 0.5
    assert grouped.sets.high - grouped.sets.low > 1.3 * (plain.sets.high - plain.sets.low)
    assert grouped.as_dict()["interval"]["clusters"] == 10
    assert stability([[None, *first[1:]], second], codes=CODES, plan=Plan(50, clusters=clusters)).items == 39
    same = stability([first, first], codes=CODES, plan=Plan(50, clusters=clusters))
    assert same.sets.high == same.pairwise.high == wilson(0, 10).high
    assert stability([first, sets(["B"] * 40)], codes=CODES, plan=Plan(9, clusters=clusters)).sets.low < 1


def test_the_report_is_the_same_again_in_any_order_of_repeats():
    one, other = (stability(runs, codes=CODES).as_dict() for runs in (ten(), ten()[::-1]))

    assert json.dumps(one, allow_nan=False) == json.dumps(other, allow_nan=False)
    assert one["interval"]["shares"] == "wilson"


def test_refusals():
    with pytest.raises(ValueError, match="at least 2"):
        stability([[frozenset()]], codes=CODES)
    with pytest.raises(ValueError, match="same items"):
        stability([[frozenset()], []], codes=CODES)
    with pytest.raises(KeyError):
        stability([[frozenset({"Z"})]] * 2, codes=CODES)
