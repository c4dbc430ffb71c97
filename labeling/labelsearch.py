"""Finding a label by typing little: word prefixes, initials and split prefixes over name, synonyms, code and path.

The ranking is deterministic and the same in static/js/rank.js; tests/shared/label_search.json holds cases that both
must pass. "clomi" finds Cloud Migration, so does "cm", "mig" and "cloud m".
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

QUERY_MAX = 200
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
    typed = words(query[:QUERY_MAX])
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
    if _is_split(said, compact, gaps=False):
        return SPLIT
    if _is_split(said, compact, gaps=True):
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


def _is_split(said: list[str], typed: str, *, gaps: bool) -> bool:
    """Whether the typed letters are beginnings of words in their order, run together.

    Without `gaps` they use the words from the first on, none left out. Linear in words times letters, whatever repeats.
    """
    reached = {0}
    for word in said:
        further = {at + taken for at in reached for taken in range(1, _common(word, typed, at) + 1)}
        if len(typed) in further:
            return True
        reached = reached | further if gaps else further
    return False


def _common(word: str, typed: str, at: int) -> int:
    """How many first letters of the word are typed from `at` on."""
    length = 0
    while length < len(word) and at + length < len(typed) and word[length] == typed[at + length]:
        length += 1
    return length
