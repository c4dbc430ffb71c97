"""Kinds that wear a text down: typing errors, and an end that is cut off."""

import random

TYPOS_EACH_STEP = 0.01  # of its letters
LONGEST_WORD = 40
KEPT = {1: 0.8, 2: 0.6, 4: 0.4, 8: 0.2}
NEIGHBOURS = {
    "a": "qwsz", "b": "vghn", "c": "xdfv", "d": "serfcx", "e": "wsdr", "f": "drtgvc", "g": "ftyhbv", "h": "gyujnb",
    "i": "ujko", "j": "huikmn", "k": "jiolm", "l": "kop", "m": "njk", "n": "bhjm", "o": "iklp", "p": "ol", "q": "wa",
    "r": "edft", "s": "awedxz", "t": "rfgy", "u": "yhji", "v": "cfgb", "w": "qase", "x": "zsdc", "y": "tghu",
    "z": "asx",
}  # fmt: skip
NEIGHBOUR, DROP, DOUBLE = "neighbour", "drop", "double"


def typos(text: str, strength: int, draw: random.Random) -> str:
    """One letter in a hundred for each step: a neighbouring key instead, left out, or doubled. Digits stay.

    Every letter draws the same numbers at every strength, so the errors of a lower one are among those of a higher.
    """
    out = []
    for letter in text:
        chance, kind, pick = draw.random(), draw.choice((NEIGHBOUR, DROP, DOUBLE)), draw.random()
        near = NEIGHBOURS.get(letter.lower())
        out.append(
            letter if near is None or chance >= TYPOS_EACH_STEP * strength else _mistyped(letter, kind, near, pick)
        )
    return "".join(out)


def _mistyped(letter: str, kind: str, near: str, pick: float) -> str:
    if kind == DROP:
        return ""
    if kind == DOUBLE:
        return letter * 2
    other = near[int(pick * len(near))]
    return other.upper() if letter.isupper() else other


def truncated(text: str, strength: int, draw: random.Random) -> str:
    """The beginning: 80, 60, 40 or 20% of its characters, back to the last whole word, and never less than one word.

    Nothing is drawn. Where no word ends within 40 characters, as in Chinese, the cut is where it is.
    """
    end = start = int(len(text) * KEPT[strength])
    while start > 0 and not (text[start - 1].isspace() or text[start].isspace()):
        start -= 1
    kept = text[: start if end - start <= LONGEST_WORD else end].rstrip()
    if kept.strip():
        return kept
    first = text.split(maxsplit=1)[0]
    return text[: text.index(first) + min(len(first), LONGEST_WORD)]
