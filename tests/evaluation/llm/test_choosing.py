from collections import Counter

import pytest

from evaluation.llm.choosing import HOW, Chooser, choose
from evaluation.llm.protocol import DocText, Example, ItemText


def item(external_id, text="", name=""):
    return ItemText(external_id, name, (DocText("text", text),))


def example(external_id, labels="", text="", name=""):
    return Example(item(external_id, text or f"About {external_id}.", name), tuple(labels))


def ids(examples):
    return [one.item.external_id for one in examples]


OTHER = item("new", "Something else.")
LABELS = {"f": "a", "b": "ab", "d": "c", "a": "a", "c": "a", "e": "b"}
SIX = [example(name, labels) for name, labels in LABELS.items()]
TOPICS = [
    example("bread", "a", "We bake bread and cakes in Lyon."),
    example("pay", "b", "Payroll software for restaurants."),
    example("ship", "c", "Freight by sea and rail."),
]


def embed(texts):
    """Two numbers a text: how much it speaks of bread, and of payroll."""
    return [[text.lower().count("bread"), text.lower().count("payroll")] for text in texts]


def test_the_first_come_in_the_order_given():
    assert ids(choose(SIX, k=3, how="first", item=OTHER)) == ["f", "b", "d"]


def test_random_is_one_draw_for_all_items_of_a_run_whatever_order_the_examples_come_in():
    chooser = Chooser(SIX, k=3, how="random", seed=4)
    assert ids(chooser.choose(OTHER)) == ids(chooser.choose(item("x", "y"))) == ids(chooser.choose(None))
    assert ids(choose(SIX[::-1], k=3, how="random", seed=4)) == ids(chooser.choose(OTHER))


@pytest.mark.parametrize("how", ["random", "stratified"])
def test_another_seed_draws_otherwise(how):
    many = [example(f"{place:02}", "ab"[place % 2]) for place in range(20)]
    assert len({tuple(ids(choose(many, k=4, how=how, seed=seed))) for seed in range(10)}) > 5


def test_random_draws_every_example_alike():
    drawn = Counter(name for seed in range(600) for name in ids(choose(SIX, k=2, how="random", seed=seed)))
    assert set(drawn) == set("abcdef")
    assert all(150 < count < 250 for count in drawn.values())  # 200 each; 4 standard deviations


@pytest.mark.parametrize("seed", range(8))
def test_stratified_takes_the_rarest_label_first_and_then_what_is_not_covered(seed):
    # c is in one example, b in two, a in four; "b" holds both a and b
    assert ids(choose(SIX, k=2, how="stratified", seed=seed)) == ["d", "b"]


def test_stratified_covers_every_label_that_it_can():
    labels = "abcdefgh"
    many = [example(f"{place:03}", labels[: 1 + place % 8][-1]) for place in range(160)]
    for seed in range(5):
        assert {label for one in choose(many, k=8, how="stratified", seed=seed) for label in one.labels} == set(labels)


def test_stratified_begins_again_when_all_labels_were_shown():
    examples = [example("a1", "a"), example("a2", "a"), example("a3", "a"), example("b1", "b"), example("b2", "b")]
    chosen = choose(examples, k=4, how="stratified", seed=1)
    assert [one.labels for one in chosen] == [("b",), ("a",), ("b",), ("a",)]


def test_an_example_without_labels_is_worth_showing_too():
    examples = [example("a1", "a"), example("a2", "a"), example("none")]
    assert sorted(one.labels for one in choose(examples, k=2, how="stratified", seed=0)) == [(), ("a",)]


@pytest.mark.parametrize("how", ["nearest_tfidf", "nearest_embeddings"])
def test_the_nearest_come_first(how):
    chooser = Chooser(TOPICS, k=2, how=how, embed=embed)
    assert ids(chooser.choose(item("x", "Payroll, and a little bread. Payroll!"))) == ["pay", "bread"]
    assert ids(chooser.choose(item("y", "Bread, bread and payroll."))) == ["bread", "pay"]


@pytest.mark.parametrize("how", ["nearest_tfidf", "nearest_embeddings"])
def test_equally_near_examples_come_in_the_order_of_their_ids(how):
    assert ids(choose(TOPICS[::-1], k=3, how=how, item=item("x", "zzz"), embed=embed)) == ["bread", "pay", "ship"]


