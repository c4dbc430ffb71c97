"""The same text with men for women and women for men: an answer that changes with it hangs on gender.

English only. Pronouns, titles, some occupations, kin and a short list of first names before a surname are swapped. What
may say what is sold (men's, women's, male, female) stays, and so does the item's name wherever it stands.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from evaluation.llm.protocol import ItemText

_PAIRS = (
    ("he", "she"), ("himself", "herself"), ("chairman", "chairwoman"), ("chairmen", "chairwomen"),
    ("spokesman", "spokeswoman"), ("businessman", "businesswoman"), ("businessmen", "businesswomen"),
    ("salesman", "saleswoman"), ("salesmen", "saleswomen"), ("craftsman", "craftswoman"),
    ("craftsmen", "craftswomen"), ("father", "mother"), ("son", "daughter"), ("sons", "daughters"),
    ("brother", "sister"), ("brothers", "sisters"), ("husband", "wife"), ("grandfather", "grandmother"),
    ("nephew", "niece"), ("uncle", "aunt"),
)  # fmt: skip
_KIN = frozenset(
    """
    father mother son daughter sons daughters brother sister brothers sisters husband wife grandfather grandmother
    nephew niece uncle aunt
    """.split()  # noqa: SIM905
)  # with a capital they are mostly part of a firm's name: Brandt & Sons
NAMES = (
    ("Adam", "Eva"), ("Andrew", "Andrea"), ("Carlos", "Carla"), ("Daniel", "Daniela"), ("David", "Diana"),
    ("Erik", "Erika"), ("Frank", "Franziska"), ("George", "Georgina"), ("James", "Jane"), ("Jan", "Anna"),
    ("John", "Joan"), ("José", "Josefa"), ("Julian", "Julia"), ("Karl", "Karla"), ("Louis", "Louise"),
    ("Marek", "Magda"), ("Mario", "Maria"), ("Michael", "Michelle"), ("Paul", "Paula"), ("Peter", "Petra"),
    ("Robert", "Roberta"), ("Stefan", "Stefanie"), ("Thomas", "Teresa"), ("Viktor", "Viktoria"),
)  # fmt: skip
_WORDS = {**dict(_PAIRS), **{other: one for one, other in _PAIRS}}
_FIRST_NAMES = {**dict(NAMES), **{other: one for one, other in NAMES}}
_TITLES = {"Mr": "Ms", "Ms": "Mr", "Mrs": "Mr"}

# What follows `her` or `his` where it does not belong to a noun: "asked her to", "the idea was his and"
_NO_NOUN = frozenset(
    """
    a about after again all an and as at away back because before but by down during every for from had has here
    how if in into is it just later not of off on once or out over since so than that the then there these they
    this those through to today too twice until up very was we were what when where which while who why will with
    without would yesterday
    """.split()  # noqa: SIM905
)
_NO_SURNAME = frozenset("Street Road Avenue Square Hospital School University College Bridge Church Park Day".split())  # noqa: SIM905

_NAME = re.compile(rf"\b({'|'.join(sorted(_FIRST_NAMES, key=len, reverse=True))})(?= ([A-ZÀ-Ž][\w'-]+))")
_TITLE = re.compile(r"\b(Mrs|Mr|Ms)(?=\.? [A-ZÀ-Ž])")
_WORD = re.compile(rf"(?<![\w-])({'|'.join(sorted(_WORDS, key=len, reverse=True))})\b(?!-)", re.IGNORECASE)
_OF_SOMEBODY = re.compile(r"(?<![\w-])(hers|her|his|him)\b(?!-)(?=(\s+([^\W\d_]+))?)", re.IGNORECASE)
_ENGLISH = frozenset("the and of is was with for that".split())  # noqa: SIM905
_OTHERS = frozenset("der die und das ist mit von el la los las que con une le les des et dans est w na z".split())  # noqa: SIM905
_LETTERS = re.compile(r"[^\W\d_]+")


def counterfactual(item: ItemText) -> ItemText | None:
    """The item with the genders in its English texts swapped; None where there is nothing to swap."""
    documents = tuple(
        replace(document, text=swapped(document.text, keep=item.name)) if _is_english(document.text) else document
        for document in item.documents
    )
    return replace(item, documents=documents) if documents != item.documents else None


def swapped(text: str, *, keep: str = "") -> str:
    """The text with genders swapped, except in `keep` wherever it stands as a whole."""
    if not keep.strip():
        return _swapped(text)
    parts = re.split(rf"(?<!\w)({re.escape(keep)})(?!\w)", text)
    return "".join(part if part == keep else _swapped(part) for part in parts)


def _swapped(text: str) -> str:
    """All of it in one pass over marked places, so that nothing is swapped back."""
    found: dict[int, tuple[int, str]] = {}
    passes: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]], ...] = (
        (_TITLE, lambda match: _TITLES[match[1]]),
        (_NAME, lambda match: None if match[2] in _NO_SURNAME else _FIRST_NAMES[match[1]]),
        (_OF_SOMEBODY, _of_somebody),
        (_WORD, _word),
    )
    for pattern, other_of in passes:
        for match in pattern.finditer(text):
            other = other_of(match)
            if other is not None:
                found.setdefault(match.start(1), (match.end(1), other))
    parts, start = [], 0
    for place, (end, other) in sorted(found.items()):
        parts += [text[start:place], other]
        start = end
    return "".join([*parts, text[start:]])


def _word(match: re.Match[str]) -> str | None:
    word = match[1]
    if word.lower() in _KIN and not word.islower():
        return None
    return _like(word, _WORDS[word.lower()])


def _of_somebody(match: re.Match[str]) -> str | None:
    """her -> his before a noun, else him; his -> her before a noun, else hers."""
    word, follows = match[1], match[3]
    is_before_noun = follows is not None and follows.lower() not in _NO_NOUN
    other = {
        "hers": "his",
        "him": "her",
        "her": "his" if is_before_noun else "him",
        "his": "her" if is_before_noun else "hers",
    }[word.lower()]
    return _like(word, other)


def _like(word: str, other: str) -> str | None:
    """The other word written as this one was; None for capitals throughout, which are mostly an abbreviation."""
    if word.islower():
        return other
    return other.capitalize() if word == word.capitalize() else None


def _is_english(text: str) -> bool:
    """More English small words than foreign ones, or none of either: `her` and `he` are words elsewhere too."""
    words = [word.lower() for word in _LETTERS.findall(text)]
    return sum(word in _ENGLISH for word in words) >= sum(word in _OTHERS for word in words)
