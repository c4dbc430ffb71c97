"""The keys of the labelling screen: what each does, its default, and which keys somebody may choose instead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One thing the screen does at a key."""

    name: str
    does: str
    key: str


COMMANDS = (
    Command("submit", "Submit and go on", "ctrl+enter"),
    Command("unsure", "Submit as unsure and go on", "shift+enter"),
    Command("none", "No label applies", "0"),
    Command("skip", "Skip, with a reason", "ctrl+."),
    Command("text", "Mark evidence in the text", "f2"),
    Command("note", "Write a note", "ctrl+m"),
    Command("flag", "Flag for the adjudicator", "ctrl+b"),
    Command("undo", "Undo, or take the last answer back", "ctrl+z"),
    Command("redo", "Redo", "ctrl+shift+z"),
    Command("older", "Your answer before", "["),
    Command("newer", "Your answer after", "]"),
    Command("palette", "All commands", "ctrl+k"),
    Command("help", "Keys", "f1"),
)
# What no choice can change: letters filter, digits are the quick row, the rest moves.
FIXED = (
    ("letters", "Find a label: beginnings of words, initials, or both run together"),
    ("enter", "Take or leave the label under the highlight"),
    ("↑ ↓", "Move the highlight; Page Up and Page Down by group"),
    ("1 – 9", "That label of the quick row; once something is typed, that one of the labels found"),
    ("backspace", "Leave the last label, while nothing is typed"),
    ("esc", "Clear what was typed, or close"),
    ("j k space", "In the text: next sentence, sentence before, mark; then a digit attaches the mark to a label"),
)
_KEY = re.compile(r"(ctrl\+)?(shift\+)?([a-z]|[\[\].,;'/\\=-]|0|enter|f(?:[1-9]|1[0-2]))")
# Browsers keep these for themselves, or people expect them to do what they do everywhere.
TAKEN = frozenset(f"ctrl+{key}" for key in "acfhjlnopqrstvwx") | {"f5", "f11", "f12", "enter"}


def problem_with(key: str) -> str | None:
    """Why a key cannot be chosen, or None.

    >>> problem_with("ctrl+enter") is None
    True
    >>> problem_with("a")
    'Letters find labels. Add Ctrl.'
    """
    match = _KEY.fullmatch(key)
    if match is None:
        return "Use one key, with ctrl+ or shift+ before it. Alt and the digits 1 to 9 are not free."
    ctrl, _, plain = match.groups()
    if not ctrl and len(plain) == 1 and plain.isalpha():
        return "Letters find labels. Add Ctrl."
    if key in TAKEN:
        return "The browser keeps this key for itself."
    return None


def keys_of(chosen: Mapping[str, str]) -> dict[str, str]:
    """Command name -> key, with the person's own choices; what is not valid any more falls back to the default."""
    keys = {command.name: command.key for command in COMMANDS}
    keys.update({name: key for name, key in chosen.items() if name in keys and problem_with(key) is None})
    return keys


def twice(keys: Mapping[str, str]) -> list[str]:
    """The keys that more than one command asks for, sorted."""
    asked = list(keys.values())
    return sorted({key for key in asked if asked.count(key) > 1})
