"""Signs that a text instructs the model instead of telling about a company. They flag for people and drop nothing."""

import base64
import binascii
import re
import unicodedata

_BEGIN, _NEAR = r"\b(?:", r")\b[^.\n]{0,45}\b(?:"
_SIGNS = tuple(
    (said, re.compile(pattern, re.I | re.M))
    for said, pattern in (
        (
            "it tells the model to ignore what it was told",
            _BEGIN + "ignore|disregard|forget|override|bypass|skip" + _NEAR
            + r"instructions?|prompts?|rules?|guidelines?|directions?|context|told|taxonomy|above)\b",
        ),
        (
            "it gives the model a role or a system message",
            r"<\|?(?:im_start|system)\|?>|\[/?INST\]|^\W*system\s*(?:prompt|message|note)?\s*:|\byou are now\b"
            r"|\bas an? (?:ai|language) model\b|\bnew instructions?\s*:|\bend data\b",
        ),
        (
            "it says which labels to give",
            _BEGIN + "assign|apply|add|give|return|output|include|choose|select|set|report|tag|label|classify|answer"
            + _NEAR + r"labels?|tags?|codes?|categor(?:y|ies)|class(?:es)?|confidence|empty list|no offering)\b",
        ),
        (
            "it asks for the prompt",
            _BEGIN + "reveal|repeat|print|show|output|leak|disclose|write out|quote" + _NEAR
            + r"(?:system )?(?:prompt|instructions|taxonomy|schema|guidelines))\b",
        ),
        (
            "it speaks to the model",
            r"\b(?:dear|attention|note to|note for|hey|important for)(?: the| all| any)? "
            r"(?:ai|llm|gpt|chatgpt|assistant|model|classifier|annotator|reviewer)s?\b"
            r"|\b(?:assistant|model|classifier|llm)\s*[,:]\s+(?:please|you must|do|always|never|mark|tag|label)\b",
        ),
        (
            "it tells the model to ignore what it was told, in another language",
            _BEGIN + r"ignorier\w*|vergiss|missachte\w*|ignor(?:a|e[rz]?|ez)|oublie[rz]?|olvida\w*|zignoruj|pomiń"
            + _NEAR + r"anweisung\w*|anleitung\w*|regeln|instruction\w*|instrucci\w*|consignes?|reglas|règles"
            r"|instrukcj\w*|polece\w*|istruzion\w*)\b",
        ),
    )
)  # fmt: skip
_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\U000e0020-\U000e007f]")
_ENCODED = re.compile(r"\b[A-Za-z0-9+/]{32,}={0,2}")
HIDDEN_MOST = 3


def looks_injected(text: str) -> str:
    """Which sign of an instruction to the model a text bears; empty if none."""
    bare = _HIDDEN.sub("", text)
    if sign := _sign(unicodedata.normalize("NFKC", bare)):
        return sign
    if len(text) - len(bare) > HIDDEN_MOST:
        return "it hides characters that a reader cannot see"
    for match in _ENCODED.finditer(bare):
        if _sign(_decoded(match[0])):
            return "it hides an instruction in an encoding"
    return ""


def quotes_instruction(text: str) -> bool:
    """Whether an output, such as a quoted piece of evidence, is itself an instruction to a model."""
    return bool(text) and bool(_sign(unicodedata.normalize("NFKC", _HIDDEN.sub("", text))))


def _sign(text: str) -> str:
    return next((said for said, pattern in _SIGNS if pattern.search(text)), "")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8", "ignore")
    except (binascii.Error, ValueError):
        return ""
