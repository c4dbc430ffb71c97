"""Changing the taxonomy by steps, with what each would touch before anything is written; and what follows from it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions.taxonomy_changes import apply_change
from evaluation.forms.taxonomy_changes import StepForm
from evaluation.queries.taxonomy_effects import effects_of, to_carry
from labeling.access import ProjectRequest, project_page
from labeling.actions import taxonomy_changes as actions
from labeling.actions.idempotency import once
from labeling.actions.rounds import published_taxonomy
from labeling.enums import Role
from labeling.models import Release, TaxonomyChange
from labeling.queries.taxonomy_changes import as_table, changes_of, outcome
from labeling.taxonomy_steps import KINDS, Changed
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

OVERSEERS = (Role.MANAGER, Role.ANALYST)


@require_GET
@project_page(*OVERSEERS)
def taxonomy_changes(request: ProjectRequest) -> HttpResponse:
    """All changes, and the way to a new one."""
    found = changes_of(request.project)
    context = {
        "changes": found,
        "open": next((one for one in found if one.applied_at is None), None),
        "can_manage": Role.MANAGER in request.roles,
    }
    return render_page(request, "evaluation/taxonomy_changes.html", context)


@require_POST
@project_page(Role.MANAGER)
def start_change(request: ProjectRequest) -> HttpResponse:
    """The open change, or a new one."""
    try:
        change = actions.start_change(project=request.project, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return go_to(request, "labeling:taxonomy", request.project.slug)
    return go_to(request, "evaluation:taxonomy-change", request.project.slug, change.public_id)


@require_http_methods(["GET", "POST"])
@project_page(*OVERSEERS)
def taxonomy_change(request: ProjectRequest, change_id: UUID) -> HttpResponse:
    """The steps with what they touch, and the form for one more; of an applied change what became of each code."""
    change = _change(request, change_id)
    can_manage = Role.MANAGER in request.roles
    if request.method == "POST" and not can_manage:
        raise Http404
    if change.made is not None:
        return _applied(request, change)
    found = outcome(change)
    asked = request.GET.get("add", "rename")
    kind = asked if asked in KINDS else "rename"
    form = StepForm(request.POST or None, kind=kind, rows=found.rows)
    if request.method == "POST" and form.is_valid():
        try:
            _add_once(request, change, form)
            return go_to(request, "evaluation:taxonomy-change", request.project.slug, change.public_id)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = _preview(change, found) | {"form": form, "kind": kind, "kinds": KINDS, "can_manage": can_manage}
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/taxonomy_change.html", context, status=status)


def _add_once(request: ProjectRequest, change: TaxonomyChange, form: StepForm) -> str:
    def do() -> str:
        actions.add_step(change=change, step=form.step(), by=request.user)
        return "added"

    key, action = form.cleaned_data["idempotency_key"], f"taxonomy_step:{change.public_id}"
    return once(user=request.user, key=key, action=action, payload=form.step(), do=do)


def _preview(change: TaxonomyChange, found: Changed) -> dict[str, Any]:
    return {
        "change": change,
        "effects": effects_of(change, found),
        "rows": actions.mapping_rows(found.codes),
        "added": sorted(found.codes.added),
        "labels": len(found.rows),
    }


def _applied(request: ProjectRequest, change: TaxonomyChange) -> HttpResponse:
    context = {
        "change": change,
        "table": as_table(change),
        "carrying": to_carry(request.project, published_taxonomy(request.project)),
        "can_manage": Role.MANAGER in request.roles,
    }
    return render_page(request, "evaluation/taxonomy_change_applied.html", context)


@require_POST
@project_page(Role.MANAGER)
def drop_step(request: ProjectRequest, change_id: UUID) -> HttpResponse:
    """Take one step out."""
    change = _change(request, change_id)
    place = request.POST.get("place", "")
    try:
        actions.drop_step(
            change=change, place=int(place) if place.isdecimal() and len(place) < 5 else -1, by=request.user
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:taxonomy-change", request.project.slug, change.public_id)


@require_POST
@project_page(Role.MANAGER)
def end_change(request: ProjectRequest, change_id: UUID) -> HttpResponse:
    """Apply the steps or throw them away."""
    change = _change(request, change_id)
    try:
        if request.POST.get("how") == "apply":
            made = apply_change(change=change, by=request.user)
            messages.success(request, f"Taxonomy v{made.number} is published. New rounds and runs use it.")
            return go_to(request, "evaluation:taxonomy-change", request.project.slug, change.public_id)
        if request.POST.get("how") != "discard":
            return go_to(request, "evaluation:taxonomy-change", request.project.slug, change.public_id)
        actions.discard_change(change=change, by=request.user)
        messages.success(request, "The steps are gone. Nothing else had been written.")
    except Refused as refusal:
        messages.error(request, str(refusal))
        return go_to(request, "evaluation:taxonomy-change", request.project.slug, change.public_id)
    return go_to(request, "evaluation:taxonomy-changes", request.project.slug)


@require_POST
@project_page(Role.MANAGER)
def ask_again(request: ProjectRequest, change_id: UUID) -> HttpResponse:
    """Send the items whose label was split back to raters."""
    change = _change(request, change_id)
    releases = Release.objects.filter(golden_set__project=request.project).select_related(
        "golden_set", "taxonomy_version"
    )
    wanted = request.POST.get("release", "")
    release = next((one for one in releases if str(one.public_id) == wanted), None)
    if release is None:
        raise Http404
    try:
        made = actions.ask_again(change=change, release=release, by=request.user)
        messages.success(request, f"Round “{made.name}” is open. Its raters see no earlier answer.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:taxonomy-change", request.project.slug, change.public_id)


def _change(request: ProjectRequest, public_id: UUID) -> TaxonomyChange:
    mine = TaxonomyChange.objects.filter(project=request.project).select_related("project", "base", "made")
    return get_object_or_404(mine, public_id=public_id)
