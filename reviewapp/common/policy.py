"""Deny by default: each route declares who may reach it, or the app does not start (SAFETY R7)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Policy:
    """Who may reach a view: anyone, whoever is signed in, members of the project with one of the roles, or only the
    machines that the operator lists."""

    kind: str  # "public", "signed_in", "project" or "operator"
    roles: frozenset[str] = frozenset()


PUBLIC = Policy("public")
SIGNED_IN = Policy("signed_in")
OPERATOR = Policy("operator")

# Views of other packages, which cannot carry a declaration of ours, by URL name.
FOREIGN: dict[str, Policy] = {
    "account_login": PUBLIC,
    "account_logout": SIGNED_IN,
    "account_inactive": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_reauthenticate": SIGNED_IN,
}


def declare(policy: Policy, view: F) -> F:
    view.policy = policy  # type: ignore[attr-defined]
    return view


def public(view: F) -> F:
    """Declare a view open to everybody, signed in or not."""
    return declare(PUBLIC, view)


@dataclass(frozen=True)
class Route:
    """One reachable URL pattern."""

    pattern: str
    name: str
    view: Callable[..., Any]
    policy: Policy | None


def routes() -> Iterator[Route]:
    """Every route of the app, with the policy it declares, or None."""
    yield from _walk(get_resolver().url_patterns, prefix="", namespace="")


def _walk(patterns: list[Any], *, prefix: str, namespace: str) -> Iterator[Route]:
    for entry in patterns:
        where = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, prefix=where, namespace=inner)
        elif isinstance(entry, URLPattern):
            name = namespace + (entry.name or "")
            policy = getattr(entry.callback, "policy", None) or FOREIGN.get(name)
            yield Route(pattern=where, name=name, view=entry.callback, policy=policy)


@register()
def check_routes(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """One error for each route without a policy."""
    return [
        Error(
            f"The route {route.pattern!r} declares no policy.",
            hint="Use labeling.access or policy.public.",
            id="assay.E001",
        )
        for route in routes()
        if route.policy is None
    ]


def refuse_undeclared_routes() -> None:
    """Raise ImproperlyConfigured if any route has no policy; called where web servers start."""
    if errors := check_routes():
        raise ImproperlyConfigured(" ".join(str(error.msg) for error in errors))
