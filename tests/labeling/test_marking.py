from labeling.marking import Quote, Span, marked, quotes_in
from labeling.segments import sentences

TEXT = "We run payroll. We also sell cloud tools."


def quote(who, said, label=1):
    start = TEXT.index(said)
    return Quote(who=who, label=label, document=0, start=start, end=start + len(said))


def spans(number, *quotes):
    return marked(sentences(TEXT)[number], quotes).spans


def test_a_sentence_without_quotes_is_one_plain_span():
    assert spans(0) == (Span("We run payroll."),)
    assert spans(0, quote("A", "cloud tools")) == (Span("We run payroll."),)


def test_a_quote_is_cut_out_of_its_sentence():
    assert spans(0, quote("A", "payroll")) == (Span("We run "), Span("payroll", ("A",), (1,)), Span("."))


def test_where_quotes_overlap_both_are_named():
    found = spans(1, quote("B", "sell cloud", label=2), quote("A", "cloud tools", label=3))

    assert [(span.text, span.who, span.labels) for span in found] == [
        ("We also ", (), ()),
        ("sell ", ("B",), (2,)),
        ("cloud", ("A", "B"), (2, 3)),
        (" tools", ("A",), (3,)),
        (".", (), ()),
    ]


def test_a_quote_over_two_sentences_is_marked_in_each():
    across = Quote(who="A", label=1, document=0, start=7, end=18)

    assert spans(0, across)[1] == Span("payroll.", ("A",), (1,))
    assert spans(1, across)[0] == Span("We", ("A",), (1,))


def test_the_spans_say_what_the_sentence_says():
    for number, sentence in enumerate(sentences(TEXT)):
        found = spans(number, quote("A", "run"), quote("B", "n payroll. We al"), quote("A", "sell"))

        assert "".join(span.text for span in found) == sentence.text


def test_entries_that_cannot_be_placed_are_left_out():
    entries = [
        {"document": 0, "start": 7, "end": 14, "text": "payroll"},
        {"document": 0, "start": 0, "end": 7, "text": "payroll"},
        {"document": 0, "text": "cloud"},
        {"document": 0, "start": 90, "end": 99, "text": "gone"},
        {"document": 5, "start": 0, "end": 2, "text": "We"},
        {"start": "x"},
        {},
    ]

    found = quotes_in(entries, who="B", label=4, texts={0: TEXT})

    assert [(one.start, one.end) for one in found] == [(7, 14), (7, 14), (29, 34)]
