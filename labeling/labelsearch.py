"""Finding a label by typing little: word prefixes, initials and split prefixes over name, synonyms, code and path.

The ranking is deterministic and the same in static/js/rank.js; tests/shared/label_search.json holds cases that both
must pass. "clomi" finds Cloud Migration, so does "cm", "mig" and "cloud m".
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

_WORD = re.compile(r"[^\W_]+")
# How a phrase may be met, best first; see _kind.
EQUAL, BEGINS, IN_ORDER, IN_ORDER_LATER, SPLIT, SPLIT_LATER, ANY_ORDER, ON_PATH, NOT = range(9)


@dataclass(frozen=True)
class Findable:
    """What of a label can be typed to find it."""

    code: str
    name: str
    synonyms: Sequence[str] = field(default_factory=tuple)
    path: str = ""


def words(text: str) -> list[str]:
    """The words of a text, without accents and case.

    >>> words("Café-Bar (24/7)")
    ['cafe', 'bar', '24', '7']
    """
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.category(one).startswith("M"))
    return _WORD.findall(plain.lower())


def rank(labels: Sequence[Findable], query: str) -> list[int]:
    """The places of the labels that meet the query, best first; all of them, in order, for an empty query.

    Ties go to the phrase with fewer words, then to the label that comes first.
    """
    typed = words(query)
    if not typed:
        return list(range(len(labels)))
    found = []
    for place, label in enumerate(labels):
        best = _score(label, typed)
        if best is not None:
            found.append((*best, place))
    return [place for _, _, place in sorted(found)]


def _score(label: Findable, typed: list[str]) -> tuple[int, int] | None:
    """(how well, length of the phrase that was met); a name beats a synonym or code met in the same way."""
    best = None
    for weight, phrase in [(0, label.name), *((1, one) for one in label.synonyms), (1, label.code)]:
        said = words(phrase)
        kind = _kind(said, typed)
        if kind != NOT and (best is None or (2 * kind + weight, len(said)) < best):
            best = (2 * kind + weight, len(said))
    if best is None:
        said = words(label.path) + words(label.name)
        if all(any(one.startswith(part) for one in said) for part in typed):
            best = (2 * ON_PATH, len(said))
    return best


def _kind(said: list[str], typed: list[str]) -> int:
    whole, wanted = " ".join(said), " ".join(typed)
    if whole == wanted:
        return EQUAL
    if whole.startswith(wanted):
        return BEGINS
    if _in_order(said, typed):
        return IN_ORDER if said[0].startswith(typed[0]) else IN_ORDER_LATER
    compact = "".join(typed)
    if said and _is_split(said, compact, 0, first=True):
        return SPLIT
    if any(_is_split(said, compact, start, first=False) for start in range(len(said))):
        return SPLIT_LATER
    if all(any(one.startswith(part) for one in said) for part in typed):
        return ANY_ORDER
    return NOT


def _in_order(said: list[str], typed: list[str]) -> bool:
    """Whether each typed word begins a word of the phrase, in the same order."""
    place = 0
    for part in typed:
        while place < len(said) and not said[place].startswith(part):
            place += 1
        if place == len(said):
            return False
        place += 1
    return True


def _is_split(said: list[str], typed: str, start: int, *, first: bool) -> bool:
    """Whether the typed letters are beginnings of words from `start` on, run together.

    With `first`, they use every word from the first on without a gap; else words between may be passed over.
    """
    if not typed:
        return True
    if start == len(said):
        return False
    word = said[start]
    longest = 0
    while longest < min(len(word), len(typed)) and word[longest] == typed[longest]:
        longest += 1
    if any(_is_split(said, typed[taken:], start + 1, first=first) for taken in range(longest, 0, -1)):
        return True
    return not first and start > 0 and _is_split(said, typed, start + 1, first=False)
