"""Language and length of texts."""

import pytest

from evaluation.stats.derived import ALL_ONE, UNKNOWN, language, length_bands


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We sell customer management software to small and medium companies in the region.", "en"),
        ("Wir verkaufen Software für die Kundenverwaltung an kleine und mittlere Unternehmen der Region.", "de"),
        ("Nous vendons des logiciels de gestion aux petites et moyennes entreprises de la région.", "fr"),
        ("Vendemos programas de gestión de clientes a las pequeñas y medianas empresas de la región.", "es"),
        ("We sell software.", UNKNOWN),
        ("", UNKNOWN),
        (" " * 500, UNKNOWN),
    ],
)
def test_the_language_of_a_text(text, expected):
    assert language(text) == expected
    assert language(text) == expected


def test_lengths_in_three_bands_that_say_their_bounds():
    found = length_bands(["x" * size for size in (1, 2, 3, 4, 5, 6, 7, 8, 9)])
    assert [found.count(band) for band in dict.fromkeys(found)] == [3, 3, 3]
    assert found[0] == "short (to 3)"
    assert found[-1] == "long (over 6)"


def test_bands_of_texts_that_are_alike():
    assert length_bands([]) == []
    assert length_bands(["ab"]) == [ALL_ONE]
    assert set(length_bands(["ab", "cd"])) == {ALL_ONE}
    assert set(length_bands(["a", "b", "c", "dddd"])) == {"short (to 1)", "long (over 1)"}
