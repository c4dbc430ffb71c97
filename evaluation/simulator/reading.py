"""What a request asks: the item's text, the labels it may answer with, and in which form."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.simulator.chance import digest
from evaluation.simulator.taxonomy import Taxonomy, read_taxonomy

_OPEN = re.compile(r"^DATA (\S+)$", re.MULTILINE)
_LISTED = re.compile(r"^- .*$", re.MULTILINE)


class BadRequest(Exception):
    """The provider would answer 400."""


@dataclass(frozen=True)
class Fence:
    """A fenced text in a prompt: all of it from start to end, the text alone between."""

    start: int
    end: int
    text: str
    nonce: str
    is_example: bool


@dataclass(frozen=True)
class Asked:
    """One question about one item."""

    model: str
    text: str
    key: str  # stands for the text
    taxonomy: Taxonomy
    codes: tuple[str, ...]
    schema: dict[str, Any] | None  # of the answer; None: free text
    wants_labels: bool
    temperature: float
    sample: int | None  # the request's own seed
    tokens_in: int
    prefixes: tuple[str, ...]  # what comes before each fenced text, up to the item: the parts that providers cache
    digest: str


def plain(text: str) -> str:
    """Compatibility forms, single spaces, no capitals: how texts are compared."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def fences(text: str) -> Iterator[Fence]:
    """The fenced texts in their order. What looks like a fence inside one is part of its text."""
    at = 0
    while match := _OPEN.search(text, at):
        nonce = match[1]
        close = f"\nEND DATA {nonce}"
        end = text.find(close, match.end())
        if end < 0:
            at = match.end()
            continue
        at = end + len(close)
        yield Fence(match.start(), at, text[match.end() + 1 : end], nonce, text.startswith("\nAnswer:", at))


def tokens(text: str | bytes) -> int:
    """Four bytes are a token here."""
    return -(-len(text.encode("utf-8", "replace") if isinstance(text, str) else text) // 4)


def spoken(content: Any) -> str:
    """A message's content as one text; parts that hold none count for nothing."""
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        return "\n".join(str(part["text"]) for part in content if isinstance(part, Mapping) and "text" in part)
    return ""


def messages_of(told: Any) -> list[tuple[str, str]]:
    """(role, text) of each message; raises BadRequest."""
    if isinstance(told, str):
        return [("user", told)]
    if not isinstance(told, list) or not told:
        raise BadRequest("the messages are missing")
    if not all(isinstance(one, dict) for one in told):
        raise BadRequest("a message is an object")
    return [(str(one.get("role", "user")), spoken(one.get("content"))) for one in told]


def read(
    body: Mapping[str, Any],
    messages: Sequence[tuple[str, str]],
    schema: dict[str, Any] | None = None,
    *,
    questions: Mapping[str, str] | None = None,
) -> Asked:
    """The question in a request's messages. The labels are those of the schema, or the names of the questions."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise BadRequest("you must provide a model parameter")
    question = next((text for role, text in reversed(messages) if role == "user"), messages[-1][1])
    found = list(fences(question))
    fence = next((one for one in reversed(found) if not one.is_example), None)
    text = fence.text if fence else question
    codes = tuple(questions) if questions else label_codes(schema) if schema else ()
    around = _around(question, found) if fence else ""
    outside = "\n".join([*(said for _, said in messages if said is not question), around])
    lines = _LISTED.findall(outside) + [
        f"- {name}: {' '.join(said.split())}" for name, said in (questions or {}).items()
    ]
    said = "\n".join(said for _, said in messages)
    told = json.dumps(schema if schema else questions) if schema or questions else ""
    bare = said.replace(fence.nonce, "") if fence else said
    temperature, sample = body.get("temperature"), sample_of(body)
    sent = [model, bare, told, str(temperature), str(sample), str(body.get("top_p"))]
    return Asked(
        model=model,
        text=text,
        key=digest(plain(text)),
        taxonomy=read_taxonomy(tuple(lines), codes),
        codes=codes,
        schema=schema,
        wants_labels=bool(codes),
        temperature=float(temperature) if isinstance(temperature, (int, float)) else 0.0,
        sample=sample,
        tokens_in=tokens(said) + tokens(told),
        prefixes=tuple(question[: one.start] for one in found if fence and one.start <= fence.start),
        digest=digest("\x1f".join(sent)),
    )


def sample_of(body: Mapping[str, Any]) -> int | None:
    """Which of several answers is wanted: the seed, or where an endpoint has none, `metadata.sample`."""
    metadata = body.get("metadata")
    told = body.get("seed", metadata.get("sample") if isinstance(metadata, Mapping) else None)
    try:
        return int(told) if told is not None else None
    except (TypeError, ValueError):
        return None


def _around(text: str, found: Sequence[Fence]) -> str:
    parts, at = [], 0
    for fence in found:
        parts.append(text[at : fence.start])
        at = fence.end
    return "".join([*parts, text[at:]])


def label_codes(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes a schema allows: the first list of strings that array items may be."""
    for node in nodes(schema):
        items = node.get("items")
        if node.get("type") == "array" and isinstance(items, Mapping):
            codes = enum_of(items)
            if codes:
                return codes
            for inner in (items.get("properties") or {}).values():
                if isinstance(inner, Mapping) and enum_of(inner):
                    return enum_of(inner)
    return ()


def enum_of(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The strings a place of a schema may hold, if it names them."""
    told = node.get("enum")
    return tuple(told) if isinstance(told, list) and all(isinstance(one, str) for one in told) else ()


def nodes(node: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """All places of a schema, the outer ones first."""
    if depth > 20:
        return
    if isinstance(node, Mapping):
        yield node
        for inner in node.values():
            yield from nodes(inner, depth + 1)
    elif isinstance(node, list):
        for inner in node:
            yield from nodes(inner, depth + 1)
