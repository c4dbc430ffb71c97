"""Decides what is said of an item: what is right, what goes wrong by plan, how sure it sounds, and what it quotes."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from evaluation.simulator.chance import beta, draw, number
from evaluation.simulator.config import Config, Rates
from evaluation.simulator.gold import Gold
from evaluation.simulator.reading import Asked, plain
from evaluation.simulator.taxonomy import Taxonomy, words

QUOTE_MAX = 400
SPREAD = 4.0  # of the chances around their mean: the a + b of their beta distribution
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


@dataclass(frozen=True)
class Given:
    """One label as it is given."""

    code: str
    chance: float  # of being right: of all labels given with chance c, the share c is right
    stated: float  # what the model says of itself
    quote: str


class Answerer:
    """Answers for one configuration. Two of the same configuration say the same."""

    def __init__(self, config: Config) -> None:
        self.config, self.gold = config, Gold(config.answers)

    def right(self, asked: Asked) -> tuple[tuple[str, ...], str]:
        """The right labels and the slice: from the given rows, else by the words of the prompt's taxonomy."""
        row = self.gold.find(asked.text)
        if row is None:
            return asked.taxonomy.fitting(frozenset().union(*(found for _, found in sentences(asked.text)))), ""
        known = frozenset(asked.codes)
        return tuple(code for code in row.labels if not known or code in known), row.slice

    def answer(self, asked: Asked, sample: int = 0) -> tuple[Given, ...]:
        """The labels given, right and wrong. `sample` matters only above temperature 0."""
        right, part = self.right(asked)
        rates = self.config.rates_for(asked.model, part)
        dice = Dice(self.config.seed, asked.key, min(1.0, asked.temperature * self.config.waver), sample)
        given = _choose(right, asked, rates, dice)
        expected = _expected_share_right(len(right), rates)
        return tuple(self._given(code, is_right, expected, asked, rates, dice) for code, is_right in given.items())

    def absent(self, asked: Asked, code: str) -> float:
        """The chance that a label which was not given applies all the same."""
        right, part = self.right(asked)
        rates = self.config.rates_for(asked.model, part)
        dice = Dice(self.config.seed, asked.key, 0.0, 0)
        unsaid = len(asked.codes) - len(right) * (1 - rates.omit) - rates.hallucinate
        missed = len(right) * (rates.omit + rates.wrong) / max(1.0, unsaid)
        mean, applies = min(0.98, max(0.02, missed)), code in right
        return dice.beta(SPREAD * mean + applies, SPREAD * (1 - mean) + (not applies), "absent", code)

    def _given(self, code: str, is_right: bool, expected: float, asked: Asked, rates: Rates, dice: "Dice") -> Given:
        # beta with one more on the side of what is true: then the share that is right among those of chance c is c
        chance = dice.beta(SPREAD * expected + is_right, SPREAD * (1 - expected) + (not is_right), "chance", code)
        chance = min(0.9999, max(0.0001, chance))
        stated = 1 - (1 - chance) ** self.config.overconfidence
        quote = best_sentence(asked.text, code, asked.taxonomy)
        if dice.draw("misquote", code) < rates.misquote:
            quote = misquoted(quote, asked.text)
        return Given(code, chance, round(stated, 4), quote)


@dataclass(frozen=True)
class Dice:
    """The chance of one question: fixed by seed and item, taken anew for some decisions above temperature 0."""

    seed: int
    key: str
    waver: float
    sample: int

    def _parts(self, what: tuple[object, ...]) -> tuple[object, ...]:
        if self.waver and draw(self.seed, self.key, "waver", self.sample, *what) < self.waver:
            return (self.seed, self.key, self.sample, *what)
        return (self.seed, self.key, *what)

    def draw(self, *what: object) -> float:
        return draw(*self._parts(what))

    def beta(self, a: float, b: float, *what: object) -> float:
        return beta(a, b, *self._parts(what))

    def pick(self, choices: Sequence[str], *what: object) -> str:
        return choices[number(*self._parts(what)) % len(choices)]


def _choose(right: Sequence[str], asked: Asked, rates: Rates, dice: Dice) -> dict[str, bool]:
    """The codes given, each with whether it is right."""
    given: dict[str, bool] = {}
    for code in right:
        luck = dice.draw("label", code)
        if luck < rates.omit:
            continue
        if luck >= rates.omit + rates.wrong:
            given[code] = True
        elif others := _others(code, right, given, asked):
            given[dice.pick(others, "instead", code)] = False
    if dice.draw("hallucinate") < rates.hallucinate:
        left = [code for code in asked.codes if code not in right and code not in given]
        if left:
            given[dice.pick(left, "invented")] = False
    return given


def _others(code: str, right: Collection[str], given: Collection[str], asked: Asked) -> list[str]:
    """What may be said instead of a label: its siblings, else anything that is not right."""
    free = [other for other in asked.codes if other not in right and other not in given]
    beside = frozenset(asked.taxonomy.siblings(code))
    return [other for other in free if other in beside] or free


def _expected_share_right(right: int, rates: Rates) -> float:
    """Of the labels given for an item with so many right ones, the share that is right; held off 0 and 1."""
    true, false = right * (1 - rates.omit - rates.wrong), right * rates.wrong + rates.hallucinate
    share = true / (true + false) if true + false else 0.0
    return min(0.98, max(0.02, share))


def best_sentence(text: str, code: str, taxonomy: Taxonomy) -> str:
    """The sentence that shares most words with a label, word for word as the text has it."""
    wanted, best, most = taxonomy.words_of(code), "", -1
    for sentence, found in sentences(text):
        shared = len(found & wanted)
        if shared > most and len(sentence) <= QUOTE_MAX:
            best, most = sentence, shared
    return best


@lru_cache(maxsize=256)
def sentences(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The sentences with their words."""
    found = (match[0].strip() for match in _SENTENCE.finditer(text))
    return tuple((sentence, words(sentence)) for sentence in found if sentence)


def misquoted(quote: str, text: str) -> str:
    """Something like the quote that the text does not say."""
    changed = f"It is known that {quote[:1].lower()}{quote[1:]}" if quote else "as the company says of itself"
    while plain(changed) in plain(text):
        changed = f"{changed}, they say"
    return changed
