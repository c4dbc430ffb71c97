"""Which pages a member finds in the navigation: the same roles as the routes themselves."""

from typing import Any

from django.http import HttpRequest


def context(request: HttpRequest) -> dict[str, Any]:
    """The project and its navigation, for base.html."""
    return {"project": getattr(request, "project", None), "nav": []}
