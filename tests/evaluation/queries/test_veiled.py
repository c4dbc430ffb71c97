"""A comparison on a held-out split: what pages may show cannot tell the gold of an item."""

import json

import numpy as np
import pytest

from evaluation.queries.small_cells import hidden_values
from evaluation.queries.veiled import NO_CHANGE, quiet, two_digits, veiled
from evaluation.stats.compare import Family, compare

CODES = ["common", "rare", "other"]


def report_of(b_of, *, n=100, **options):
    gold = [frozenset({"rare"}) if place < 5 else frozenset({"common"}) for place in range(n)]
    a = [frozenset({"common"})] * n
    slices = {"sector": ["small" if place < 8 else "big" if place < 60 else "large" for place in range(n)]}
    b = [b_of(place, said) for place, said in enumerate(a)]
    return compare(gold=gold, a=a, b=b, codes=CODES, slices=slices, resamples=200, **options).as_dict()


def change(*places):
    return lambda place, said: frozenset({"rare"}) if place in places else said


def test_a_run_that_differs_on_one_item_tells_nothing_of_it():
    """The oracle: label one item otherwise and read its gold off the change."""
    right, wrong = (veiled(report_of(change(place))) for place in (0, 50))
    for found in (right, wrong):
        assert {one["value"] for one in found["diff"].values()} == {None}
        assert set(found["exact"].values()) == {None}
        assert {one["fixed"] for one in found["labels"].values()} <= {None}
    for public in (right, wrong):  # what a plan needs is a matter of the split's spread, to two digits
        public.pop("power")
    assert right["diff"] == wrong["diff"]
    assert right["labels"] == wrong["labels"]
    assert right["slices"] == wrong["slices"]
    assert [one["value"] for one in right["family"]["members"]] == [None]
    assert right["b"]["micro_f1"]["value"] is None


def test_a_large_change_is_shown_without_counts():
    found = veiled(report_of(lambda place, said: frozenset({"other"}) if place % 2 else said))

    assert found["diff"]["micro_f1"]["value"] < 0
    assert found["labels"]["common"]["value"] < 0
    assert found["labels"]["common"]["broke"] is None
    assert found["verdict"] == "worse"
    json.dumps(found, allow_nan=False)


def test_small_slices_and_labels_are_not_there_even_if_declared():
    family = Family(("rare", "common"), (("sector", "small"), ("sector", "big")))
    found = veiled(report_of(change(0, 1, 2), family=family))

    assert set(found["labels"]) == {"common"}
    assert set(found["slices"]["sector"]) == {"big"}  # large would give small away
    assert [one["of"] or one["name"] for one in found["family"]["members"]] == ["micro_f1", "common", "big"]


def figures(content):
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        return [one for part in content for one in figures(part)]
    return [content] if isinstance(content, float) else []


def test_figures_have_three_decimals():
    found = figures(veiled(report_of(lambda place, said: frozenset({"other"}) if place % 3 else said)))
    assert len(found) > 20
    assert all(one == round(one, 3) for one in found)


@pytest.mark.parametrize(
    ("low", "high", "stays"), [(0.01, 0.2, True), (-0.2, -0.01, True), (-0.1, 0.1, False), (None, None, False)]
)
def test_what_may_be_noise_is_no_change(low, high, stays):
    found = quiet({"value": 0.1, "low": low, "high": high, "n": 50, "p": 0.01, "finding": "better"})
    assert (found["value"] is not None) == stays
    assert (found.get("reason") == NO_CHANGE) == (not stays)
    assert (found["p"] is None) == (not stays)
    assert found["n"] == 50


def test_hidden_values_leave_no_small_rest():
    assert hidden_values({"a": 40, "b": 30}) == frozenset()
    assert hidden_values({"a": 40, "b": 5, "c": 30}) == {"b", "c"}
    assert hidden_values({"a": 40, "b": 15, "c": 15}) == {"b", "c"}


def test_two_digits_are_enough():
    assert [two_digits(number) for number in (7, 42, 419, 12_499)] == [7, 42, 420, 12_000]
    assert not np.isnan(two_digits(0))
