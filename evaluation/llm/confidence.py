"""How sure a model is of a label: by the likelihood of its tokens, or by how often repeated samples give it.

None of these is the probability of being right before it was calibrated against gold.
"""

import json
import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

from evaluation.llm.protocol import PredictedLabel

ENOUGH = 0.5  # the least share of the samples that gives a label
_MARK = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]')


def from_logprobs(raw: str, tokens: Sequence[tuple[str | bytes, float]], codes: Collection[str]) -> dict[str, float]:
    """For each label of an answer, the likelihood of the tokens that spell its code, given that its entry was begun.

    `tokens` are the answer's, in order, with their natural log-probabilities; as bytes where one is part of a
    character. Summed are those that hold any character of the code, also if they hold a quote or more besides. Of a
    code that comes twice the first place counts. {} where `raw` is not JSON or the tokens do not spell it; whole
    tokens after it (some servers tell the end token) are left alone.

    It says how firmly this code was written and not another, and nothing of labels that were not given. Later entries
    depend on earlier ones.
    """
    pieces = [_bytes(token) if isinstance(token, str) else token for token, _ in tokens]
    ends = list(accumulate(len(piece) for piece in pieces))
    whole = _bytes(raw)
    if len(whole) not in ends or not b"".join(pieces).startswith(whole):
        return {}
    found: dict[str, float] = {}
    for code, start, end in _code_places(raw):
        if code not in codes or code in found or start == end:
            continue
        first, last = len(_bytes(raw[:start])), len(_bytes(raw[:end]))
        total, place = 0.0, bisect_right(ends, first)
        while place < len(pieces) and ends[place] - len(pieces[place]) < last:
            total += tokens[place][1] if pieces[place] else 0.0
            place += 1
        if not math.isnan(total):
            found[code] = math.exp(min(total, 0.0))
    return found


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _code_places(raw: str) -> list[tuple[str, int, int]]:
    """The code of each entry of `labels`, in order, and where it stands between its quotes.

    Of a key that comes twice the last one counts, as for the reader of answers.
    """
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return []
    entries: list[tuple[str, int, int] | None] = []
    inside: list[list[str | None]] = []  # of each open bracket: itself, and in an object the key we are at
    for match in _MARK.finditer(raw):
        mark = match[0]
        if mark in "{[":
            inside.append([mark, None])
            if [*map(tuple, inside)] == [("{", "labels"), ("[", None), ("{", None)]:
                entries.append(None)
        elif mark in "}]":
            inside.pop()
        elif mark == ",":
            inside[-1][1] = None
        elif inside and inside[-1][0] == "{" and inside[-1][1] is None:
            inside[-1][1] = key = json.loads(mark)
            if len(inside) == 1 and key == "labels":
                entries = []
        elif [*map(tuple, inside)] == [("{", "labels"), ("[", None), ("{", "code")]:
            code = unicodedata.normalize("NFC", json.loads(mark))
            entries[-1] = (code, match.start() + 1, match.end() - 1)
    return [entry for entry in entries if entry is not None]


def agreed(samples: Sequence[Sequence[PredictedLabel]], *, codes_order: Sequence[str]) -> tuple[PredictedLabel, ...]:
    """Self-consistency, label by label: what at least half of the samples give, with its share of them as confidence.

    A sample counts a label once. The evidence is that of the first sample that quotes any. In the order of
    `codes_order`, then others in that of their first appearance. After Wang et al. 2023, who vote on whole answers.
    """
    if not samples:
        raise ValueError("there is no share of no samples")
    votes: dict[str, int] = {}
    evidence: dict[str, str] = {}
    for sample in samples:
        for code in dict.fromkeys(label.code for label in sample):
            votes[code] = votes.get(code, 0) + 1
        for label in sample:
            evidence[label.code] = evidence.get(label.code) or label.evidence
    order = dict.fromkeys([*codes_order, *votes])
    shares = {code: votes[code] / len(samples) for code in order if code in votes}
    return tuple(PredictedLabel(code, share, evidence[code]) for code, share in shares.items() if share >= ENOUGH)


def is_uncertain(labels: Sequence[PredictedLabel], *, low: float, high: float) -> bool:
    """Whether an answer is worth asking again: a confidence from `low` to below `high`, one missing, or no label."""
    return not labels or any(label.confidence is None or low <= label.confidence < high for label in labels)
