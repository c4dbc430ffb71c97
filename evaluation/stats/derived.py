"""Properties read off a text, for slicing: its language and its length. Pure, and the same text always gives the
same."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

LEAST_CHARACTERS = 40  # a language is not guessed from less
READ_CHARACTERS = 4000  # of a long text its beginning says it
UNKNOWN = "unknown"
ALL_ONE = "all the same length"


def language(text: str, *, least: int = LEAST_CHARACTERS) -> str:
    """The two-letter code that py3langid gives (byte n-grams, 97 languages); "unknown" for short texts."""
    text = text.strip()
    if len(text) < least:
        return UNKNOWN
    found, _ = _identifier().classify(text[:READ_CHARACTERS])
    return str(found)


@cache
def _identifier() -> Any:
    """Loaded at first use: it takes a part of a second. The model is the package's own."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 -- heavy

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def length_bands(texts: Sequence[str]) -> list[str]:
    """Short, medium or long, by terciles of these very texts; the band's name says its bounds in characters."""
    lengths = np.array([len(text) for text in texts])
    if not len(lengths):
        return []
    low, high = (int(bound) for bound in np.quantile(lengths, [1 / 3, 2 / 3], method="lower"))
    if lengths.min() == lengths.max():
        return [ALL_ONE] * len(lengths)
    short, long = f"short (to {low:,})", f"long (over {high:,})"
    medium = f"medium (to {high:,})"
    return [short if length <= low else medium if length <= high else long for length in lengths]
