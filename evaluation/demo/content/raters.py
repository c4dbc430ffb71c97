"""Simulated raters with habits of error, and a simulated adjudicator. They are simulated, and the app says so.

Ana is careful and misses second offerings. Ben is generous: he adds neighbours and takes what competitors sell. Chloe
is accurate in English and unsure in other languages. Dana is new and mixes up neighbours. Vague texts are hard for all.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.demo.content.companies import Company
from evaluation.demo.content.taxonomy import leaves, siblings
from labeling.enums import RulingReason
from labeling.segments import sentences

RATERS = ("Ana", "Ben", "Chloe")
NEWCOMER = "Dana"  # joins after the first round, so that every hidden check is new to her
OMITS = {"Ana": 0.10, "Ben": 0.03, "Chloe": 0.04, "Dana": 0.10}  # a second or third offering
ADDS = {"Ana": 0.01, "Ben": 0.09, "Chloe": 0.02, "Dana": 0.04}  # a neighbour of what is sold
FALLS_FOR_HINTS = {"Ana": 0.15, "Ben": 0.55, "Chloe": 0.15, "Dana": 0.40}
MIXES_UP = {"Ana": 0.04, "Ben": 0.05, "Chloe": 0.04, "Dana": 0.12}  # one offering for its neighbour
FOREIGN = {"Ana": 1.5, "Ben": 1.5, "Chloe": 4.0, "Dana": 1.5}  # how much harder other languages are
PACE = {"Ana": 38, "Ben": 24, "Chloe": 52, "Dana": 61}  # median seconds an item
QUOTES = {"Ana": 0.8, "Ben": 0.5, "Chloe": 0.9, "Dana": 0.4}  # how often a label gets the words that speak for it
Evidence = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class SimulatedRating:
    """What a simulated rater says of a company."""

    labels: frozenset[str]
    certainty: str
    comment: str
    seconds: int


def rate(*, rater: str, company: Company, seed: int = 0) -> SimulatedRating:
    """The same rater says the same of the same company every time."""
    draw = random.Random(f"{seed}/{rater}/{company.external_id}")  # noqa: S311
    harder = (3.0 if company.is_vague else 1.0) * (FOREIGN[rater] if company.language != "en" else 1.0)
    labels: set[str] = set()
    unsure = False
    for place, code in enumerate(sorted(company.truth)):
        if place and draw.random() < min(0.8, OMITS[rater] * harder):
            continue
        if draw.random() < min(0.7, MIXES_UP[rater] * harder):
            code = draw.choice(sorted(siblings(code)))
            unsure = unsure or draw.random() < 0.3
        labels.add(code)
    if company.truth and draw.random() < min(0.5, ADDS[rater] * harder):
        labels.add(draw.choice(sorted(siblings(min(company.truth)))))
    labels |= {code for code in sorted(company.hints) if draw.random() < FALLS_FOR_HINTS[rater]}
    unsure = unsure or draw.random() < (0.12 if company.is_vague else 0.01)
    return SimulatedRating(
        labels=frozenset(labels),
        certainty="unsure" if unsure else "sure",
        comment="Between two labels of the same group." if unsure else "",
        seconds=max(4, round(PACE[rater] * draw.lognormvariate(0, 0.5))),
    )


def quote(*, rater: str, company: Company, labels: Collection[str], texts: Mapping[int, str]) -> Evidence:
    """The words that a rater marks for their labels: Ana the phrase itself, the others the sentence around it."""
    draw = random.Random(f"quotes/{rater}/{company.external_id}")  # noqa: S311
    found: Evidence = {}
    for code in sorted(labels):
        if draw.random() >= QUOTES[rater]:
            continue
        for phrase in leaves()[code].phrases[company.language]:
            for place, text in texts.items():
                start = text.find(phrase)
                if start < 0:
                    continue
                end = start + len(phrase)
                if rater != "Ana":
                    whole = next(one for one in sentences(text) if one.start <= start < one.end)
                    start, end = whole.start, whole.end
                found[code] = [{"document": place, "start": start, "end": end, "text": text[start:end]}]
    return found


@dataclass(frozen=True)
class SimulatedVerdict:
    """What the simulated adjudicator says of a company: the labels, why, and a reason for each disputed label."""

    labels: frozenset[str]
    rationale: str
    reasons: dict[str, str]


def settle(*, company: Company, ratings: Sequence[SimulatedRating], seed: int = 0) -> SimulatedVerdict:
    """What the simulated adjudicator decides: right about nineteen times of twenty, else with one of the raters."""
    draw = random.Random(f"{seed}/adjudicator/{company.external_id}")  # noqa: S311
    said = frozenset().union(*(rating.labels for rating in ratings))
    reasons = {code: _reason(code, company) for code in sorted(said | company.truth)}
    if draw.random() < 0.95:
        return SimulatedVerdict(company.truth, draw.choice(_why(company, said)), reasons)
    return SimulatedVerdict(draw.choice(list(ratings)).labels, "The text can be read this way.", reasons)


def _reason(code: str, company: Company) -> str:
    if code in company.hints:
        return RulingReason.GUIDELINE_GAP
    if company.is_vague:
        return RulingReason.AMBIGUOUS_TEXT
    return RulingReason.RATER_SLIP if code in company.truth else RulingReason.TAXONOMY_OVERLAP


def _why(company: Company, said: Collection[str]) -> tuple[str, ...]:
    if company.hints & frozenset(said):
        return ("The text names this as the business of others, or as something it has stopped selling.",)
    if company.is_vague:
        return ("The text is vague, but the rest of it speaks of this offering only.",)
    return (
        "The text says that the company itself sells this.",
        "One sentence further down names the second offering.",
        "Its neighbour in the taxonomy is about something else.",
    )
