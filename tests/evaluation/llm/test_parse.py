import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.llm.parse import RAW_MAX, parse_answer
from evaluation.llm.protocol import DocText, ItemText, ModelFailure

ITEM = ItemText("co-1", "Acme", (DocText("text", "We sell payroll software to firms."),))
CODES = frozenset({"payroll", "crm"})


def parse(content):
    raw = content if isinstance(content, str) else json.dumps(content)
    return parse_answer(raw, codes=CODES, item=ITEM)


def test_a_good_answer():
    labels, problems = parse({"labels": [{"code": "payroll", "confidence": 0.9, "evidence": "payroll software"}]})
    assert [(one.code, one.confidence, one.evidence) for one in labels] == [("payroll", 0.9, "payroll software")]
    assert not problems


def test_nothing_applies_is_an_answer():
    assert parse({"labels": []}) == ((), ())


def test_what_is_odd_becomes_a_problem():
    labels, problems = parse(
        {
            "labels": [
                {"code": "invented", "confidence": 1, "evidence": ""},
                {"code": "crm", "confidence": 7, "evidence": "a quote that is not there"},
                {"code": "crm", "confidence": 0.5, "evidence": ""},
            ]
        }
    )
    assert [(one.code, one.confidence) for one in labels] == [("crm", None)]
    assert {problem.kind for problem in problems} == {
        "out_of_taxonomy", "bad_confidence", "duplicate", "evidence_not_found",
    }  # fmt: skip


@pytest.mark.parametrize(
    "content", ["", "no json", "[]", '{"labels": 3}', '{"labels": [1]}', "[" * 100_000, "x" * (RAW_MAX + 1)]
)
def test_what_cannot_be_used_is_a_failure(content):
    with pytest.raises(ModelFailure) as caught:
        parse(content)
    assert caught.value.kind == "invalid_output"


WORDS = ["code", "confidence", "evidence", "labels"]
plain = st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["payroll", "crm"])
json_values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_no_answer_breaks_it_or_brings_a_foreign_label(content):
    try:
        labels, _ = parse(content)
    except ModelFailure:
        return
    assert {label.code for label in labels} <= CODES
    assert all(label.confidence is None or 0 <= label.confidence <= 1 for label in labels)
