"""How sure a model is of a label: by the probability of its tokens, or by how often repeated samples give it.

None of these is a probability of being right until it has been calibrated against gold.
"""

import json
import math
from collections.abc import Collection, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]

from evaluation.llm.protocol import PredictedLabel


def from_logprobs(raw: str, tokens: Sequence[tuple[str, float]], codes: Collection[str]) -> dict[str, float]:
    """For each label in a JSON answer, the probability of the tokens that spell its code, given that one was begun.

    `tokens` are the answer's tokens in order with their natural log-probabilities. Tokens that also hold a quote
    character count. A code that comes twice counts by its first place. {} where the tokens do not spell `raw`.
    """
    if "".join(token for token, _ in tokens) != raw:
        return {}
    found: dict[str, float] = {}
    for code, start, end in _code_places(raw):
        if code not in codes or code in found:
            continue
        total, place = 0.0, 0
        for token, chance in tokens:
            if place < end and place + len(token) > start:
                total += chance
            place += len(token)
        found[code] = min(1.0, max(0.0, math.exp(min(total, 0.0))))
    return found


def _code_places(raw: str) -> list[tuple[str, int, int]]:
    """Each value of a "code" key in a JSON text: the value, and where its characters stand."""
    places: list[tuple[str, int, int]] = []
    at = 0
    while (at := raw.find('"code"', at)) >= 0:
        at += len('"code"')
        value = at
        while value < len(raw) and raw[value] in " \t\r\n:":
            value += 1
        if value >= len(raw) or raw[value] != '"' or ":" not in raw[at:value]:
            continue
        try:
            code, end = scanstring(raw, value + 1, True)
        except json.JSONDecodeError:
            return places
        places.append((code, value + 1, end - 1))
        at = end
    return places


def agreed(samples: Sequence[Sequence[PredictedLabel]], *, codes_order: Sequence[str]) -> tuple[PredictedLabel, ...]:
    """The labels that at least half of the samples give, each with its share as confidence, in the taxonomy's order.

    Self-consistency: Wang et al. 2023, with the vote taken label by label.
    """
    if not samples:
        raise ValueError("no sample agrees on nothing")
    votes: dict[str, list[PredictedLabel]] = {}
    for sample in samples:
        for label in {one.code: one for one in reversed(sample)}.values():
            votes.setdefault(label.code, []).append(label)
    given = []
    for code in codes_order:
        share = len(votes.get(code, ())) / len(samples)
        if share >= 0.5:
            evidence = next((one.evidence for one in votes[code] if one.evidence), "")
            given.append(PredictedLabel(code, share, evidence))
    return tuple(given)


def is_uncertain(labels: Sequence[PredictedLabel], *, low: float, high: float) -> bool:
    """Whether an answer is worth asking again: a confidence from `low` to below `high`, one that is missing, or no
    label at all."""
    return not labels or any(one.confidence is None or low <= one.confidence < high for one in labels)
