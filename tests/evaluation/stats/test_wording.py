"""Words that name women and men."""

import pytest

from evaluation.stats.wording import UNLISTED, WORDS, counts, wording


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Founded by two sisters, she runs it today.", "en", "feminine"),
        ("HE and his sons run the yard.", "en", "masculine"),
        ("She and her husband run it.", "en", "both"),
        ("The hero sells shears to the theatre.", "en", "none"),
        ("Die Gründerin leitet die Firma.", "de", "feminine"),
        ("La directrice et le fondateur.", "fr", "both"),
        ("El fundador vende seguros.", "es", "masculine"),
        ("", "en", "none"),
        ("彼女は会社を経営しています。", "ja", UNLISTED),
        ("She runs it.", "unknown", UNLISTED),
    ],
)
def test_wording(text, language, expected):
    assert wording(text, language=language) == expected


def test_each_word_is_counted():
    assert counts("She, she and her brother.", language="en") == (3, 1)
    assert counts("She", language="xx") is None


def test_no_word_is_on_both_lists_of_a_language():
    for feminine, masculine in WORDS.values():
        assert not set(feminine.split()) & set(masculine.split())
