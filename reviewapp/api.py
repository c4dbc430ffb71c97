"""The API's address book, its schema, and the page on which it can be tried."""

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views import defaults
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from evaluation.api import urls as evaluation
from labeling.api import urls as labeling
from reviewapp.common.policy import public

PREFIX = "/api/"

# Swagger's interface sets styles of its own and draws icons from data addresses; the rest of the policy holds.
_docs = csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api:schema")
)

routes: Any = (
    [
        path("", include(labeling.urlpatterns)),
        path("", include(evaluation.urlpatterns)),
        path("schema.json", public(SpectacularJSONAPIView.as_view()), name="schema"),
        path("docs/", public(_docs), name="docs"),
    ],
    "api",
)


def problems_everywhere(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Say for every operation what its errors look like: one shape, whatever the status."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = {
        "type": "object",
        "required": ["type", "title", "status", "detail", "request_id"],
        "properties": {
            "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
            "detail": {"type": "string"}, "request_id": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        },
    }  # fmt: skip
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            operation["responses"].setdefault("default", {"description": "What is wrong.", "content": problem})
    return result


def by_subject(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Group operations by what they are about: the part of the address after the project."""
    for address, operations in result.get("paths", {}).items():
        parts = [part for part in address.removeprefix("/api/v1/").split("/") if part]
        about = parts[2] if parts[0] == "projects" and len(parts) > 2 else parts[0]  # projects/{project}/runs/...
        for operation in operations.values():
            operation["tags"] = [about.replace("-", " ")]
    return result


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere: a problem to programs, a page to people."""
    if not request.path.startswith(PREFIX):
        return defaults.page_not_found(request, exception)
    return _problem(
        request, 404, "Not found", "There is no such address in the API; /api/v1/docs/ lists what there is."
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """A mistake of ours, in the same two forms."""
    if not request.path.startswith(PREFIX):
        return defaults.server_error(request)
    return _problem(request, 500, "Server error", "This is a mistake of ours. The request_id finds it in the log.")


def _problem(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    body = {
        "type": "about:blank", "title": title, "status": status, "detail": detail,
        "request_id": getattr(request, "id", ""),
    }  # fmt: skip
    return JsonResponse(body, status=status, content_type="application/problem+json")
