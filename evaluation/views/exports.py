"""Exports: asking for a file, watching it being written, and fetching it."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods

from evaluation.actions.exporting import UNFINISHED, ask_export, is_link, link_of
from evaluation.enums import ExportState
from evaluation.forms.exports import ExportForm
from evaluation.models import Export
from labeling.access import ProjectRequest, project_page
from labeling.actions.idempotency import once
from labeling.enums import Role
from labeling.files.answer_writing import OUT_FORMATS
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
SHOWN = 20


def _mine(request: ProjectRequest) -> QuerySet[Export]:
    mine = Export.objects.filter(project=request.project, created_by=request.user)
    return mine.select_related("project", "release__golden_set", "round", "run")


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def exports(request: ProjectRequest) -> HttpResponse:
    """One's own exports, and a form for the next."""
    form = ExportForm(request.POST or None, project=request.project, is_manager=Role.MANAGER in request.roles)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return go_to(request, "evaluation:export", request.project.slug, _ask_once(request, form))
            except (Refused, NotAllowed) as refusal:
                form.add_error(None, str(refusal))
    found = list(_mine(request).order_by("-created_at")[:SHOWN])
    context = {"form": form, "exports": [(one, OUT_FORMATS[one.format].name) for one in found]}
    return render_page(request, "evaluation/exports.html", context, status=status)


def _ask_once(request: ProjectRequest, form: ExportForm) -> str:
    payload = {name: value for name, value in form.cleaned_data.items() if name != "idempotency_key"}
    return once(
        user=request.user,
        key=form.cleaned_data["idempotency_key"],
        action=f"export {request.project.pk}",
        payload=payload,
        do=lambda: str(ask_export(wanted=form.wanted(), by=request.user).public_id),
    )


@require_GET
@project_page(*READERS)
def export(request: ProjectRequest, export_id: UUID) -> HttpResponse:
    """One export: how far it is, or its file."""
    found = get_object_or_404(_mine(request), public_id=export_id)
    context = {
        "export": found,
        "format": OUT_FORMATS[found.format],
        "is_going": found.state in UNFINISHED,
        "token": link_of(found) if found.state == ExportState.DONE else "",
    }
    return render_page(request, "evaluation/export.html", context, partial="state")


@require_GET
@project_page(*READERS)
def download(request: ProjectRequest, export_id: UUID) -> HttpResponseBase:
    """The file, by a link that was made for this person a moment ago."""
    found = get_object_or_404(_mine(request), public_id=export_id)
    if not is_link(found, request.user, request.GET.get("token", "")):
        raise Http404
    about = OUT_FORMATS[found.format]
    name = f"{request.project.slug}-{found.what}-{found.pk}{about.ending}"
    response = FileResponse(found.file.open("rb"), as_attachment=True, filename=name, content_type=about.media)
    response["Cache-Control"] = "no-store"
    return response
