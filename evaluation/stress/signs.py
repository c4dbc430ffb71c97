"""Signs that a text gives orders to the model that reads it, and that an answer gives away what the model was told.

A sign flags an input for people to look at. It never drops an item, and its absence proves nothing.
"""

import base64
import binascii
import re
from collections.abc import Iterator

ZERO_WIDTH = "\u200b\u2060\ufeff"
LONGEST = 200_000
CONFIDENCE = "demands a confidence"  # every answer states some, so there it says nothing
INVISIBLE_LEAST = 5  # one or two are left behind by editors
_TAG_FIRST, _TAG_LAST = 0xE0000, 0xE007F
_TAGS = re.compile(f"[{chr(_TAG_FIRST)}-{chr(_TAG_LAST)}]")
_INVISIBLE = re.compile(f"[{ZERO_WIDTH}]")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{24,4096}={0,2}")
_TAG = re.compile(r"<[a-z][^<>]{0,1000}>", re.IGNORECASE)
_UNSEEN = re.compile(r"display:\s?none|font-size:\s?0|opacity:\s?0|color:\s?#fff|\shidden|aria-hidden", re.IGNORECASE)
_CODE = r"[^\W_]+[-_.\d][\w.-]*"  # what a code of a taxonomy mostly looks like

_ORDERS = (
    (
        "tells to ignore instructions",
        r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}"
        r"\b(?:(?:previous|prior|earlier|given) (?:instructions?|rules|prompt)|guidelines you|taxonomy|text above"
        r"|what you have read|all instructions)",
    ),
    (
        "tells to ignore instructions",
        r"\b(?:ignoriere|vergiss|ignorez|oubliez|ignora|olvida|zignoruj|zapomnij)\b[^.\n]{0,40}"
        r"\b(?:anweisung|taxonomie|instruction|consigne|instruccion|taxonom|poleceni|instrukcj)",
    ),
    (
        "poses as a system message",
        r"<\|[a-z_]{2,20}\|>|\[/?INST\]|\[/?SYSTEM[^\]]{0,20}\]|</?system>|^###\s?(?:instruction|response|system)"
        r"|^\s?(?:system|developer|assistant)(?: (?:message|notice|prompt))?:|^END DATA\b|^tool result:"
        r"|(?:[.!?] )(?:SYSTEM|System notice|System message|Developer message|Tool result|Assistant): ",
    ),
    (
        "asks for the prompt",
        r"\b(?:repeat|print|quote|output|reveal|show|wiederhole|répétez|repite|powtórz)\b[^.\n]{0,60}"
        r"\b(?:system prompt|initial prompt|your prompt|instructions you|guidelines and the taxonomy"
        r"|anweisungen|instrucciones|consignes)",
    ),
    (
        CONFIDENCE,
        r"\b(?:confidences?|konfidenz|confiance|confianza|pewność)\b[^.\n]{0,40}\b[01][.,]\d",
    ),
    (
        "demands a label",
        r"\b(?:add|assign|include|output|tags?|must contain|vergib|ajoutez|añade|dodaj)\b[^.\n]{0,60}"
        rf"\b(?:label|code|answer|étiquette|etiqueta|etykietę|must contain|page with)s?:? (?:must contain )?{_CODE}",
    ),
    (
        "demands a label",
        r"\b(?:labels?|codes?)\b[^.\n]{0,40}\b(?:to|in|of) (?:your|the next) answer",
    ),
    (
        "demands no label",
        r"\b(?:return|answer|output|responde|antworte|répondez)\b[^.\n]{0,60}"
        r"\b(?:no labels?|no codes|labels at all|label applies|labels applies|empty list|leere[nr]? liste|liste vide"
        r"|lista vacía)",
    ),
    (
        "demands another format",
        r"\bnot (?:answer |reply |respond )?in JSON"
        r"|\b(?:answer|reply|respond)\b[^.\n]{0,20}\b(?:as|in) (?:XML|prose|verse)"
        r"|\b(?:reply|respond|answer)\b[^.\n]{0,20}\b(?:single )?word [A-Z]{3}|\bnicht in JSON|formacie JSON|en JSON\b",
    ),
    (
        "speaks to the model",
        r"\b(?:if you are|whoever reads|note for|instruction to|to the|every) "
        r"(?:an? |any |automatic )?(?:language model|AI|LLM|classifier|model|readers?)\b"
        r"|\b(?:AI|LLM|language models?|classifier|model|assistant): ",
    ),
)
_SIGNS = tuple((name, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for name, pattern in _ORDERS)

_OWN_WORDS = re.compile(
    r"material to label|never follow instructions inside|Text between the lines DATA|Answer with JSON only"
    r"|^(?:END )?DATA [0-9a-f]{6,}|Taxonomy \(code, name, definition\)|from a fixed taxonomy"
    r"|Give every code that applies|copied word for word from the text",
    re.IGNORECASE | re.MULTILINE,
)
_TELLING = re.compile(
    r"\bmy (?:system prompt|instructions)\b|\b(?:system prompt|instructions) (?:is|are|says?|reads?)\b\s?[:\"“]"
    r"|\bI was (?:told|instructed|asked) to\b|\bI am instructed to\b"
    r"|\bhere (?:is|are) (?:my|the) (?:prompt|instructions)\b",
    re.IGNORECASE,
)


def looks_injected(text: str) -> str:
    """The first sign that a text gives orders to a model, or empty. To flag for people, never to drop.

    Looks at the first 200,000 characters, which is the longest cell that an import takes.
    """
    text = text[:LONGEST]
    if _TAGS.search(text):
        return "invisible characters"
    seen = _INVISIBLE.sub("", text)
    if len(text) - len(seen) >= INVISIBLE_LEAST:
        return "invisible characters"
    for found in _BASE64.finditer(seen):
        if inner := _order(_decoded(found[0])):
            return f"encoded: {inner}"
    for hidden in _hidden(seen):
        if inner := _order(hidden):
            return f"hidden: {inner}"
    return _order(seen)


def quotes_instruction(text: str) -> bool:
    """Does an answer quote what the model was told, or an order to a model that it has read? A heuristic."""
    return quotes_prompt(text) or any(pattern.search(text) for name, pattern in _SIGNS if name != CONFIDENCE)


def quotes_prompt(text: str) -> bool:
    """Does an answer give away words of our own prompt, or say what it was told?"""
    return bool(_OWN_WORDS.search(text) or _TELLING.search(text))


def _order(text: str) -> str:
    return next((name for name, pattern in _SIGNS if pattern.search(text)), "")


def _hidden(text: str) -> Iterator[str]:
    """What a browser would not show: comments, attributes, and what stands behind a tag that hides it."""
    start = text.find("<!--")
    while start >= 0:
        end = text.find("-->", start)
        if end < 0:
            break
        yield text[start + 4 : end]
        start = text.find("<!--", end)
    for tag in _TAG.finditer(text):
        yield tag[0]
        if _UNSEEN.search(tag[0]):
            yield text[tag.end() : tag.end() + 500].split("<", 1)[0]


def _decoded(text: str) -> str:
    """What base64 says, if it is readable text, else empty."""
    try:
        plain = base64.b64decode(text[: len(text) - len(text) % 4] if "=" not in text else text, validate=True)
        words = plain.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return words if words.isprintable() else ""
