"""The taxonomy: reading for all members, new versions by managers."""

import tempfile
from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions import taxonomy as actions
from labeling.enums import Role, VersionStatus
from labeling.forms.items import UploadForm
from labeling.models import TaxonomyVersion
from labeling.queries import taxonomy as queries
from labeling.queries.taxonomy_changes import as_table
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page


@require_http_methods(["GET", "POST"])
@project_page()
def taxonomy(request: ProjectRequest) -> HttpResponse:
    """The newest published version; for managers also the draft and the way to a new one."""
    can_manage = Role.MANAGER in request.roles
    if request.method == "POST" and not can_manage:
        raise Http404
    form, problems, status = UploadForm(request.POST or None, request.FILES or None), [], 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _draft(request, form)
            except actions.TaxonomyRefused as refusal:
                problems = refusal.problems[:20]
                form.add_error("file", str(refusal))
            except Refused as refusal:
                form.add_error("file", str(refusal))
    versions = queries.versions_of(request.project)
    published = next((one for one in versions if one.status == VersionStatus.PUBLISHED), None)
    draft = next((one for one in versions if one.status == VersionStatus.DRAFT), None) if can_manage else None
    context = {
        "version": published,
        "tree": queries.tree_of(published) if published else [],
        "draft": draft,
        "versions": [one for one in versions if one.status == VersionStatus.PUBLISHED],
        "form": form,
        "problems": problems,
        "can_manage": can_manage,
        "can_see_changes": can_manage or Role.ANALYST in request.roles,
    }
    return render_page(request, "labeling/taxonomy.html", context, status=status)


def _draft(request: ProjectRequest, form: UploadForm) -> HttpResponse:
    upload = form.cleaned_data["file"]
    with tempfile.NamedTemporaryFile(suffix=".upload") as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        labels = actions.read_taxonomy(Path(kept.name), name=upload.name, encoding=form.cleaned_data["encoding"])
    draft = actions.draft_taxonomy(project=request.project, labels=labels, by=request.user)
    return go_to(request, "labeling:taxonomy-version", request.project.slug, draft.number)


@require_GET
@project_page()
def taxonomy_version(request: ProjectRequest, number: int) -> HttpResponse:
    """One version, with what it changed; drafts are for managers."""
    version = _version(request, number)
    before = request.project.taxonomy_versions.filter(number__lt=number).order_by("-number").first()
    context = {
        "version": version,
        "tree": queries.tree_of(version),
        "changes": queries.changes(before, version) if before else None,
        "before": before,
        "became": as_table(made_by) if (made_by := getattr(version, "made_by", None)) else [],
        "is_draft": version.status == VersionStatus.DRAFT,
    }
    return render_page(request, "labeling/taxonomy_version.html", context)


@require_POST
@project_page(Role.MANAGER)
def end_draft(request: ProjectRequest, number: int) -> HttpResponse:
    """Publish a draft or throw it away."""
    version = _version(request, number)
    try:
        if request.POST.get("how") == "publish":
            actions.publish_taxonomy(version=version, by=request.user)
            messages.success(request, f"Taxonomy v{version.number} is published. New rounds and runs use it.")
        else:
            actions.discard_draft(version=version, by=request.user)
            messages.success(request, "The draft is gone.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "labeling:taxonomy", request.project.slug)


def _version(request: ProjectRequest, number: int) -> TaxonomyVersion:
    versions = TaxonomyVersion.objects.filter(project=request.project).select_related("project", "made_by")
    if Role.MANAGER not in request.roles:
        versions = versions.filter(status=VersionStatus.PUBLISHED)
    return get_object_or_404(versions, number=number)