def test_examples_without_a_word_are_all_equally_near():
    examples = [example("b", text="!!"), example("a", text="??")]
    assert ids(choose(examples, k=2, how="nearest_tfidf", item=item("x", "words"))) == ["a", "b"]


def test_vectors_of_the_examples_and_of_the_item_save_embedding():
    vectors = embed([one.item.text for one in TOPICS])
    chooser = Chooser(TOPICS, k=1, how="nearest_embeddings", vectors=vectors)
    assert ids(chooser.choose(item("x", "?"), vector=[0.0, 3.0])) == ["pay"]
    backwards = Chooser(TOPICS[::-1], k=1, how="nearest_embeddings", vectors=[[0, 0], [0, 1], [1, 0]])
    assert ids(backwards.choose(item("x", "?"), vector=[3.0, 0.0])) == ["bread"]
    with pytest.raises(ValueError, match="something that embeds"):
        chooser.choose(item("x", "?"))
    with pytest.raises(ValueError, match="3 numbers"):
        chooser.choose(item("x", "?"), vector=[0.0, 3.0, 1.0])
    with pytest.raises(ValueError, match="need as many vectors"):
        Chooser(TOPICS, k=1, how="nearest_embeddings", vectors=vectors[:2])


def test_examples_are_embedded_once_a_run():
    asked = []

    def counted(texts):
        asked.append(len(texts))
        return embed(texts)

    chooser = Chooser(TOPICS, k=1, how="nearest_embeddings", embed=counted)
    chooser.choose(item("x", "bread"))
    chooser.choose(item("y", "payroll"))
    assert asked == [3, 1, 1]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    "same",
    [
        item("pay", "Quite another text."),
        item("copy", "PAYROLL  software\nfor restaurants."),
        item("copy", "Payroll software for restaurants.", name="Another name"),
        ItemText("copy", "", (DocText("a", "Payroll software"), DocText("b", "for restaurants."))),
    ],
    ids=["its id", "its text, in capitals and spaces", "its text under another name", "its text in two documents"],
)
def test_an_item_is_never_shown_itself(how, same):
    examples = [*TOPICS, example("twin", "b", "payroll software for restaurants.")]
    chosen = ids(choose(examples, k=4, how=how, item=same, embed=embed))
    assert "pay" not in chosen
    assert {"bread", "ship"} <= set(chosen)
    assert ("twin" in chosen) == (same.external_id == "pay")


@pytest.mark.parametrize("how", HOW)
def test_one_that_falls_out_is_made_up_for(how):
    chosen = {name: ids(choose(SIX, k=5, how=how, item=item(name, "?"), embed=embed)) for name in "abcdef"}
    assert all(sorted([name, *others]) == list("abcdef") for name, others in chosen.items())


def test_the_others_of_a_draw_stay_in_their_order():
    whole = ids(choose(SIX, k=6, how="random", seed=3))
    assert ids(choose(SIX, k=3, how="random", seed=3, item=item(whole[0], "?"))) == whole[1:4]


def test_stratified_still_covers_what_it_can_without_the_item_itself():
    assert ids(choose(SIX, k=2, how="stratified", item=item("b", "?"))) == ["d", "e"]


def test_items_without_any_text_are_told_apart_by_name():
    examples = [Example(ItemText("a", "Acme", ()), ("a",)), Example(ItemText("b", "Beta", ()), ("a",))]
    assert ids(choose(examples, k=2, item=ItemText("c", "ACME", ()))) == ["b"]


@pytest.mark.parametrize("how", HOW)
def test_none_are_asked_for_or_none_are_there(how):
    assert choose(SIX, k=0, how=how, item=OTHER, embed=embed) == []
    assert choose([], k=3, how=how, item=OTHER, embed=embed) == []
    assert len(choose(SIX, k=99, how=how, item=OTHER, embed=embed)) == 6


def test_what_cannot_be_asked():
    with pytest.raises(ValueError, match="first, random, stratified"):
        Chooser(SIX, k=1, how="best")
    with pytest.raises(ValueError, match="fewer than no"):
        Chooser(SIX, k=-1)
    with pytest.raises(ValueError, match="for an item"):
        choose(TOPICS, k=1, how="nearest_tfidf")
    with pytest.raises(ValueError, match="something that embeds"):
        Chooser(TOPICS, k=1, how="nearest_embeddings")
