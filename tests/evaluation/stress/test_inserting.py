import random

import pytest

from evaluation.stress.inserting import (
    NOISE_LEAST,
    NOISE_MOST,
    between_sentences,
    foreign_passages,
    html_debris,
    inserted,
    jargon,
    long_noise,
)
from evaluation.stress.passages import BOILERPLATE, DEBRIS_BLOCKS, FOREIGN, JARGON_NOUNS

TEXT = " ".join(f"Sentence number {place} says one thing." for place in range(32))


def chance():
    return random.Random(3)


def test_pieces_stand_at_their_gaps_in_order():
    assert inserted("One. Two.", [0, 5, 9], [(5, "b"), (0, "a"), (5, "c"), (9, "d")]) == "a One. b c Two. d"
    assert inserted("One.", [0, 4], []) == "One."


def test_pieces_come_between_sentences_and_not_into_them():
    found = between_sentences("One is here. Two is there!", ["XX"], chance())
    assert found.replace("XX ", "").replace(" XX", "") == "One is here. Two is there!"
    assert found in ("XX One is here. Two is there!", "One is here. XX Two is there!", "One is here. Two is there! XX")


@pytest.mark.parametrize("strength", [1, 2, 4, 8])
def test_noise_is_half_the_text_for_each_step(strength):
    text = "x" * 2000
    added = len(long_noise(text, strength, chance())) - len(text)
    assert strength * 1000 <= added <= strength * 1000 + 300 + 2 * len(BOILERPLATE) * strength


def test_noise_has_a_least_and_a_most():
    assert NOISE_LEAST <= len(long_noise("Short.", 1, chance())) <= NOISE_LEAST + 300
    long = "x" * 100_000
    assert NOISE_MOST <= len(long_noise(long, 1, chance())) - len(long) <= NOISE_MOST + 400


def test_noise_stands_on_both_sides():
    before, after = long_noise(TEXT, 2, chance()).split(TEXT)
    assert before.strip()
    assert after.strip()


@pytest.mark.parametrize("strength", [1, 2, 4])
def test_sentences_are_counted_by_strength_and_length(strength):
    foreign = foreign_passages(TEXT, strength, chance())
    assert sum(foreign.count(one) for one in FOREIGN) == 4 * strength
    grand = jargon(TEXT, strength, chance())
    assert sum(grand.count(f"{noun}.") for noun in JARGON_NOUNS) == 8 * strength
    debris = html_debris(TEXT, strength, chance())
    assert sum(debris.count(one) for one in DEBRIS_BLOCKS) == 4 * strength
