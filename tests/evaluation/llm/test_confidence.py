import json
import math
from itertools import pairwise
from random import Random

import pytest

from evaluation.llm.confidence import agreed, from_logprobs, is_uncertain
from evaluation.llm.protocol import PredictedLabel

CODES = ["crm", "pay-roll", "café"]


def answer(*codes, **more):
    return json.dumps({"labels": [{"code": code, "confidence": 0.9, "evidence": "q"} for code in codes], **more})


def spelled(*parts):
    """The text and its tokens: a part is a text, of probability 1, or a text with its probability."""
    pairs = [(part, 1.0) if isinstance(part, str) else part for part in parts]
    return "".join(text for text, _ in pairs), [(text, math.log(chance)) for text, chance in pairs]


def by_letters(raw, chance=0.5):
    return [(letter, math.log(chance)) for letter in raw]


def test_the_likelihood_of_a_code_is_the_product_over_its_tokens():
    raw, tokens = spelled('{"labels": [{"', ("code", 0.1), '": "', ("pay", 0.8), ("-roll", 0.5), ('"', 0.1), "}]}")
    assert from_logprobs(raw, tokens, CODES) == pytest.approx({"pay-roll": 0.4}, abs=1e-12)


def test_tokens_that_hold_a_quote_or_more_count_whole():
    raw, tokens = spelled('{"labels": [{"code":', (' "cr', 0.5), ('m","', 0.5), ('confidence": 1', 0.1), "}]}")
    assert from_logprobs(raw, tokens, CODES) == pytest.approx({"crm": 0.25}, abs=1e-12)


def test_one_token_may_hold_all():
    raw = answer("crm", "pay-roll")
    assert from_logprobs(raw, [(raw, math.log(0.25))], CODES) == pytest.approx({"crm": 0.25, "pay-roll": 0.25})


def test_letters_by_letters_a_code_of_n_has_n_factors_whatever_stands_around_it():
    label = {"evidence": 'it says "code": "crm", {[', "code": "pay-roll", "confidence": 1e-3}
    for indent in (None, 0, 3):
        raw = " \n" + json.dumps({"why": [{"code": "crm"}, "labels"], "labels": [label]}, indent=indent)
        assert from_logprobs(raw, by_letters(raw), CODES) == pytest.approx({"pay-roll": 0.5**8}, abs=1e-15)


def test_only_the_code_of_an_entry_is_a_code():
    inner = {"code": "crm", "labels": [{"code": "crm"}]}
    for raw in (
        json.dumps({"labels": [{"code": "café", "more": inner}], "other": inner}),
        json.dumps({"other": inner, "labels": [{"more": [inner], "code": "café"}]}),
    ):
        assert set(from_logprobs(raw, by_letters(raw), CODES)) == {"café"}
    for raw in ('{"labels": {"code": "crm"}}', '[{"code": "crm"}]', '{"labels": ["code", "crm"]}', '"crm"', "7"):
        assert from_logprobs(raw, by_letters(raw), CODES) == {}


def test_escapes_are_read_and_their_tokens_counted():
    raw = '{"labels": [{"code": "caf\\u00e9"}, {"c\\u006fde": "crm"}]}'
    assert from_logprobs(raw, by_letters(raw), CODES) == pytest.approx({"café": 0.5**9, "crm": 0.5**3}, abs=1e-15)


def test_a_code_in_another_unicode_form_is_the_same_code():
    raw = '{"labels": [{"code": "cafe\u0301"}]}'
    assert from_logprobs(raw, by_letters(raw), CODES) == pytest.approx({"café": 0.5**5}, abs=1e-15)


def test_parts_of_a_character_come_as_bytes():
    raw = '{"labels": [{"evidence": "👍", "code": "café"}]}'
    tokens = [(bytes([byte]), math.log(0.5)) for byte in raw.encode()]
    assert from_logprobs(raw, tokens, CODES) == pytest.approx({"café": 0.5**5}, abs=1e-15)
    before, after = raw.split("café")
    mixed = [(before, -9.0), ("caf", -0.5), ("é".encode()[:1], -0.25), ("é".encode()[1:], -0.25), (after, -9.0)]
    assert from_logprobs(raw, mixed, CODES) == pytest.approx({"café": math.exp(-1)})
    assert from_logprobs(raw, [(before, -9.0), ("caf", -0.5), ("\ufffd", -0.5), (after, -9.0)], CODES) == {}


def test_half_a_surrogate_pair_does_no_harm():
    raw = '{"labels": [{"evidence": "\ud83d", "code": "crm"}]}'
    assert from_logprobs(raw, by_letters(raw), CODES) == pytest.approx({"crm": 0.125})


def test_of_a_code_that_comes_twice_the_first_counts():
    raw, tokens = spelled('{"labels": [{"code": "', ("crm", 0.25), '"}, {"code": "', ("crm", 0.5), '"}]}')
    assert from_logprobs(raw, tokens, CODES) == pytest.approx({"crm": 0.25})


