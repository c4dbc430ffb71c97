"""Answers for pages: a whole page or the part that htmx asked for, and redirects that both understand."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """A request after our middleware; `user` is the signed-in person where the policy demands one."""

    htmx: HtmxDetails
    user: Any


def wants_json(request: HttpRequest) -> bool:
    """Whether the sender is a script of ours that reads JSON, and no browser opening a page."""
    return request.headers.get("Accept", "").startswith("application/json")


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, partial: str = "", status: int = 200
) -> HttpResponse:
    """Render the template, or only its named partial if htmx asks for a piece of the page."""
    wants_part = partial and getattr(request, "htmx", None) and not request.htmx.boosted  # type: ignore[attr-defined]
    name = f"{template}#{partial}" if wants_part else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def go_to(request: HttpRequest, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """Send the browser on after a change: 303 for plain forms; htmx is told to load the page whole.

    Not into the body: a page brings its own styles in its head, and htmx would leave them out.
    """
    url = resolve_url(to, *args, **kwargs)
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(url)
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
