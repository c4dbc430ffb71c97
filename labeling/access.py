"""The declarations that labelling and evaluation views carry: who may reach them (SAFETY R7).

Whoever may not reach a page gets the same 404 as for a page that does not exist; only being signed out differs.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from labeling import rules
from labeling.enums import Role
from labeling.models import Project, User
from reviewapp.common.http import Request
from reviewapp.common.policy import SIGNED_IN, Policy, declare

View = Callable[..., HttpResponseBase]


class ProjectRequest(Request):
    """A request to a project's page: the member, the project and the member's roles are known."""

    user: User
    project: Project
    roles: frozenset[str]


def signed_in(view: View) -> View:
    """Declare a view open to any active signed-in person."""

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return declare(SIGNED_IN, guarded)


def project_page(*roles: Role) -> Callable[[View], View]:
    """Declare a view under `<slug:project>` open to members with one of the roles; sets request.project and .roles."""
    allowed = frozenset(str(role) for role in roles or tuple(Role))

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: ProjectRequest, project: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            request.project = get_object_or_404(Project.objects.visible_to(request.user), slug=project)
            request.roles = rules.roles(request.user, request.project)
            request.user.roles_in = {request.project.pk: request.roles}  # type: ignore[attr-defined]
            if not request.roles & allowed:
                raise Http404
            return view(request, *args, **kwargs)

        return declare(Policy("project", allowed), guarded)

    return decorate
