"""Request ids and what log lines are about, no-store, honest 503s, redirects for htmx, and refusals as pages."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from reviewapp.common import logs
from reviewapp.common.errors import Conflict, NotAllowed, Refused
from reviewapp.common.http import wants_json

Handler = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger(__name__)


class RequestId:
    """Gives each request an id of ours; errors show it to the user and the log holds the rest (SAFETY R13)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = uuid4().hex[:12]  # type: ignore[attr-defined]
        token = logs.begin(request_id=request.id)  # type: ignore[attr-defined]
        try:
            return self.get_response(request)
        finally:
            logs.end(token)


class LogContext:
    """Tells the log which person, by id, and which project and run a request is about."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        user = getattr(request, "user", None)
        who = user.public_id if user is not None and user.is_authenticated else ""
        logs.add(user_id=who, project=kwargs.get("project"), run_id=kwargs.get("run_id"))


class DatabaseDown:
    """A database that is away or busy is a 503 that says to try again, never a 500 (SAFETY C11)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.error("database not available: %s", exception)
        response: HttpResponse
        if wants_json(request):
            response = JsonResponse({"error": "The database is busy. Nothing is lost: try again."}, status=503)
        else:
            response = render(request, "503.html", {"request_id": getattr(request, "id", "")}, status=503)
        response["Retry-After"] = "5"
        return response


class NoStore:
    """Nothing of a signed-in person's pages is kept by a browser, a proxy or the back button (SAFETY channel 9)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        add_never_cache_headers(response)
        response["Cache-Control"] = "no-store, private"
        patch_vary_headers(response, ["Cookie"])
        return response


class HtmxRedirects:
    """An expired session met by htmx sends the whole browser to sign in, not a form into a corner of the page.

    Our own scripts are told so, and ask for the password over the page.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "htmx", None) and response.status_code == 302:
            moved = HttpResponse(status=204)
            moved["HX-Redirect"] = response["Location"]
            return moved
        if wants_json(request) and response.status_code == 302 and not request.user.is_authenticated:  # type: ignore[attr-defined]
            return JsonResponse({"error": "Your session has ended.", "kind": "signed_out"}, status=401)
        return response


class Refusals:
    """NotAllowed, Conflict and Refused from actions become pages that say why and what to do."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, NotAllowed | Conflict | Refused):
            return None
        status = {NotAllowed: 403, Conflict: 409}.get(type(exception), 422)
        if wants_json(request):
            return JsonResponse({"error": str(exception), "kind": type(exception).__name__}, status=status)
        response = render(request, f"{status}.html", {"sentence": str(exception)}, status=status)
        if getattr(request, "htmx", None):  # the refusal is a page, not a piece of one
            response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
        return response
