"""The bodies of /v1/embeddings: hashed bags of words, so that texts with common words lie near each other."""

import base64
import math
import struct
from collections import Counter
from typing import Any

from evaluation.simulator.chance import number
from evaluation.simulator.reading import Asked, BadRequest, read
from evaluation.simulator.taxonomy import word_list

DIMENSIONS = 256
INPUTS_MAX = 2048


def read_embeddings(body: dict[str, Any]) -> Asked:
    """The texts of a request, as one; raises BadRequest."""
    texts = _texts(body)
    return read(body, [("user", text) for text in texts])


def embeddings_body(body: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """What is particular to this endpoint."""
    vectors = [embed(text, _dimensions(body)) for text in _texts(body)]
    if body.get("encoding_format") == "base64":
        shown: list[Any] = [base64.b64encode(struct.pack(f"<{len(one)}f", *one)).decode() for one in vectors]
    else:
        shown = vectors
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": place, "embedding": one} for place, one in enumerate(shown)],
        "usage": {"prompt_tokens": asked.tokens_in, "total_tokens": asked.tokens_in},
    }


def embed(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A vector of length 1; the zero vector only for a text without words."""
    vector = [0.0] * dimensions
    for word, times in Counter(word_list(text)).items():
        place = number("word", word)
        vector[place % dimensions] += (1 + math.log(times)) * (1 if place >> 63 else -1)
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else vector


def _texts(body: dict[str, Any]) -> list[str]:
    told = body.get("input")
    texts = [told] if isinstance(told, str) else told
    if not isinstance(texts, list) or not 1 <= len(texts) <= INPUTS_MAX:
        raise BadRequest(f"input is a text or a list of up to {INPUTS_MAX} texts")
    if not all(isinstance(one, str) and one for one in texts):
        raise BadRequest("this simulator embeds texts that are not empty, and no tokens")
    return texts


def _dimensions(body: dict[str, Any]) -> int:
    told = body.get("dimensions")
    return told if isinstance(told, int) and 1 <= told <= 4096 else DIMENSIONS
