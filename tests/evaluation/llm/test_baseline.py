import pytest

from evaluation.llm.baseline import Baseline
from evaluation.llm.protocol import DocText, Example, ItemText, LabelSpec

LABELS = [
    LabelSpec("payroll", "Payroll", "Calculates and pays wages.", None, ("monthly pay slips",)),
    LabelSpec("lorries", "Road freight", "Carries goods by lorry.", None, ("groupage runs",)),
    LabelSpec("roses", "Roses", "Grows flowers.", None, ()),
]


def item(text, key="co"):
    return ItemText(key, "Acme", (DocText("text", text),))


def codes(answer):
    return {label.code for label in answer.labels}


def test_zero_shot_goes_by_likeness():
    model = Baseline(LABELS)
    pay, road = model.label_many([item("We run payroll and pay wages for firms."), item("Our lorries carry goods.")])
    assert codes(pay) == {"payroll"}
    assert codes(road) == {"lorries"}
    assert 0.5 <= pay.labels[0].confidence <= 1


def test_evidence_is_a_sentence_of_the_text():
    text = "Founded long ago. We run payroll and pay wages."
    answer = Baseline(LABELS).label_many([item(text)])[0]
    assert answer.labels[0].evidence == "We run payroll and pay wages."


def test_few_shot_learns_words_that_no_definition_has():
    taught = [Example(item(f"Zweirad und mehr {n}", f"e{n}"), ("roses",)) for n in range(4)]
    taught += [Example(item(f"We run payroll number {n}", f"p{n}"), ("payroll",)) for n in range(4)]
    unseen = item("Zweirad aller Art")
    assert codes(Baseline(LABELS).label_many([unseen])[0]) != {"roses"}
    assert codes(Baseline(LABELS, examples=taught).label_many([unseen])[0]) == {"roses"}


def test_the_same_question_has_the_same_answer():
    items = [item("We run payroll and lorries.")]
    assert Baseline(LABELS).label_many(items) == Baseline(LABELS).label_many(items)


def test_empty_input_is_no_trouble():
    model = Baseline(LABELS)
    assert model.label_many([]) == []
    assert codes(model.label_many([item("")])[0]) == set()
    with pytest.raises(ValueError, match="taxonomy"):
        Baseline([])
