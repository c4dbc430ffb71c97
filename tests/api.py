"""Asking the API in tests: a token's header, the routes there are, and what a rater may read of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse

from labeling.actions.tokens import issue_token
from labeling.enums import Role, Scope
from labeling.models import Project, User
from reviewapp.common import policy

RATERS = frozenset({str(Role.ANNOTATOR), str(Role.ADJUDICATOR)})


def bearer(user: User, *scopes: Scope | str, project: Project | None = None) -> dict[str, str]:
    """The header of a new token with these scopes, or all."""
    chosen = [str(scope) for scope in scopes or tuple(Scope)]
    issued = issue_token(user=user, name="t", scopes=chosen, days=1, project=project, by=user)
    return {"Authorization": f"Bearer {issued.secret}"}


def api_routes() -> list[policy.Route]:
    """Every route of the API that asks for a token, of both apps."""
    return [route for route in policy.routes() if route.policy and route.policy.kind.startswith("token")]


def parameters(route: policy.Route) -> list[str]:
    return re.findall(r"<\w+:(\w+)>", route.pattern)


def rater_addresses(things: Mapping[str, Any], roles: frozenset[str] = RATERS) -> Iterator[str]:
    """The addresses that somebody with one of the roles may GET, with these things in them, by parameter; those that
    name something else are left out. Pages of one row each are among them, so that cursors are seen too."""
    for route in api_routes():
        read = route.view.cls.access.get("GET")
        if read and read.roles & roles and set(parameters(route)) <= set(things):
            url = reverse(route.name, kwargs={name: things[name] for name in parameters(route)})
            yield url
            yield f"{url}?limit=1"
