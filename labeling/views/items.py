"""Items: browsing, and importing with a preview, a progress bar and a report."""

import csv
from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.access import ProjectRequest, project_page
from labeling.actions import importing
from labeling.enums import ImportKind, ImportState, Role
from labeling.files.cells import safe_cell
from labeling.forms.items import MappingForm, UploadForm
from labeling.models import ImportJob, Item
from labeling.queries import items as queries
from labeling.queries.attributes import attribute_names
from labeling.queries.import_profiles import unusual_import
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST, Role.ADJUDICATOR)
PROBLEMS_SHOWN = 20


@require_GET
@project_page(*READERS)
def items(request: ProjectRequest) -> HttpResponse:
    """Items by id, name and attribute."""
    known = attribute_names(request.project)
    attribute = request.GET.get("attribute", "")
    after = request.GET.get("after", "")
    text = request.GET.get("q", "").strip()[:200]
    value = request.GET.get("value", "").strip()[:500]
    found = queries.search_items(
        request.project,
        text=text,
        attribute=attribute if attribute in known and value else "",
        value=value,
        after=int(after) if after.isdigit() and len(after) < 18 else 0,
    )
    context = {
        "found": found,
        "attributes": known,
        "columns": known[:4],
        "q": text,
        "attribute": attribute,
        "value": value,
        "can_import": Role.MANAGER in request.roles,
    }
    return render_page(request, "labeling/items.html", context, partial="list")


@require_GET
@project_page(*READERS)
def item(request: ProjectRequest, item_id: UUID) -> HttpResponse:
    """One item as it is now."""
    found = get_object_or_404(Item.objects.filter(project=request.project), public_id=item_id)
    page = queries.item_page(found)
    context = {"page": page, "sees_rounds": bool(request.roles & {Role.MANAGER, Role.ANALYST})}
    return render_page(request, "labeling/item.html", context)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def imports(request: ProjectRequest) -> HttpResponse:
    """Past imports, and a form for the next."""
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                job = importing.start_import(
                    project=request.project,
                    file=file,
                    file_name=file.name,
                    encoding=form.cleaned_data["encoding"],
                    by=request.user,
                )
                return go_to(request, "labeling:import", request.project.slug, job.public_id)
            except Refused as refusal:
                form.add_error("file", str(refusal))
    context = {"form": form, "imports": queries.imports_of(request.project)}
    return render_page(request, "labeling/imports.html", context, status=status)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def import_job(request: ProjectRequest, job_id: UUID) -> HttpResponse:
    """One import: first its columns, then its progress, then its report."""
    job = _job(request, job_id)
    if job.kind != ImportKind.ITEMS:
        return go_to(request, "labeling:rating-import", request.project.slug, job.public_id)
    if job.state == ImportState.MAPPING:
        return _mapping(request, job)
    context = {
        "job": job,
        "is_going": job.state in importing.UNFINISHED,
        "problems": job.problems.all()[:PROBLEMS_SHOWN],
        "shown": PROBLEMS_SHOWN,
        "compared": unusual_import(job) if job.state in (ImportState.DONE, ImportState.UNDONE) else None,
        "can_take_back": job.state == ImportState.DONE and job.added + job.updated > 0,
    }
    return render_page(request, "labeling/import.html", context, partial="state")


def _mapping(request: ProjectRequest, job: ImportJob) -> HttpResponse:
    form = MappingForm(request.POST or None, mapping=job.mapping)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                skip_bad = form.cleaned_data["skip_bad"]
                importing.set_mapping(job=job, mapping=form.mapping(), skip_bad=skip_bad, by=request.user)
                return go_to(request, "labeling:import", request.project.slug, job.public_id)
            except Refused as refusal:
                form.add_error(None, str(refusal))
    rows = [[row.get(column, "") for column in form.columns] for row in importing.preview(job)]
    context = {"job": job, "form": form, "rows": rows}
    return render_page(request, "labeling/import_columns.html", context, status=status)


@require_POST
@project_page(Role.MANAGER)
def take_back(request: ProjectRequest, job_id: UUID) -> HttpResponse:
    """Undo an import while nothing uses its items."""
    job = _job(request, job_id)
    try:
        importing.take_back(job=job, by=request.user)
        messages.success(request, "The import is taken back.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "labeling:import", request.project.slug, job.public_id)


@require_GET
@project_page(Role.MANAGER)
def problems(request: ProjectRequest, job_id: UUID) -> StreamingHttpResponse:
    """Every refused row and why, as a file."""
    job = _job(request, job_id)

    class Echo:
        def write(self, line: str) -> str:
            return line

    def lines() -> Iterator[str]:
        writer = csv.writer(Echo())
        yield writer.writerow(["line", "id", "reason"])
        for problem in job.problems.order_by("line", "pk").iterator(chunk_size=2000):
            yield writer.writerow([problem.line, safe_cell(problem.key), safe_cell(problem.reason)])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-rows-{job.pk}.csv"'
    return response


def _job(request: ProjectRequest, public_id: UUID) -> ImportJob:
    mine = ImportJob.objects.filter(project=request.project).select_related("project", "created_by")
    return get_object_or_404(mine, public_id=public_id)
