import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.errors import errors_of
from evaluation.stats.flow import flow_report

PARENTS = {"hr": None, "payroll": "hr", "hiring": "hr", "fin": None, "tax": "fin", "vat": "tax"}
SETS = st.frozensets(st.sampled_from(sorted(PARENTS)), max_size=5)


def flows(gold, predicted, **more):
    return flow_report(errors_of(gold, predicted, PARENTS), PARENTS, **{"resamples": 200, **more})


def test_every_error_flows_somewhere():
    found = flows(
        [{"payroll"}, {"payroll"}, {"tax"}, set(), {"vat"}], [{"hiring"}, {"hiring"}, set(), {"vat"}, {"vat"}]
    )

    assert [(flow.gold, flow.predicted, flow.how, flow.count) for flow in found.top] == [
        ("payroll", "hiring", "sibling", 2),
        (None, "vat", "hallucination", 1),
        ("tax", None, "omission", 1),
    ]
    assert found.errors == 4
    assert found.top[0].share.value == 0.5
    assert found.top[0].share.low < 0.5 < found.top[0].share.high
    assert found.explained.value == 1.0
    assert found.branches == [("hr", "hr", 2), (None, "fin", 1), ("fin", None, 1)]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(SETS, st.one_of(st.none(), SETS)), max_size=10), st.integers(0, 4))
def test_flows_add_up_to_all_errors(items, top):
    gold, predicted = [one for one, _ in items], [one for _, one in items]

    found = flows(gold, predicted, top=top, resamples=10)

    errors = errors_of(gold, predicted, PARENTS)
    every = sum(len(one.omissions) + len(one.hallucinations) + len(one.wrong) for one in errors)
    assert sum(flow.count for flow in found.top) + sum(count for _, _, count in found.rest) == every == found.errors
    assert sum(count for _, _, count in found.branches) == every
    assert len(found.top) == min(top, found.distinct)


def test_the_ten_commonest_explain_a_share():
    codes = [f"c{place:02}" for place in range(12)]
    gold = [{code} for place, code in enumerate(codes) for _ in range(2 if place < 10 else 1)]

    found = flow_report(errors_of(gold, [set()] * len(gold), {}), {}, resamples=100)

    assert found.explained.value == pytest.approx(20 / 22)
    assert found.as_dict()["explained"]["flows"] == 10


@pytest.mark.parametrize("items", [0, 1, 3])
def test_without_errors_shares_are_undefined(items):
    found = flows([{"tax"}] * items, [{"tax"}] * items)

    assert found.explained.value is None
    assert found.explained.reason == "there are no errors"
    assert not found.top
    assert json.dumps(found.as_dict(), allow_nan=False)


def test_one_item_has_no_interval():
    assert flows([{"tax"}], [{"hr"}]).top[0].share.low is None
