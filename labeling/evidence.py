"""Quotes that support a label: checked against the text they come from, never taken from the sender."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SPANS_MAX = 50  # of one label
CODES_MAX = 500
FARTHEST = 10**9  # no text is so long


class BadEvidence(ValueError):
    """A quote that is not in the item. The message says which."""


def read(sent: str) -> Any:
    """What was sent as JSON. Whatever a parser may choke on, depth and long numbers too, raises BadEvidence."""
    try:
        return json.loads(sent)
    except (ValueError, RecursionError) as error:
        raise BadEvidence("The evidence could not be read.") from error


def shaped(sent: Any) -> dict[str, list[dict[str, int]]]:
    """Of a draft's evidence only what has the shape of quotes: codes, and whole numbers for their places.

    >>> shaped({"crm": [{"document": 0, "start": 1, "end": 4, "text": "x"}, {"document": "0"}], "erp": 1})
    {'crm': [{'document': 0, 'start': 1, 'end': 4}]}
    """
    if not isinstance(sent, dict):
        return {}
    found = {}
    for code, spans in list(sent.items())[:CODES_MAX]:
        quotes = [_place(span) for span in spans[:SPANS_MAX]] if isinstance(spans, list) else []
        if kept := [quote for quote in quotes if quote]:
            found[code.encode(errors="replace").decode().replace("\0", "?")[:100]] = kept
    return found


def _place(span: Any) -> dict[str, int]:
    names = ("document", "start", "end")
    place: dict[str, Any] = {name: span.get(name) for name in names} if isinstance(span, dict) else {}
    return place if all(type(value) is int and 0 <= value <= FARTHEST for value in place.values()) else {}


def checked(
    sent: Any, *, documents: Sequence[Mapping[str, Any]], codes: Iterable[str]
) -> dict[str, list[dict[str, Any]]]:
    """Label code -> quotes {"document", "start", "end", "text"}; offsets count code points, the text is cut here.

    Quotes of labels that were not chosen are left out; quotes out of bounds raise BadEvidence.
    """
    if not isinstance(sent, dict):
        raise BadEvidence("The evidence is not a table of labels and quotes.")
    texts = {document["position"]: document["text"] for document in documents}
    found = {}
    for code in dict.fromkeys(codes):
        spans = sent.get(code, [])
        if not isinstance(spans, list) or len(spans) > SPANS_MAX:
            raise BadEvidence(f"The evidence of “{code}” is not a list of at most {SPANS_MAX} quotes.")
        quotes = [_quote(span, texts=texts, code=code) for span in spans]
        if quotes:
            found[code] = sorted(quotes, key=lambda one: (one["document"], one["start"], one["end"]))
    return found


def _quote(span: Any, *, texts: Mapping[int, str], code: str) -> dict[str, Any]:
    wrong = BadEvidence(f"A quote for “{code}” is not in the text of this item.")
    if not isinstance(span, dict):
        raise wrong
    document, start, end = (span.get(name) for name in ("document", "start", "end"))
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in (document, start, end))
    text = texts.get(document) if whole else None  # type: ignore[arg-type]
    if text is None or not 0 <= start < end <= len(text):  # type: ignore[operator]
        raise wrong
    return {"document": document, "start": start, "end": end, "text": text[start:end]}
