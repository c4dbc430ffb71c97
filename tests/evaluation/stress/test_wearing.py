import random
from itertools import pairwise

import pytest

from evaluation.stress.wearing import NEIGHBOURS, truncated, typos

TEXT = "The quick brown Fox jumps over 13 lazy dogs in 2024, we think. " * 60


def typed(strength):
    """Each letter of the text as it was typed."""
    draw = random.Random(7)
    return [typos(letter, strength, draw) for letter in TEXT]


def test_errors_rise_and_those_of_a_lower_strength_are_among_those_of_a_higher():
    letters = sum(letter.isalpha() for letter in TEXT)
    found = [
        {(place, other) for place, (one, other) in enumerate(zip(TEXT, typed(strength), strict=True)) if one != other}
        for strength in (1, 2, 4, 8)
    ]
    for lower, higher in pairwise(found):
        assert lower < higher
    assert [len(errors) / letters for errors in found] == pytest.approx([0.01, 0.02, 0.04, 0.08], rel=0.35)


def test_a_text_is_typed_letter_by_letter():
    assert typos(TEXT, 4, random.Random(7)) == "".join(typed(4))


def test_digits_and_signs_stay():
    found = typos(TEXT, 8, random.Random(1))
    assert [one for one in found if not one.isalpha()] == [one for one in TEXT if not one.isalpha()]


def test_a_neighbouring_key_keeps_the_case():
    found = {typos("A", 8, random.Random(seed)) for seed in range(400)}
    assert found <= {"A", "", "AA", *NEIGHBOURS["a"].upper()}
    assert found >= {"A", "", "AA", "Q"}


def test_neighbours_are_mutual():
    assert [(one, near) for one, nears in NEIGHBOURS.items() for near in nears if one not in NEIGHBOURS[near]] == []


@pytest.mark.parametrize(
    ("text", "strength", "kept"),
    [
        ("one two three four fives", 2, "one two three"),
        ("one two three four five", 8, "one"),
        ("word", 8, "word"),
        ("  lead in", 8, "  lead"),
        ("字" * 100, 4, "字" * 40),
        ("line one\nline two", 2, "line one"),
        ("ends. Here", 2, "ends."),
    ],
)
def test_the_beginning_ends_with_a_whole_word(text, strength, kept):
    assert truncated(text, strength, random.Random(0)) == kept
