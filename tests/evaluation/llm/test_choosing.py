import pytest

from evaluation.llm.choosing import Chooser
from evaluation.llm.protocol import DocText, Example, ItemText


def text(key, said):
    return ItemText(key, key, (DocText("web", said),))


def example(key, said, *labels):
    return Example(text(key, said), labels)


EXAMPLES = [
    example("e1", "payroll for small firms", "payroll"),
    example("e2", "steel pipes and valves", "pipes"),
    example("e3", "payroll and tax filing", "payroll"),
    example("e4", "nothing to see", *()),
    example("e5", "customer relations", "crm", "payroll"),
]


def keys(chooser, item, **more):
    return [one.item.external_id for one in chooser.choose(item, **more)]


ITEM = text("co-1", "we do payroll and tax filing for firms")


def test_the_same_examples_for_every_item_of_a_run():
    assert keys(Chooser(EXAMPLES, k=2), ITEM) == ["e1", "e2"]
    drawn = keys(Chooser(EXAMPLES, k=3, how="random", seed=4), ITEM)
    assert drawn == keys(Chooser(EXAMPLES, k=3, how="random", seed=4), text("co-2", "other"))
    assert any(keys(Chooser(EXAMPLES, k=3, how="random", seed=seed), ITEM) != drawn for seed in range(5))


def test_stratified_shows_each_label_before_it_repeats_one():
    for seed in range(5):
        chosen = Chooser(EXAMPLES, k=4, how="stratified", seed=seed).choose(ITEM)
        assert {label for one in chosen for label in one.labels} == {"payroll", "pipes", "crm"}
        assert any(not one.labels for one in chosen)


def test_nearest_is_most_like_the_item():
    assert keys(Chooser(EXAMPLES, k=1, how="nearest_tfidf"), ITEM) == ["e3"]
    vectors = [[1, 0], [0, 1], [0.6, 0.8], [-1, 0], [0, 0]]
    chooser = Chooser(EXAMPLES, k=2, how="nearest_embeddings", vectors=vectors)
    assert keys(chooser, ITEM, vector=[0, 2]) == ["e2", "e3"]
    with pytest.raises(ValueError, match="vector"):
        chooser.choose(ITEM)
    with pytest.raises(ValueError, match="vector"):
        Chooser(EXAMPLES, k=2, how="nearest_embeddings", vectors=[])


@pytest.mark.parametrize("how", ["first", "random", "stratified", "nearest_tfidf"])
def test_an_item_never_sees_its_own_answer(how):
    chooser = Chooser(EXAMPLES, k=9, how=how)
    assert "e1" not in keys(chooser, EXAMPLES[0].item)
    twin = ItemText("other-id", "E1", (DocText("web", "PAYROLL  for small firms"),))
    assert "e1" not in keys(chooser, twin)
    assert len(keys(chooser, twin)) == 4
