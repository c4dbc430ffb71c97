"""Texts unlike gold: farthest first, each for its own words, and no text twice."""

from labeling.novelty import most_novel

GOLD = ["payroll software for firms", "crm software for sales teams of firms"]


def test_the_farthest_come_first_and_say_by_which_words():
    texts = ["payroll software for sales teams", "drone surveys of wind turbines", "crm drone software"]

    found = most_novel(texts, gold=GOLD, size=2)

    assert [one.place for one in found] == [1, 2]
    assert found[0].distance == 1.0
    assert found[0].words == ("surveys", "wind", "turbines")
    assert found[1].words == ("drone",)


def test_a_text_like_one_that_was_picked_is_not_picked_as_well():
    texts = ["drone surveys", "Drone surveys!", "payroll software for firms", "satellite images"]

    assert [one.place for one in most_novel(texts, gold=GOLD, size=4)] == [0, 3]


def test_without_gold_different_texts_are_picked():
    assert [one.place for one in most_novel(["a cat sat", "a cat sat", "one dog ran"], gold=[], size=3)] == [0, 2]


def test_nothing_is_picked_where_there_are_no_words():
    assert most_novel(["", "  "], gold=[""], size=2) == []
    assert most_novel([], gold=GOLD, size=2) == []
