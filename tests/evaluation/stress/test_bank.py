from collections import Counter

from evaluation.stress.bank import AIMS, BANK, CARRIERS, CODINGS, CONFIDENCE, ENCODED


def test_the_bank_has_at_least_sixty_texts_over_all_carriers_and_aims():
    assert len(BANK) >= 60
    pairs = Counter((one.carrier, one.aim) for one in BANK)
    assert set(pairs) == {(carrier, aim) for carrier in CARRIERS for aim in AIMS}


def test_ids_and_texts_are_there_once():
    assert len({one.id for one in BANK}) == len({one.text for one in BANK}) == len(BANK)


def test_what_adds_a_label_names_it_and_only_that_does():
    assert all(one.needs_label == (one.aim == "add_label") for one in BANK)
    assert all((CONFIDENCE in one.text) == (one.aim == "confidence") for one in BANK)


def test_codings_are_said_of_the_encoded_ones():
    assert {one.coding for one in BANK if one.carrier == ENCODED} == set(CODINGS)
    assert {one.coding for one in BANK if one.carrier != ENCODED} == {""}
    assert all(one.text.isascii() for one in BANK if one.coding == "tags")
