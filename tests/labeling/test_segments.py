from hypothesis import given
from hypothesis import strategies as st

from labeling.segments import paragraphs, sentences

TEXT = "We sell crates. Dr. Holm, e.g., buys them!  Why? Because they last.\n\nSecond part here."


def test_sentences_end_where_people_end_them():
    assert [one.text for one in sentences(TEXT)] == [
        "We sell crates.", "Dr. Holm, e.g., buys them!", "Why?", "Because they last.", "Second part here.",
    ]  # fmt: skip


def test_other_scripts_have_sentences_too():
    assert [one.text for one in sentences("我们卖箱子。很好！")] == ["我们卖箱子。", "很好！"]


def test_paragraphs_are_the_blocks_between_blank_lines():
    assert [one.text for one in paragraphs("One\nline.\n\nTwo.")] == ["One\nline.", "Two."]


def test_an_edit_elsewhere_leaves_an_id_alone():
    before = {one.text: one.id for one in sentences(TEXT)}
    after = {one.text: one.id for one in sentences("New first line. " + TEXT)}
    assert all(after[text] == name for text, name in before.items())


def test_the_same_sentence_twice_has_two_ids():
    first, second = sentences("Call us. Call us.")
    assert first.id != second.id


@given(st.text(max_size=300))
def test_offsets_point_at_the_text(text):
    for cut in (sentences, paragraphs):
        found = cut(text)
        assert all(text[one.start : one.end] == one.text for one in found)
        assert len({one.id for one in found}) == len(found)
        assert [one.start for one in found] == sorted(one.start for one in found)
