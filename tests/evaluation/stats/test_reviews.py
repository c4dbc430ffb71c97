"""Arms against each other, the audit and the time saved, on numbers that can be checked by hand."""

import pytest

from evaluation.stats.intervals import Plan, wilson
from evaluation.stats.reviews import (
    Looked,
    contrasts,
    difference,
    mean_seconds,
    passed_precision,
    standing,
    time_saved,
)
from evaluation.stats.types import Estimate, undefined
from tests.examples import example

PLAN = Plan(resamples=200)


def arm(number, same, *, blind, seconds):
    return [
        Looked(2, 2 if place < same else 1, 0, is_blind=blind, seconds=seconds + place % 3) for place in range(number)
    ]


def test_the_difference_of_two_shares_is_newcombes():
    for one in example("reviews.newcombe"):
        found = difference(wilson(*one["a"]), wilson(*one["b"]))
        assert (found.low, found.high) == pytest.approx((one["low"], one["high"]), abs=5e-5)


def test_assisted_against_blind():
    looked = arm(30, 27, blind=False, seconds=10) + arm(20, 12, blind=True, seconds=30)
    looked.append(Looked(0, 0, 1, is_blind=True, is_failed=True, seconds=900))
    found = {one.name: one for one in contrasts(looked, plan=PLAN)}
    assert found["same"].assisted.value == pytest.approx(27 / 30)
    assert found["same"].difference.value == pytest.approx(0.3)
    assert found["accepted"].assisted.value == pytest.approx(57 / 60)
    assert found["seconds"].difference.value == pytest.approx(11 - 30.95)
    assert found["seconds"].difference.low < -19.95 < found["seconds"].difference.high
    nobody = {one.name: one for one in contrasts(looked[:30], plan=PLAN)}
    assert nobody["same"].difference.value is None


def test_what_went_through_is_told_by_the_audit_alone():
    audited = [Looked(1, 1, 1, is_blind=False, is_audit=True)] * 9 + [Looked(1, 0, 0, is_blind=True, is_audit=True)]
    found = passed_precision([*audited, Looked(1, 0, 0, is_blind=False)])
    assert (found.value, found.n) == (0.9, 10)
    assert (found.low, found.high) == pytest.approx((0.5550, 0.9975), abs=1e-4)  # exact, 9 of 10
    assert passed_precision(audited, blind_only=True).value == 0
    assert passed_precision([]).value is None


def test_time_saved_is_what_the_formula_says():
    looked = arm(20, 20, blind=False, seconds=9) + arm(20, 20, blind=True, seconds=39)
    blind, assisted = 39.95, 9.95
    share, hours = time_saved(looked, asked=1000, tasks_assisted=160, tasks_blind=40, plan=PLAN)
    used = 40 * blind + 160 * assisted
    assert share.value == pytest.approx(1 - used / (1000 * blind))
    assert hours.value == pytest.approx((1000 * blind - used) / 3600)
    assert share.low < share.value < share.high
    none, _ = time_saved(looked[:20], asked=1000, tasks_assisted=160, tasks_blind=40, plan=PLAN)
    assert none.value is None
    assert "without the prediction" in none.reason


def test_undefined_is_never_zero():
    assert mean_seconds([Looked(1, 1, 0, is_blind=True)], plan=PLAN).value is None
    assert standing(undefined(0, "nothing"), 0.5) == "open"
    assert standing(Estimate(0.5, None, None, 9), 0.4, at_most=True) == "missed"
