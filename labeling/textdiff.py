"""What changed between two texts, line by line, with a little of what stayed around it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

CONTEXT = 2  # lines that stayed, shown around each change
ALIKE = 0.3  # two lines less alike than this are other lines, and no words of them are marked
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Part:
    """A piece of a line; the changed ones are what is only in this text."""

    text: str
    is_changed: bool


@dataclass(frozen=True)
class Line:
    """One line of a comparison: `same`, `added`, `removed`, or a `gap` whose text says how many lines were left out."""

    kind: str
    text: str
    parts: tuple[Part, ...] = ()  # of a changed line that was compared word by word


def with_words(lines: list[Line]) -> list[Line]:
    """The same lines; where some were replaced by as many or more, the words that changed are marked in each pair.

    >>> [part.text for line in with_words(diff("a red cat", "a blue cat")) for part in line.parts if part.is_changed]
    ['red', 'blue']
    """
    found = list(lines)
    start = 0
    while start < len(lines):
        middle = _run(lines, start, "removed")
        stop = _run(lines, middle, "added")
        for old, new in zip(range(start, middle), range(middle, stop), strict=False):
            found[old], found[new] = _marked(lines[old], lines[new])
        start = max(stop, start + 1)
    return found


def _run(lines: list[Line], start: int, kind: str) -> int:
    """Where the lines of a kind end that begin here."""
    while start < len(lines) and lines[start].kind == kind:
        start += 1
    return start


def _marked(old: Line, new: Line) -> tuple[Line, Line]:
    one, other = _WORD.findall(old.text), _WORD.findall(new.text)
    said, then_said = ([word for word in words if not word.isspace()] for words in (one, other))
    if SequenceMatcher(None, said, then_said, autojunk=False).ratio() < ALIKE:
        return old, new
    steps = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    before = tuple(Part("".join(one[a:b]), kind != "equal") for kind, a, b, _, _ in steps if a < b)
    after = tuple(Part("".join(other[a:b]), kind != "equal") for kind, _, _, a, b in steps if a < b)
    return replace(old, parts=before), replace(new, parts=after)


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
