"""What changed between two texts, line by line, with a little of what stayed around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

CONTEXT = 2  # lines that stayed, shown around each change


@dataclass(frozen=True)
class Line:
    """One line of a comparison: `same`, `added`, `removed`, or a `gap` whose text says how many lines were left out."""

    kind: str
    text: str


def diff(old: str, new: str) -> list[Line]:
    """The lines of both texts in order, removed before added; nothing at all if the texts are equal.

    >>> [(line.kind, line.text) for line in diff("a\\nb", "a\\nc")]
    [('same', 'a'), ('removed', 'b'), ('added', 'c')]
    >>> diff("a", "a")
    []
    """
    one, other = old.splitlines(), new.splitlines()
    # autojunk would call a line that is frequent in a long text no anchor: blank lines and list marks are
    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    if all(kind == "equal" for kind, *_ in steps):
        return []
    lines: list[Line] = []
    for place, (kind, from_, to, start, stop) in enumerate(steps):
        if kind == "equal":
            lines += _around(one[from_:to], is_first=place == 0, is_last=place == len(steps) - 1)
            continue
        lines += (Line("removed", text) for text in one[from_:to])
        lines += (Line("added", text) for text in other[start:stop])
    return lines


def _around(same: list[str], *, is_first: bool, is_last: bool) -> Iterator[Line]:
    """The lines next to a change; a gap for those between, if it hides more than one."""
    head = 0 if is_first else CONTEXT
    tail = 0 if is_last else CONTEXT
    hidden = len(same) - head - tail
    if hidden <= 1:
        yield from (Line("same", text) for text in same)
        return
    yield from (Line("same", text) for text in same[:head])
    yield Line("gap", f"{hidden} lines as before")
    yield from (Line("same", text) for text in same[len(same) - tail :])
