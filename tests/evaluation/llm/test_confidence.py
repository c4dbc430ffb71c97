import math

import pytest

from evaluation.llm.confidence import agreed, from_logprobs, is_uncertain
from evaluation.llm.protocol import PredictedLabel

RAW = '{"labels": [{"code": "pay-roll", "confidence": 1}, {"code": "crm", "confidence": 1}]}'


def tokens(*parts):
    return [(part, math.log(chance)) for part, chance in parts]


def test_the_tokens_of_a_code_multiply():
    spelled = tokens(
        ('{"labels": [{"code": "', 1), ("pay", 0.8), ("-roll", 0.5), ('", "confidence": 1}, {"code": "', 1),
        ('crm"', 0.9), (', "confidence": 1}]}', 1),
    )  # fmt: skip
    assert from_logprobs(RAW, spelled, {"pay-roll", "crm"}) == pytest.approx({"pay-roll": 0.4, "crm": 0.9})


def test_nothing_is_made_up():
    assert from_logprobs(RAW, tokens(("other text", 0.5)), {"crm"}) == {}
    assert from_logprobs(RAW, tokens((RAW, 0.5)), {"unknown"}) == {}
    assert from_logprobs('{"code": "cut', tokens(('{"code": "cut', 0.5)), {"cut"}) == {}


def test_the_first_place_of_a_code_counts_and_a_value_is_no_key():
    raw = '{"labels":[{"code":"a"},{"code" : "a"}], "note": "code"}'
    spelled = tokens(
        ('{"labels":[{"code":"', 1), ("a", 0.5), ('"},{"code" : "', 1), ("a", 0.1), ('"}], "note": "code"}', 1)
    )
    assert from_logprobs(raw, spelled, {"a"}) == pytest.approx({"a": 0.5})


def test_samples_vote_label_by_label():
    a, b = PredictedLabel("a", 0.9, "quote"), PredictedLabel("b", 0.2)
    found = agreed([[a], [a, a, b], [b], [PredictedLabel("a")]], codes_order=["c", "b", "a"])
    assert [(one.code, one.confidence, one.evidence) for one in found] == [("b", 0.5, ""), ("a", 0.75, "quote")]
    assert agreed([[], [], [a]], codes_order=["a"]) == ()
    with pytest.raises(ValueError, match="no sample"):
        agreed([], codes_order=["a"])


def test_what_is_worth_asking_again():
    band = {"low": 0.2, "high": 0.8}
    assert is_uncertain([], **band)
    assert is_uncertain([PredictedLabel("a", 0.9), PredictedLabel("b", 0.5)], **band)
    assert is_uncertain([PredictedLabel("a")], **band)
    assert not is_uncertain([PredictedLabel("a", 0.8), PredictedLabel("b", 0.1)], **band)
