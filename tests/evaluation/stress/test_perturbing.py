from itertools import pairwise

import pytest

from evaluation.demo.content.companies import companies
from evaluation.llm.protocol import DocText, ItemText
from evaluation.stress.perturbing import KINDS, STRENGTHS, perturb

SEED = 5
ITEMS = [
    ItemText(one.external_id, one.name, (DocText("website", one.text), DocText("note", f"{one.name}. It rains.")))
    for one in companies(count=12)
]
ADDING = [kind for kind in KINDS if kind not in ("typos", "truncated")]


def disturbed(item, kind, strength, seed=SEED):
    return perturb(item, kind=kind, strength=strength, seed=seed, labels=["x-1", "x-2"])


def is_within(short, long):
    """Are the characters of the one in the other, in order?"""
    rest = iter(long)
    return all(letter in rest for letter in short)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_keeps_who_the_item_is_and_changes_its_text(kind):
    for item in ITEMS:
        found = disturbed(item, kind, 8)
        assert (found.external_id, found.name) == (item.external_id, item.name)
        assert [one.kind for one in found.documents] == ["website", "note"]
        assert found.text != item.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_text_and_another_one_another(kind):
    once, again, other = ([disturbed(item, kind, 4, seed) for item in ITEMS] for seed in (SEED, SEED, SEED + 1))
    assert once == again
    assert (once == other) == (kind == "truncated")  # which draws nothing


def test_items_are_disturbed_independently_of_each_other():
    twin = ItemText("other", ITEMS[0].name, ITEMS[0].documents)
    assert disturbed(twin, "typos", 4).text != disturbed(ITEMS[0], "typos", 4).text


@pytest.mark.parametrize("kind", ADDING)
def test_what_is_put_in_leaves_the_words_and_only_grows(kind):
    for item in ITEMS:
        steps = [item, *(disturbed(item, kind, strength) for strength in STRENGTHS)]
        for lower, higher in pairwise(steps):
            for before, after in zip(lower.documents, higher.documents, strict=True):
                assert is_within(before.text, after.text)
        lengths = [len(step.text) for step in steps]
        assert lengths == sorted(set(lengths))


def test_a_cut_text_is_a_shorter_and_shorter_beginning():
    for item in ITEMS:
        whole = item.documents[0].text
        parts = [disturbed(item, "truncated", strength).documents[0].text for strength in STRENGTHS]
        for longer, shorter in zip([whole, *parts], parts, strict=False):
            assert longer.startswith(shorter)
            assert len(shorter) < len(longer)
        assert [len(part) / len(whole) for part in parts] == pytest.approx([0.8, 0.6, 0.4, 0.2], abs=0.08)


def test_injections_go_into_the_longest_document_only():
    found = disturbed(ITEMS[0], "injections", 2)
    assert found.documents[1] == ITEMS[0].documents[1]
    assert found.documents[0] != ITEMS[0].documents[0]


def test_without_labels_no_placeholder_is_left():
    for item in ITEMS:
        text = perturb(item, kind="injections", strength=8, seed=0).text
        assert "{label}" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_without_text_stays_as_it_is(kind):
    for documents in ((), (DocText("website", ""), DocText("note", " \n"))):
        item = ItemText("1", "Nobody", documents)
        assert disturbed(item, kind, 8) == item


def test_every_kind_is_told_in_a_title_and_one_sentence():
    assert [name for name, kind in KINDS.items() if name != kind.name] == []
    assert all(kind.title and kind.says.endswith(".") and kind.says.count(".") == 1 for kind in KINDS.values())


def test_unknown_kinds_and_strengths_are_refused():
    with pytest.raises(ValueError, match="the kind is one of long_noise"):
        perturb(ITEMS[0], kind="thunder", strength=1, seed=0)
    with pytest.raises(ValueError, match="1, 2, 4, 8, not 3"):
        perturb(ITEMS[0], kind="typos", strength=3, seed=0)
