"""Errors of the API as problem details (RFC 9457): what is wrong, in a sentence, and where."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

from reviewapp.common.errors import Conflict, NotAllowed, Refused

TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    406: "Not acceptable", 409: "Conflict", 412: "Changed meanwhile", 413: "Too large",
    415: "Media type not supported", 422: "Refused", 429: "Too many requests", 503: "Try again",
}  # fmt: skip
LINES_SAID = 100
OURS: dict[type[Exception], int] = {
    NotAllowed: 403, Conflict: 409, Refused: 422, OperationalError: 503, InterfaceError: 503,
}  # fmt: skip


class ProblemRenderer(JSONRenderer):
    media_type = "application/problem+json"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to whatever a view raised; None for a mistake of ours, which stays a 500."""
    status, detail, errors, headers = _read(error)
    if status is None:
        return None
    set_rollback()
    request = context["request"]
    body = {
        "type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail,
        "request_id": getattr(request, "id", ""),
    }  # fmt: skip
    if errors:
        body["errors"] = errors
    response = Response(body, status=status, headers=headers, content_type="application/problem+json")
    request.accepted_renderer, request.accepted_media_type = ProblemRenderer(), ProblemRenderer.media_type
    return response


def _read(error: Exception) -> tuple[int | None, str, dict[str, list[str]], dict[str, str]]:
    for kind, status in OURS.items():
        if isinstance(error, kind):
            sentence = "The database is busy. Nothing is lost: try again." if status == 503 else str(error)
            return status, sentence, lines_of(error), {"Retry-After": "5"} if status == 503 else {}
    if isinstance(error, ValidationError):
        return 422, " ".join(error.messages), {}, {}
    if isinstance(error, Http404):
        return 404, "There is no such thing here, or not for you.", {}, {}
    if isinstance(error, PermissionDenied):
        return 403, "This is not allowed.", {}, {}
    if isinstance(error, exceptions.ValidationError):
        errors = flat(error.detail)
        return 422, " ".join(f"{name}: {said}" for name, all_of in errors.items() for said in all_of), errors, {}
    if isinstance(error, exceptions.NotAuthenticated):
        sentence = "Send “Authorization: Bearer” and a token. People make theirs in their profile."
        return 401, sentence, {}, {"WWW-Authenticate": str(getattr(error, "auth_header", "Bearer"))}
    if isinstance(error, exceptions.APIException):
        headers = {}
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(int(error.wait) + 1)  # type: ignore[attr-defined]
        return error.status_code, str(error.detail), {}, headers
    return None, "", {}, {}


def lines_of(error: Exception) -> dict[str, list[str]]:
    """What is wrong with the rows of a file, by line, where the error knows it; the first hundred."""
    problems: list[Any] = getattr(error, "problems", [])
    return {f"line {one.line}": [str(one.reason)] for one in problems[:LINES_SAID]}


def flat(detail: Any, where: str = "") -> dict[str, list[str]]:
    """Nested messages by a dotted path.

    >>> flat({"a": ["no"], "b": {"c": ["x"]}, "d": [{}, {"e": ["y"]}]})
    {'a': ['no'], 'b.c': ['x'], 'd.1.e': ['y']}
    """
    if isinstance(detail, dict):
        parts = [(str(name), one) for name, one in detail.items()]
    elif isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        parts = [(str(place), one) for place, one in enumerate(detail)]
    else:
        return {where or "request": [str(one) for one in (detail if isinstance(detail, list) else [detail])]}
    found: dict[str, list[str]] = {}
    for name, one in parts:
        if one:
            found |= flat(one, f"{where}.{name}" if where else name)
    return found
