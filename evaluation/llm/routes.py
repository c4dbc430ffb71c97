"""Fallback routes: rules of a prompt version that send an item to another version, or to people."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.llm.protocol import Answer, ItemText, ModelFailure
from evaluation.stats.derived import UNKNOWN, language
from reviewapp.common.errors import Refused

PEOPLE = "people"
MOST = 10
BEFORE = ("language_not_in", "shorter_than", "longer_than", "empty", "looks_injected")
AFTER = ("confidence_below", "no_label", "more_labels_than", "failed")
WHENS = (*BEFORE, *AFTER)
ANY = "any"
FAILURES = (
    "refused", "truncated", "invalid_output", "bad_request", "rate_limited", "timeout", "connection", "server",
    "unreachable", "garbled", "quota", "auth", "item_budget",
)  # fmt: skip
LETTERS_LEAST = 20  # a language is not guessed from fewer
NO_LANGUAGE = "zxx"  # what py3langid says of a text that is in none
_CODES = (  # of what py3langid 0.2 tells apart
    "ace af am an ar ary arz as az ba bcl be bg bn br bs ca crh cs cy da de dz el en eo es et eu ext fa fi fo "
    "fr fuv fy ga gcf gcr gd gl gom grc gu gug guw ha hbo he hi hr ht hu hy id ig is it ja jv ka kab kik kk km "
    "kn ko ku ky la lb lg lij ln lo lt ltg lv mg mk ml mn mr ms mt my ne nl nn no nso oc om or pa pcm pl ps pt "
    "qu ro ru rw sa sdh se si sk sl sn so sq sr st sv sw ta te tg th tk tl tr tt ug uk ur uz uzs vec vi vo wa "
    "wuu xh yo yue zh zu"
)
LANGUAGES = frozenset(_CODES.split())
_COUNTS = ("shorter_than", "longer_than", "more_labels_than")
_BARE = ("empty", "looks_injected", "no_label")
_VERSION = re.compile(r"[^@:/\s](?:[^@:/\n]*[^@:/\s])?@[1-9][0-9]{0,8}")
_SAID = {
    "language_not_in": "The language of the text is none of {}",
    "shorter_than": "The text is shorter than {} characters",
    "longer_than": "The text is longer than {} characters",
    "empty": "There is no text",
    "looks_injected": "The text seems to instruct the model",
    "confidence_below": "The confidence of a label is below {}",
    "no_label": "No label was given",
    "more_labels_than": "More than {} labels were given",
    "failed": "There was no usable answer ({})",
}


@dataclass(frozen=True)
class Route:
    """When, beyond which value, and where to: people, or a prompt version such as name@3."""

    when: str
    value: float | str | None
    to: str

    @property
    def said(self) -> str:
        """The route as one line of a report."""
        value = f"{self.value:,g}" if isinstance(self.value, float) else str(self.value).replace("_", " ")
        if self.when in _COUNTS:
            value = f"{self.value:,.0f}"
        return f"{_SAID[self.when].format(value)}: to {self.to}."


def read_routes(raw: object) -> tuple[Route, ...]:
    """The routes of a prompt version, from its JSON; Refused with what is wrong with which of them."""
    if not isinstance(raw, (list, tuple)):
        raise Refused("Fallback routes are a list.")
    if len(raw) > MOST:
        raise Refused(f"A prompt has at most {MOST} fallback routes, not {len(raw)}.")
    routes: list[Route] = []
    for number, one in enumerate(raw, 1):
        try:
            route = _route(one)
        except ValueError as error:
            raise Refused(f"Fallback route {number}: {error}") from None
        if any((route.when, route.value) == (other.when, other.value) for other in routes):
            raise Refused(f"Fallback route {number}: an earlier one has the same condition, so it is never taken.")
        routes.append(route)
    return tuple(routes)


def _route(raw: object) -> Route:
    if not isinstance(raw, Mapping) or not set(raw) <= {"when", "value", "to"}:
        raise ValueError("it has “when”, “to” and, for most conditions, “value”, and nothing else.")
    when, to = raw.get("when"), raw.get("to")
    if not isinstance(when, str) or when not in WHENS:
        raise ValueError(f"“when” is one of {', '.join(WHENS)}.")
    to = to.strip() if isinstance(to, str) else ""
    if to != PEOPLE and not _VERSION.fullmatch(to):
        raise ValueError(f"“to” is “{PEOPLE}” or a prompt version such as name@3.")
    return Route(when, _value(when, raw.get("value")), to)


def _value(when: str, value: object) -> float | str | None:
    if when in _BARE:
        if value is None or value == "":
            return None
        raise ValueError(f"“{when}” takes no value.")
    if when == "language_not_in":
        return _languages(value)
    if when == "failed":
        if value == ANY or value in FAILURES:
            return str(value)
        raise ValueError(f"“failed” needs as its value {ANY}, or one of {', '.join(FAILURES)}.")
    number = _number(value)
    if when == "confidence_below":
        if number is None or not 0 < number <= 1:
            raise ValueError("“confidence_below” needs a number above 0 and at most 1 as its value.")
    elif number is None or number != int(number) or not (0 if when == "more_labels_than" else 1) <= number <= 1e9:
        raise ValueError(f"“{when}” needs a whole number as its value.")
    return number


def _languages(value: object) -> str:
    codes = [code.strip().lower() for code in value.split(",")] if isinstance(value, str) else []
    codes = [code for code in codes if code]
    if not codes:
        raise ValueError("“language_not_in” needs ISO codes with commas between as its value, such as en, de.")
    if unknown := [code for code in codes if code not in LANGUAGES]:
        raise ValueError(f"“{unknown[0][:20]}” is not the code of a language that can be told, such as en or de.")
    return ", ".join(dict.fromkeys(codes))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def before(item: ItemText, routes: Sequence[Route], *, looks_injected: Callable[[str], object]) -> Route | None:
    """The first route that the item's text alone decides, before anything is asked.

    Length and language are those of its documents, white space collapsed; `looks_injected` is given all there is. A
    language that is not known, as of fewer than 20 letters, never matches.
    """
    text = " ".join(" ".join(document.text for document in item.documents).split())
    tests: dict[str, Callable[[Any], object]] = {
        "empty": lambda value: not text,
        "shorter_than": lambda value: len(text) < value,
        "longer_than": lambda value: len(text) > value,
        "language_not_in": lambda value: _is_foreign(text, value),
        "looks_injected": lambda value: looks_injected(item.text),
    }
    return _first(routes, tests)


def after(said: Answer | ModelFailure, routes: Sequence[Route]) -> Route | None:
    """The first route that the answer, or the lack of one, decides.

    A missing confidence is below any. `any` failure is one of this item, not one that the next item would meet too,
    like a wrong key: such a kind must be named.
    """
    if isinstance(said, ModelFailure):
        return _first(routes, {"failed": lambda value: said.kind == value or (value == ANY and not said.pauses_run)})
    return _first(
        routes,
        {
            "no_label": lambda value: not said.labels,
            "more_labels_than": lambda value: len(said.labels) > value,
            "confidence_below": lambda value: any(
                label.confidence is None or label.confidence < value for label in said.labels
            ),
        },
    )


def _first(routes: Sequence[Route], tests: Mapping[str, Callable[[Any], object]]) -> Route | None:
    return next((route for route in routes if route.when in tests and tests[route.when](route.value)), None)


def _is_foreign(text: str, allowed: str) -> bool:
    if sum(character.isalpha() for character in text) < LETTERS_LEAST:
        return False
    return language(text, least=0) not in {UNKNOWN, NO_LANGUAGE, *allowed.split(", ")}
