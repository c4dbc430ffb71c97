"""Tokens of the API: one's own, and those of a project's services. A secret is on one page, once."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from labeling.access import ProjectRequest, project_page, signed_in
from labeling.actions.tokens import IssuedToken, issue_token, make_service, revoke_token
from labeling.enums import Role
from labeling.forms.tokens import OwnTokenForm, ServiceTokenForm
from labeling.models import Project, Token
from labeling.queries import tokens
from reviewapp.common.errors import Refused
from reviewapp.common.http import Request, go_to, render_page


@require_http_methods(["GET", "POST"])
@signed_in
@reauthentication_required  # type: ignore[untyped-decorator]
def own(request: Request) -> HttpResponse:
    """One's own tokens; a new one shows its secret."""
    projects = list(Project.objects.visible_to(request.user).order_by("name"))
    form, issued, status = OwnTokenForm(request.POST or None, projects=projects), None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = dict(form.cleaned_data)
            project = next((one for one in projects if one.slug == said["project"]), None)
            try:
                issued = issue_token(
                    user=request.user, name=said["name"], scopes=said["scopes"], days=said["days"], project=project,
                    by=request.user,
                )  # fmt: skip
                form, status = OwnTokenForm(projects=projects), 200
            except Refused as refusal:
                form.add_error(None, str(refusal))
    context = {"tokens": tokens.tokens_of(request.user), "form": form, "issued": issued}
    return render_page(request, "labeling/tokens.html", context, status=status)


@require_POST
@signed_in
def revoke_own(request: Request, token_id: UUID) -> HttpResponse:
    mine = Token.objects.filter(user=request.user).select_related("project")
    revoke_token(token=get_object_or_404(mine, public_id=token_id), by=request.user)
    return go_to(request, "labeling:tokens")


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
@reauthentication_required  # type: ignore[untyped-decorator]
def services(request: ProjectRequest) -> HttpResponse:
    """Programs that work in the project, and their tokens."""
    form, issued, status = ServiceTokenForm(request.POST or None), None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                issued, form, status = _issue(request, form), ServiceTokenForm(), 200
            except Refused as refusal:
                form.add_error(None, str(refusal))
    context = {
        "tokens": tokens.tokens_of_services(request.project), "services": tokens.services_of(request.project),
        "form": form, "issued": issued,
    }  # fmt: skip
    return render_page(request, "labeling/services.html", context, status=status)


@transaction.atomic
def _issue(request: ProjectRequest, form: ServiceTokenForm) -> IssuedToken:
    said = form.cleaned_data
    known = {one.user.name: one for one in tokens.services_of(request.project)}
    service = known.get(said["service"].strip()) or make_service(
        project=request.project, name=said["service"], role=said["role"], by=request.user
    )
    return issue_token(user=service.user, name=said["name"], scopes=said["scopes"], days=said["days"], by=request.user)


@require_POST
@project_page(Role.MANAGER)
def revoke(request: ProjectRequest, token_id: UUID) -> HttpResponse:
    mine = Token.objects.filter(project=request.project, user__service__isnull=False).select_related("project")
    revoke_token(token=get_object_or_404(mine, public_id=token_id), by=request.user)
    return go_to(request, "labeling:services", request.project.slug)