def test_of_a_key_that_comes_twice_the_last_counts_as_in_the_answer_that_is_read():
    raw, tokens = spelled('{"labels": [{"code": "', ("café", 0.25), '", "code": "', ("crm", 0.5), '"}]}')
    assert from_logprobs(raw, tokens, CODES) == pytest.approx({"crm": 0.5})
    raw, tokens = spelled('{"labels": [{"code": "', ("crm", 0.25), '"}], "labels": [{"code": "', ("crm", 0.5), '"}]}')
    assert from_logprobs(raw, tokens, CODES) == pytest.approx({"crm": 0.5})


def test_codes_outside_the_taxonomy_are_left_out():
    raw = answer("crm", "unknown", "")
    assert set(from_logprobs(raw, by_letters(raw), [*CODES, ""])) == {"crm"}


@pytest.mark.parametrize("change", [lambda raw: raw[:-1], lambda raw: raw[1:], lambda raw: raw.replace("crm", "cRm")])
def test_tokens_that_do_not_spell_the_answer_say_nothing(change):
    raw = answer("crm")
    assert from_logprobs(raw, by_letters(change(raw)), CODES) == {}
    assert from_logprobs(raw, [], CODES) == {}


def test_whole_tokens_after_the_answer_are_left_alone():
    raw = answer("crm")
    assert from_logprobs(raw, [*by_letters(raw), ("<|end|>", -9.0), ("", -9.0)], CODES) == pytest.approx({"crm": 0.125})
    assert from_logprobs(raw, [*by_letters(raw[:-1]), (raw[-1] + "<|end|>", -9.0)], CODES) == {}


@pytest.mark.parametrize("raw", ["", '{"labels": [{"code": "crm"', "crm", "[" * 100_000])
def test_what_is_no_json_says_nothing(raw):
    assert from_logprobs(raw, [(raw, -1.0)], CODES) == {}


def test_likelihoods_stay_between_0_and_1():
    raw = answer("crm")
    assert from_logprobs(raw, [(raw, 0.001)], CODES) == {"crm": 1.0}
    assert from_logprobs(raw, [(raw, -9999.0)], CODES) == {"crm": 0.0}
    assert from_logprobs(raw, [(raw, -math.inf)], CODES) == {"crm": 0.0}
    assert from_logprobs(raw, [(raw, math.nan)], CODES) == {}


def test_tokens_without_a_character_do_not_count():
    raw, tokens = spelled('{"labels": [{"code": "', "c", ("", 0.5), ("rm", 0.5), '"}]}')
    assert from_logprobs(raw, tokens, CODES) == pytest.approx({"crm": 0.5})


def test_any_cutting_into_tokens_counts_exactly_those_that_touch_the_code():
    draw = Random(2)
    raw = answer("pay-roll", "crm", "café")
    spans = {
        code: (raw.index(json.dumps(code)) + 1, raw.index(json.dumps(code)) + len(json.dumps(code)) - 1)
        for code in CODES
    }
    for _ in range(300):
        cuts = sorted({0, len(raw), *draw.choices(range(len(raw)), k=draw.randint(0, 60))})
        pieces = [(one, two, -draw.random()) for one, two in pairwise(cuts)]
        wanted = {
            code: math.exp(sum(chance for one, two, chance in pieces if one < end and two > start))
            for code, (start, end) in spans.items()
        }
        found = from_logprobs(raw, [(raw[one:two], chance) for one, two, chance in pieces], CODES)
        assert found == pytest.approx(wanted, abs=1e-12)


def labels(codes, evidence=""):
    return [PredictedLabel(code, 0.3, evidence) for code in codes]


def test_labels_that_at_least_half_of_the_samples_give():
    samples = [labels("ab"), labels("b"), labels("bc"), labels("da")]
    assert agreed(samples, codes_order="dcba") == (PredictedLabel("b", 0.75), PredictedLabel("a", 0.5))


def test_the_evidence_is_that_of_the_first_sample_that_has_one():
    samples = [labels("a"), labels("a", "second"), labels("a", "third")]
    assert agreed(samples, codes_order="a") == (PredictedLabel("a", 1.0, "second"),)


def test_a_sample_counts_a_label_once():
    assert agreed([labels("aaa"), labels(""), labels("b"), labels("b")], codes_order="ab") == (
        PredictedLabel("b", 0.5),
    )


def test_samples_may_agree_that_nothing_applies():
    assert agreed([labels(""), labels(""), labels("a")], codes_order="a") == ()


def test_codes_outside_the_order_come_last():
    assert [one.code for one in agreed([labels("zyb")], codes_order="abc")] == ["b", "z", "y"]


def test_no_samples_have_no_share():
    with pytest.raises(ValueError, match="no samples"):
        agreed([], codes_order="a")


@pytest.mark.parametrize(
    ("confidences", "uncertain"),
    [
        ([], True),
        ([0.9], False),
        ([0.8], False),  # the upper bound is outside
        ([0.79], True),
        ([0.2], True),  # the lower one inside
        ([0.19], False),
        ([0.9, None], True),
        ([0.95, 0.5, 0.1], True),
        ([0.95, 0.1], False),
    ],
)
def test_what_is_worth_asking_again(confidences, uncertain):
    given = [PredictedLabel(str(place), one) for place, one in enumerate(confidences)]
    assert is_uncertain(given, low=0.2, high=0.8) is uncertain
