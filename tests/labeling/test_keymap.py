"""The keys of the labelling screen and which of them a person may choose."""

import pytest

from labeling.keymap import COMMANDS, keys_of, problem_with, twice


def test_the_defaults_are_allowed_and_no_two_are_the_same():
    assert [command for command in COMMANDS if problem_with(command.key)] == []
    assert twice({command.name: command.key for command in COMMANDS}) == []


@pytest.mark.parametrize(
    "key", ["", "a", "Z", "1", "9", "alt+a", "ctrl+1", "ctrl+w", "ctrl+s", "enter", "f13", "ctrl+", "ctrl+enter+x"]
)
def test_keys_that_the_screen_or_the_browser_needs_are_refused(key):
    assert problem_with(key)


@pytest.mark.parametrize("key", ["ctrl+d", "f8", "shift+enter", "ctrl+shift+u", "0", "[", "ctrl+."])
def test_other_keys_are_free(key):
    assert problem_with(key) is None


def test_a_choice_that_is_not_valid_any_more_falls_back():
    keys = keys_of({"none": "a", "flag": "f8", "gone": "f9"})

    assert keys["none"] == "0"
    assert keys["flag"] == "f8"
    assert "gone" not in keys
