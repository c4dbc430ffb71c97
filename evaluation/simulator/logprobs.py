"""Tokens with log-probabilities. A code's tokens together have the chance that the code is right."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from evaluation.simulator.saying import Said

LENGTH = 4  # letters a token
SURE = -1e-5  # of every token that is no code


def token_logprobs(said: Said, codes: Sequence[str], top: int) -> list[dict[str, Any]]:
    """One entry a token, as the chat endpoint has them; tokens never cross the edge of a code."""
    content, found, at = said.content or "", [], 0
    for start, end, chance in said.spans:
        found += [_entry(piece, SURE, [], top) for piece in _pieces(content[at:start])]
        first, *rest = _pieces(content[start:end])
        others = list(dict.fromkeys(code[:LENGTH] for code in codes if code[:LENGTH] != first))[: max(0, top - 1)]
        found.append(_entry(first, math.log(chance), _alternatives(others, 1 - chance), top))
        found += [_entry(piece, 0.0, [], top) for piece in rest]
        at = end
    return found + [_entry(piece, SURE, [], top) for piece in _pieces(content[at:])]


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), LENGTH):
        yield text[start : start + LENGTH]


def _alternatives(others: Sequence[str], left: float) -> list[tuple[str, float]]:
    """What else could have been said: the chance that is left, halved from one to the next."""
    return [(other, math.log(max(left, 1e-9) / 2 ** (place + 1))) for place, other in enumerate(others)]


def _entry(token: str, logprob: float, others: list[tuple[str, float]], top: int) -> dict[str, Any]:
    told = [(token, logprob), *others] if top else []
    told.sort(key=lambda one: -one[1])
    return {
        "token": token,
        "logprob": round(logprob, 6),
        "bytes": list(token.encode("utf-8", "replace")),
        "top_logprobs": [
            {"token": one, "logprob": round(value, 6), "bytes": list(one.encode("utf-8", "replace"))}
            for one, value in told[:top]
        ],
    }
