"""Puts an answer into words: JSON by the request's schema, a summary, or what a fault makes of them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluation.simulator.answering import Given
from evaluation.simulator.reading import Asked, enum_of

REFUSAL = "I'm sorry, but I can't help with that request."
HUGE = 2_000_000
_ORDER = re.compile(r"\b(?:assign|add|give|apply|output|return|answer|label|tag)\b[^.\n]{0,200}", re.IGNORECASE)
_NOTHING = re.compile(r"\b(?:no|empty|zero)\b[^.\n]{0,20}\b(?:label|code|tag|list|categor)", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


@dataclass(frozen=True)
class Said:
    """What the message holds. `spans`: where codes stand in the content, with the chance of each."""

    content: str | None
    refusal: str | None = None
    finish: str = "stop"  # stop, length, content_filter
    spans: tuple[tuple[int, int, float], ...] = ()


def say(asked: Asked, given: Sequence[Given], fault: str = "") -> Said:
    """The message for an answer, as a fault of the content leaves it."""
    if fault == "refusal":
        return Said(None, refusal=REFUSAL)
    if fault == "filtered":
        return Said("", finish="content_filter")
    if fault == "not_json":
        return Said(f"Sure! The labels that apply are: {', '.join(one.code for one in given) or 'none'}.")
    if fault == "huge":
        return Said(json.dumps({"labels": [], "note": "x" * HUGE}))
    if not asked.wants_labels:
        said = Said(json.dumps(_filled(asked.schema, asked)) if asked.schema else summary(asked.text))
    else:
        said = _labels(asked, _faulty(given, fault))
    return _cut(said, len(said.content or "") // 2) if fault == "truncated" else said


def fit(said: Said, most_tokens: int | None) -> Said:
    """The message cut to what the request allows."""
    if most_tokens is None or said.content is None:
        return said
    content = said.content.encode()
    if len(content) <= most_tokens * 4:
        return said
    return _cut(said, len(content[: most_tokens * 4].decode("utf-8", "ignore")))


def _cut(said: Said, length: int) -> Said:
    spans = tuple(span for span in said.spans if span[1] <= length)
    return replace(said, content=(said.content or "")[:length], finish="length", spans=spans)


def _faulty(given: Sequence[Given], fault: str) -> list[Given]:
    if fault == "unknown_labels":
        return [*given, Given("made-up-label", 0.5, 0.9, ""), Given("ANOTHER LABEL", 0.5, 0.8, "")]
    if fault == "duplicate_labels":
        return [one for one in given for _ in range(2)]
    return list(given)


def _labels(asked: Asked, given: Sequence[Given]) -> Said:
    """The labels by the schema. The codes are found again in the text to say where they stand."""
    content = json.dumps(_filled(asked.schema, asked, given), ensure_ascii=False)
    spans, at = [], 0
    for one in given:
        quoted = json.dumps(one.code, ensure_ascii=False)
        start = content.find(quoted, at)
        if start >= 0:
            at = start + len(quoted)
            spans.append((start + 1, at - 1, one.chance))
    return Said(content, spans=tuple(spans))


def _filled(schema: Any, asked: Asked, given: Sequence[Given] = (), depth: int = 0) -> Any:
    """A value that the schema allows; the list whose entries hold a code becomes the labels."""
    node = schema if isinstance(schema, Mapping) else {}
    for choice in ("anyOf", "oneOf"):
        if isinstance(node.get(choice), list) and node[choice]:
            return _filled(node[choice][0], asked, given, depth)
    kind = node.get("type")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object" or "properties" in node:
        return (
            {name: _filled(inner, asked, given, depth + 1) for name, inner in (node.get("properties") or {}).items()}
            if depth < 20
            else {}
        )
    if kind == "array":
        items = node.get("items")
        return [_entry(items, one) for one in given] if isinstance(items, Mapping) and _holds_codes(items) else []
    if enum := enum_of(node):
        return enum[0]
    return {"number": 0.5, "integer": 1, "boolean": True, "null": None}.get(str(kind), summary(asked.text))


def _holds_codes(items: Mapping[str, Any]) -> bool:
    return bool(enum_of(items)) or any(
        isinstance(inner, Mapping) and enum_of(inner) for inner in (items.get("properties") or {}).values()
    )


def _entry(items: Mapping[str, Any], one: Given) -> Any:
    """One label in the form that the schema gives it."""
    if enum_of(items):
        return one.code
    entry: dict[str, Any] = {}
    for name, inner in (items.get("properties") or {}).items():
        kind = inner.get("type") if isinstance(inner, Mapping) else None
        kinds = kind if isinstance(kind, list) else [kind]
        if isinstance(inner, Mapping) and enum_of(inner):
            entry[name] = one.code
        elif "number" in kinds or "integer" in kinds:
            entry[name] = one.stated
        elif "boolean" in kinds:
            entry[name] = True
        elif "array" in kinds:
            entry[name] = [one.quote] if one.quote else []
        else:
            entry[name] = one.quote
    return entry


def summary(text: str) -> str:
    """The first three sentences."""
    found = (match[0].strip() for match in _SENTENCE.finditer(text))
    return " ".join([sentence for sentence in found if sentence][:3])


def ordered_by(asked: Asked) -> tuple[str, ...] | None:
    """The labels that the item's own text tells the model to give; None if it tells nothing."""
    for match in _ORDER.finditer(asked.text):
        order = match[0]
        if _NOTHING.search(order):
            return ()
        named = {code for code in asked.codes if re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", order)}
        names = {label.code for label in asked.taxonomy.labels if label.name and label.name.lower() in order.lower()}
        commands = re.search(r"\b(?:label|code|tag|categor|answer|output)", order, re.IGNORECASE)
        if commands and (named or names):
            return tuple(code for code in asked.codes if code in named or code in names)
    return None
