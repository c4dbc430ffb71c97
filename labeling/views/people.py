"""People of a project: members, invitations, the record of changes; and one's own profile."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling import keymap
from labeling.access import ProjectRequest, project_page, signed_in
from labeling.actions import people as actions
from labeling.enums import Role
from labeling.forms.people import InviteForm, JoinForm, KeysForm, ProfileForm, RoleForm
from labeling.models import Invitation, User
from labeling.queries import people
from reviewapp.common.errors import Refused
from reviewapp.common.http import Request, go_to, render_page
from reviewapp.common.policy import public

PAGE = 50


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def members(request: ProjectRequest) -> HttpResponse:
    """Who works here; inviting somebody shows their link once."""
    form = InviteForm(request.POST or None)
    issued, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                issued = actions.invite(project=request.project, by=request.user, **form.cleaned_data)
                form, status = InviteForm(), 200
            except Refused as refusal:
                form.add_error(None, str(refusal))
    link = request.build_absolute_uri(reverse("labeling:invitation", args=[issued.secret])) if issued else ""
    context = {
        "members": people.members(request.project),
        "invitations": people.open_invitations(request.project),
        "form": form,
        "issued": issued,
        "link": link,
    }
    return render_page(request, "labeling/members.html", context, status=status)


@require_POST
@project_page(Role.MANAGER)
def change_role(request: ProjectRequest, user_id: UUID) -> HttpResponse:
    """Add or take away one role of a member."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404
    change = actions.add_role if form.cleaned_data["how"] == "add" else actions.remove_role
    change(project=request.project, user=_member(request, user_id), role=form.cleaned_data["role"], by=request.user)
    return go_to(request, "labeling:members", request.project.slug)


@require_POST
@project_page(Role.MANAGER)
def switch_member(request: ProjectRequest, user_id: UUID) -> HttpResponse:
    """Lock a member out, or let them in again."""
    user = _member(request, user_id)
    if user.is_active:
        actions.deactivate(project=request.project, user=user, by=request.user)
        messages.success(request, f"{user} can no longer sign in. What they held is free, what they submitted stays.")
    else:
        actions.reactivate(project=request.project, user=user, by=request.user)
        messages.success(request, f"{user} can sign in again.")
    return go_to(request, "labeling:members", request.project.slug)


@require_POST
@project_page(Role.MANAGER)
def revoke_invitation(request: ProjectRequest, invitation_id: UUID) -> HttpResponse:
    mine = Invitation.objects.filter(project=request.project).select_related("project")
    actions.revoke(invitation=get_object_or_404(mine, public_id=invitation_id), by=request.user)
    return go_to(request, "labeling:members", request.project.slug)


def _member(request: ProjectRequest, public_id: UUID) -> User:
    return get_object_or_404(User.objects.filter(memberships__project=request.project).distinct(), public_id=public_id)


@public
@require_http_methods(["GET", "POST"])
def invitation(request: Request, secret: str) -> HttpResponse:
    """Joining by a link. Wrong, used, revoked and old links look the same."""
    found = actions.find_invitation(secret)
    if found is None:
        return render_page(request, "labeling/invitation_gone.html", {}, status=404)
    known = User.objects.filter(email__iexact=found.email).first()
    if request.user.is_authenticated:
        if request.method == "POST":
            actions.accept(invitation=found, user=request.user)
            return go_to(request, "project", found.project.slug)
        fits = request.user.email.lower() == found.email.lower()
        return render_page(request, "labeling/invitation.html", {"invitation": found, "fits": fits})
    if known is not None:
        return render_page(request, "labeling/invitation.html", {"invitation": found, "sign_in_first": True})
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = _join(found, form)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return go_to(request, "project", found.project.slug)
    status = 422 if request.method == "POST" else 200
    return render_page(request, "labeling/invitation.html", {"invitation": found, "form": form}, status=status)


@transaction.atomic
def _join(found: Invitation, form: JoinForm) -> User:
    user = actions.create_user(
        email=found.email,
        name=form.cleaned_data["name"],
        password=form.cleaned_data["password"],
        by=None,
        operator="invitation",
    )
    actions.accept(invitation=found, user=user)
    return user


@require_GET
@project_page(Role.MANAGER)
def audit(request: ProjectRequest) -> HttpResponse:
    """Who changed what, newest first."""
    before = request.GET.get("before", "")
    found = people.events(request.project, before=int(before) if before.isdigit() else None, limit=PAGE)
    context = {"events": found, "older": found[-1].pk if len(found) == PAGE else None}
    return render_page(request, "labeling/audit.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def profile(request: Request) -> HttpResponse:
    """One's own name, time zone and keys."""
    user, sent = request.user, request.POST or None
    is_keys = "keys" in request.POST
    keys = KeysForm(sent if is_keys else None, initial=keymap.keys_of(user.keymap))
    form = ProfileForm(None if is_keys else sent, initial={"name": user.name, "time_zone": user.time_zone})
    used = keys if is_keys else form
    if request.method == "POST" and used.is_valid():
        changed = {"keymap": keys.chosen()} if is_keys else form.cleaned_data
        User.objects.filter(pk=user.pk).update(**changed)
        messages.success(request, "Saved.")
        return go_to(request, "labeling:profile")
    context = {"form": form, "keys": keys}
    return render_page(request, "labeling/profile.html", context, status=422 if request.method == "POST" else 200)
