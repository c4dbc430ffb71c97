"""Fallback routes: rules of a prompt version that send an item to another version, or to people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.llm.protocol import Answer, ItemText, ModelFailure
from evaluation.stats.derived import UNKNOWN, language
from reviewapp.common.errors import Refused

PEOPLE = "people"
MOST = 10
_WITH_TEXT = ("language_not_in", "failed")
_WITH_NUMBER = ("shorter_than", "longer_than", "confidence_below", "more_labels_than")
_BARE = ("empty", "looks_injected", "no_label")
BEFORE = ("language_not_in", "shorter_than", "longer_than", "empty", "looks_injected")
AFTER = ("confidence_below", "no_label", "more_labels_than", "failed")
WHENS = (*BEFORE, *AFTER)
FAILURES = (
    "any",
    "refused",
    "truncated",
    "invalid_output",
    "bad_request",
    "server",
    "timeout",
    "connection",
    "item_budget",
)


@dataclass(frozen=True)
class Route:
    """When (and beyond which value), and where to: people, or a prompt version as name@3."""

    when: str
    to: str
    value: float | str | None = None

    @property
    def said(self) -> str:
        """The route in words, for reports."""
        goes = "to people" if self.to == PEOPLE else f"to {self.to}"
        return f"{_SAID[self.when].format(value=self.value)}: {goes}"


_SAID = {
    "language_not_in": "language is not one of {value}",
    "shorter_than": "text is shorter than {value:g} characters",
    "longer_than": "text is longer than {value:g} characters",
    "empty": "text is empty",
    "looks_injected": "text seems to instruct the model",
    "confidence_below": "a confidence is below {value:g}",
    "no_label": "no label was given",
    "more_labels_than": "more than {value:g} labels were given",
    "failed": "no usable answer ({value})",
}


def read_routes(raw: Sequence[Mapping[str, Any]]) -> tuple[Route, ...]:
    """The routes of a prompt version's parameters, checked; raises Refused with what is wrong."""
    if len(raw) > MOST:
        raise Refused(f"A prompt has at most {MOST} fallback routes.")
    return tuple(_route(one) for one in raw)


def _route(raw: Mapping[str, Any]) -> Route:
    if not isinstance(raw, Mapping) or set(raw) - {"when", "to", "value"}:
        raise Refused("A fallback route has “when”, “to” and perhaps “value”, and nothing else.")
    when, to, value = raw.get("when"), raw.get("to"), raw.get("value")
    if when not in WHENS:
        raise Refused(f"A fallback route's “when” is one of: {', '.join(WHENS)}.")
    if not isinstance(to, str) or not to.strip():
        raise Refused("A fallback route's “to” is “people”, or a prompt version like name@3.")
    if when in _WITH_NUMBER and (
        isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9
    ):
        raise Refused(f"The fallback route “{when}” needs a number as its value.")
    if when in _WITH_TEXT and (not isinstance(value, str) or not value.strip()):
        raise Refused(f"The fallback route “{when}” needs a text as its value.")
    if when == "failed" and value not in FAILURES:
        raise Refused(f"The fallback route “failed” needs one of: {', '.join(FAILURES)}.")
    if when in _BARE and value not in (None, ""):
        raise Refused(f"The fallback route “{when}” takes no value.")
    kept = None if when in _BARE else value.strip() if isinstance(value, str) else float(value or 0)
    return Route(str(when), to.strip(), kept)


def before(item: ItemText, routes: Sequence[Route], *, looks_injected: Callable[[str], str]) -> Route | None:
    """The first route that an item's text alone decides."""
    text = " ".join(" ".join(document.text for document in item.documents).split())
    tests: dict[str, Callable[[Any], bool]] = {
        "empty": lambda value: not text,
        "shorter_than": lambda value: len(text) < value,
        "longer_than": lambda value: len(text) > value,
        "language_not_in": lambda value: _is_foreign(text, value),
        "looks_injected": lambda value: bool(looks_injected(item.text)),
    }
    return next((route for route in routes if route.when in tests and tests[route.when](route.value)), None)


def after(said: Answer | ModelFailure, routes: Sequence[Route]) -> Route | None:
    """The first route that an answer, or the lack of one, decides."""
    if isinstance(said, ModelFailure):
        return next((one for one in routes if one.when == "failed" and one.value in ("any", said.kind)), None)
    known = [label.confidence for label in said.labels if label.confidence is not None]
    tests: dict[str, Callable[[Any], bool]] = {
        "no_label": lambda value: not said.labels,
        "confidence_below": lambda value: bool(known) and min(known) < value,
        "more_labels_than": lambda value: len(said.labels) > value,
    }
    return next((route for route in routes if route.when in tests and tests[route.when](route.value)), None)


def _is_foreign(text: str, allowed: str) -> bool:
    found = language(text)
    return found != UNKNOWN and found not in {code.strip().lower() for code in allowed.split(",")}
