import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.evidence import ItemEvidence, evidence_report

CODES = ["crm", "erp", "tax"]


def item(gold, predicted, *, labels=None, not_found=None):
    return ItemEvidence(
        gold_labels=frozenset(gold if labels is None else labels),
        gold={code: frozenset(marked) for code, marked in gold.items()},
        predicted={code: frozenset(quoted) for code, quoted in predicted.items()},
        not_found=not_found or {},
        quotes=sum(map(bool, predicted.values())) + sum((not_found or {}).values()),
    )


def report(items, **more):
    return evidence_report(items, codes=CODES, **{"resamples": 200, **more})


def test_precision_and_recall_of_segments():
    found = report(
        [
            item({"crm": {1, 2}}, {"crm": {2, 3}}),
            item({"crm": {4}, "erp": {5}}, {"crm": {4}}),  # erp was missed
            item({}, {"tax": {6}}),  # tax was made up
        ]
    )

    right, every = found.scopes["right"], found.scopes["every"]
    assert (right.both, right.gold, right.predicted, right.units) == (2, 3, 3, 2)
    assert right.precision.value == right.recall.value == right.f1.value == pytest.approx(2 / 3)
    assert (every.both, every.gold, every.predicted, every.units) == (2, 4, 4, 4)
    assert every.f1.value == 0.5
    assert list(found.labels) == ["crm"]


def test_a_quote_that_is_not_in_the_text_is_one_wrong_segment():
    found = report([item({"crm": {1}}, {"crm": set()}, not_found={"crm": 1}), item({"crm": {1}}, {"crm": {1}})])

    assert found.quotes_not_found == 1
    assert found.quotes == 2
    assert found.scopes["right"].precision.value == 0.5
    assert found.without_quote == 0


def test_labels_whose_evidence_nobody_marked_are_left_out_and_counted():
    found = report([item({"crm": {1}}, {"crm": {1}, "erp": {9}}, labels={"crm", "erp"})] * 2)

    assert found.without_gold_evidence == 2
    assert found.scopes["every"].predicted == 2
    assert found.scopes["every"].precision.value == 1.0


def test_a_right_label_without_a_quote_lowers_recall():
    found = report([item({"crm": {1}}, {"crm": set()}), item({"crm": {1}}, {"crm": {1}})])

    assert found.without_quote == 1
    assert found.scopes["right"].recall.value == 0.5
    assert found.scopes["right"].precision.value == 1.0


@pytest.mark.parametrize("items", [[], [item({}, {})], [item({}, {})] * 3])
def test_nothing_to_compare_is_undefined(items):
    found = report(items)

    for scope in found.scopes.values():
        assert scope.precision.value is scope.recall.value is scope.f1.value is None
        assert scope.f1.reason == "nothing is marked or quoted"
    assert json.dumps(found.as_dict(), allow_nan=False)


def test_one_item_has_no_interval():
    assert report([item({"crm": {1}}, {"crm": {1}})]).scopes["right"].f1.low is None


SEGMENTS = st.dictionaries(st.sampled_from(CODES), st.frozensets(st.integers(0, 5), max_size=4))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SEGMENTS, SEGMENTS), max_size=8))
def test_swapping_the_sides_swaps_precision_and_recall(rows):
    there = [item(gold, predicted) for gold, predicted in rows]
    back = [item(predicted, gold) for gold, predicted in rows]

    one, other = (report(items, resamples=0).scopes["every"] for items in (there, back))

    assert one.precision.value == other.recall.value
    assert one.f1.value == other.f1.value
