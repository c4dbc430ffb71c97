"""BLEU, chrF and ROUGE against sacrebleu's and rouge-score's published and recorded values."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.stats.text import longest_common, rouge, text_report
from tests.examples import example


def test_bleu_and_chrf_of_the_published_example():
    known = example("text.sacrebleu")

    found = text_report(known["texts"], known["references"], resamples=100)

    assert round(found.bleu.value, 2) == known["bleu"]
    assert round(found.chrf.value, 2) == known["chrf"]
    assert found.bleu.low <= found.bleu.value <= found.bleu.high
    assert found.signatures["bleu"].startswith("nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:")
    assert found.signatures["chrf"].startswith("nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no|version:")


@pytest.mark.parametrize("known", example("text.rouge"), ids=lambda known: known["text"][:20])
def test_rouge_as_recorded(known):
    found = rouge(known["text"], known["reference"])

    for name in ("rouge1", "rouge2", "rougeL"):
        assert found[name] == pytest.approx(known[name], abs=5e-5)


def test_rouge_knows_letters_beyond_english():
    assert rouge("Lösungen für Ärzte", "lösungen für ärzte")["rougeL"] == (1.0, 1.0, 1.0)


def test_a_missing_text_counts_as_saying_nothing():
    found = text_report(["payroll software", ""], [["payroll software"], ["payroll software"]], resamples=50)

    assert found.empty == 1
    assert found.rouge["rouge1"]["f1"].value == 0.5


def test_several_references_take_the_best():
    found = text_report(["a b", "c d"], [["x", "a b"], ["c d", "y"]], resamples=0)

    assert found.rouge["rouge1"]["f1"].value == 1.0


def test_no_texts_is_undefined():
    found = text_report([], [])

    for estimate in (found.bleu, found.chrf, found.rouge["rougeL"]["f1"]):
        assert estimate.value is None
        assert estimate.reason == "there are no texts to compare"
    assert json.dumps(found.as_dict(), allow_nan=False)


def test_one_text_has_no_interval():
    assert text_report(["payroll software"], [["payroll software"]]).bleu.low is None


def test_unequal_numbers_of_references_are_refused():
    with pytest.raises(ValueError, match="references"):
        text_report(["a", "b"], [["a"], ["b", "c"]])


def test_the_same_input_gives_the_same_bytes():
    texts, references = ["a b c", "d e f", "g h"], [["a b"], ["d e f"], ["x"]]

    one, other = (json.dumps(text_report(texts, references, resamples=100).as_dict()) for _ in range(2))

    assert one == other


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcd"), max_size=12))
def test_the_longest_common_subsequence_is_that_of_the_table(one, other):
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for row, left in enumerate(one):
        for column, right in enumerate(other):
            table[row + 1][column + 1] = (
                table[row][column] + 1 if left == right else max(table[row][column + 1], table[row + 1][column])
            )

    assert longest_common(one, other) == table[-1][-1]
