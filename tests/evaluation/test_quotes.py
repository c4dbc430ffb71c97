"""Quotes found in texts, and the sentences and paragraphs they cover."""

import pytest

from evaluation.quotes import Place, Texts, plain

FIRST = "Acme sells  payroll software. It hosts it, too.\n\nIts office is in Bern."
TEXTS = Texts(
    [{"position": 0, "kind": "text", "text": FIRST}, {"position": 2, "kind": "web", "text": "Ｗide letters. Ende."}],
    name="Acme AG",
)


def said(place):
    return TEXTS.texts[place.document][place.start : place.end]


def test_a_quote_is_found_word_for_word_whatever_its_spaces():
    assert said(TEXTS.find("sells payroll\nsoftware")) == "sells  payroll software"
    assert said(TEXTS.find("Wide")) == "Ｗide"
    assert TEXTS.find("sells machines") is None
    assert TEXTS.find("  ") is None


def test_the_name_is_read_too():
    assert TEXTS.holds("Acme AG")
    assert TEXTS.find("Acme AG") is None
    assert not TEXTS.holds("")


@pytest.mark.parametrize(
    ("passage", "place"),
    [
        ({"document": 0, "start": 0, "end": 4}, Place(0, 0, 4)),
        ({"document": 0, "start": 0, "end": 4000}, None),
        ({"document": 7, "start": 0, "end": 4}, None),
        ({"text": "Ende."}, Place(2, 14, 19)),
        ("Ende.", Place(2, 14, 19)),
        ({}, None),
    ],
)
def test_passages_by_offsets_or_by_what_they_say(passage, place):
    assert TEXTS.place(passage) == place


def test_segments_that_a_quote_covers():
    phrase, two = TEXTS.find("payroll software"), TEXTS.find("payroll software. It hosts it, too.")

    assert len(TEXTS.covered(phrase, "sentences")) == 1
    assert len(TEXTS.covered(two, "sentences")) == 2
    assert len(TEXTS.covered(two, "paragraphs")) == 1
    assert TEXTS.covered(Place(0, 0, len(FIRST)), "paragraphs") == {
        (0, segment.id) for segment in TEXTS.segments(0, "paragraphs")
    }


def test_a_touch_of_the_next_sentence_does_not_count():
    start = FIRST.index("sells")

    assert len(TEXTS.covered(Place(0, start, FIRST.index("It hosts") + 1), "sentences")) == 1


def test_segments_are_counted():
    assert (TEXTS.how_many("sentences"), TEXTS.how_many("paragraphs")) == (5, 3)


def test_plain_keeps_where_letters_stood():
    text, places = plain("  a \t b  ")

    assert text == "a b"
    assert [("  a \t b  ")[place] for place in places] == ["a", " ", "b"]
