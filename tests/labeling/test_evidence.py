"""Quotes are cut from the item's own text, whatever the sender claims they say."""

import pytest

from labeling.evidence import SPANS_MAX, BadEvidence, checked

DOCUMENTS = [{"position": 0, "text": "We sell 🚚 payroll."}, {"position": 1, "text": "物流 and CRM."}]


def test_the_text_is_cut_by_code_points_and_the_senders_own_is_ignored():
    sent = {
        "pay": [{"document": 0, "start": 10, "end": 17, "text": "forged"}],
        "log": [{"document": 1, "start": 0, "end": 2}],
    }

    found = checked(sent, documents=DOCUMENTS, codes=["pay", "log"])

    assert found["pay"] == [{"document": 0, "start": 10, "end": 17, "text": "payroll"}]
    assert found["log"][0]["text"] == "物流"


def test_quotes_of_labels_that_were_not_chosen_are_left_out():
    assert checked({"crm": [{"document": 0, "start": 0, "end": 2}]}, documents=DOCUMENTS, codes=["pay"]) == {}


def test_quotes_are_in_the_order_of_the_text():
    sent = {"pay": [{"document": 1, "start": 0, "end": 2}, {"document": 0, "start": 3, "end": 7}]}

    found = checked(sent, documents=DOCUMENTS, codes=["pay"])["pay"]

    assert [one["document"] for one in found] == [0, 1]


def place(document, start, end):
    return {"document": document, "start": start, "end": end}


@pytest.mark.parametrize(
    "span",
    [
        place(0, 5, 5), place(0, 6, 5), place(0, -1, 5), place(0, 0, 99), place(7, 0, 1), place("0", 0, 1),
        place(0, True, 2), place(0, 0.0, 2), {}, "text", None, [],
    ],
)  # fmt: skip
def test_a_quote_that_is_not_in_the_item_is_refused(span):
    with pytest.raises(BadEvidence):
        checked({"pay": [span]}, documents=DOCUMENTS, codes=["pay"])


@pytest.mark.parametrize("sent", [[], "x", 1, None, {"pay": "x"}, {"pay": [{}] * (SPANS_MAX + 1)}])
def test_what_is_no_table_of_quotes_is_refused(sent):
    with pytest.raises(BadEvidence):
        checked(sent, documents=DOCUMENTS, codes=["pay"])
