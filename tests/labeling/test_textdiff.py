from hypothesis import given
from hypothesis import strategies as st

from labeling.textdiff import Line, diff, with_words

texts = st.lists(st.sampled_from(["a", "b", "", "- c", "d e"]), max_size=30).map("\n".join)


def test_a_changed_line_is_shown_with_two_that_stayed_on_each_side():
    old = "\n".join("abcdefghij")
    new = old.replace("f", "F")

    assert diff(old, new) == [
        Line("gap", "3 lines as before"),
        Line("same", "d"),
        Line("same", "e"),
        Line("removed", "f"),
        Line("added", "F"),
        Line("same", "g"),
        Line("same", "h"),
        Line("gap", "2 lines as before"),
    ]


def test_a_gap_never_hides_a_single_line():
    assert [line.kind for line in diff("a\nb\nc\nd", "a\nb\nc\nD")] == ["same", "same", "same", "removed", "added"]


def test_a_text_from_nothing_is_all_added():
    assert diff("", "a\nb") == [Line("added", "a"), Line("added", "b")]


@given(texts, texts)
def test_what_was_removed_and_added_are_all_the_differences(old, new):
    lines = diff(old, new)

    kinds = {line.kind for line in lines}
    assert bool(lines) == (old.splitlines() != new.splitlines())
    assert not lines or kinds & {"added", "removed"}
    for kind, text in (("removed", old), ("added", new)):
        assert [line.text for line in lines if line.kind == kind] == [
            line for line in [line.text for line in lines if line.kind == kind] if line in text.splitlines()
        ]


@given(texts, texts)
def test_the_other_way_round_swaps_their_numbers_at_most(old, new):
    there = [line.kind for line in diff(old, new)]

    assert there.count("added") - there.count("removed") == len(new.splitlines()) - len(old.splitlines())


def test_words_that_changed_are_marked_in_lines_that_are_alike_and_in_no_others():
    lines = with_words(diff("Give every code.\nnothing in common\nend", "Give each code!\n123 456 789\nend"))

    assert [[part.text for part in line.parts if part.is_changed] for line in lines] == [
        ["every", "."], [], ["each", "!"], [], [],
    ]  # fmt: skip
    assert all("".join(part.text for part in line.parts) == line.text for line in lines if line.parts)


@given(texts, texts)
def test_marking_words_changes_no_line(old, new):
    lines = diff(old, new)
    assert [(line.kind, line.text) for line in with_words(lines)] == [(line.kind, line.text) for line in lines]
