"""Ratings made elsewhere: a file, what is in it, what its names mean here, and then a round of it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from labeling.access import ProjectRequest, project_page
from labeling.actions.importing import UNFINISHED
from labeling.actions.rating_imports import apply_rating_import, is_large, look_into, start_rating_import
from labeling.enums import ImportKind, ImportState, Role
from labeling.files.answer_files import FORMATS
from labeling.forms.rating_imports import RatingsMappingForm, RatingsUploadForm
from labeling.models import ImportJob, Round
from labeling.queries.items import imports_of
from labeling.queries.taxonomy import published_names
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

PROBLEMS_SHOWN = 20


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def rating_imports(request: ProjectRequest) -> HttpResponse:
    """Past imports of annotations, and a form for the next."""
    form = RatingsUploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                job = start_rating_import(
                    project=request.project,
                    file=file,
                    file_name=file.name,
                    name=form.cleaned_data["round"],
                    encoding=form.cleaned_data["encoding"],
                    by=request.user,
                )
                return go_to(request, "labeling:rating-import", request.project.slug, job.public_id)
            except (Refused, NotAllowed) as refusal:
                form.add_error(None, str(refusal))
    context = {"form": form, "imports": imports_of(request.project, ImportKind.ANNOTATIONS)}
    return render_page(request, "labeling/rating_imports.html", context, status=status)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def rating_import(request: ProjectRequest, rating_import_id: UUID) -> HttpResponse:
    """One import: what the file holds and what its names mean, then its progress, then its report."""
    mine = ImportJob.objects.filter(project=request.project, kind=ImportKind.ANNOTATIONS)
    job = get_object_or_404(mine.select_related("project", "created_by"), public_id=rating_import_id)
    if job.state == ImportState.MAPPING:
        if "wait" in request.GET:  # a worker has looked into it: on to the whole page
            return go_to(request, "labeling:rating-import", request.project.slug, job.public_id)
        return _mapping(request, job)
    made = Round.objects.filter(project=request.project, name=job.mapping["round"]).first()
    context = {
        "job": job,
        "is_going": job.state in UNFINISHED,
        "round": made if job.state == ImportState.DONE else None,
        **_told(job),
    }
    return render_page(request, "labeling/rating_import.html", context, partial="state")


def _told(job: ImportJob) -> dict[str, object]:
    report = job.mapping.get("report") or {}
    return {
        "report": report,
        "format": FORMATS.get(report.get("format", ""), ""),
        "problems": job.problems.all()[:PROBLEMS_SHOWN],
        "listed": report.get("refused", 0) + sum(report.get("left_out", {}).values()),
    }


def _mapping(request: ProjectRequest, job: ImportJob) -> HttpResponse:
    codes = published_names(request.project)
    form = RatingsMappingForm(request.POST or None, job=job, codes=codes)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            is_last, skip_bad = request.POST.get("do") == "apply", form.cleaned_data["skip_bad"]
            try:
                job = look_into(
                    job=job,
                    reading=form.reading(),
                    labels=form.chosen("label"),
                    raters=form.chosen("rater"),
                    by=request.user,
                    apply_after=is_last,
                    skip_bad=skip_bad,
                )
                if is_last and job.state == ImportState.MAPPING and not is_large(job):
                    apply_rating_import(job=job, skip_bad=skip_bad, by=request.user)
                return go_to(request, "labeling:rating-import", request.project.slug, job.public_id)
            except (Refused, NotAllowed) as refusal:
                form = RatingsMappingForm(job=job, codes=codes)
                refused = str(refusal)
                context = {"job": job, "form": form, "refused": refused, **_told(job)}
                return render_page(request, "labeling/rating_mapping.html", context, status=status)
    context = {"job": job, "form": form, **_told(job)}
    return render_page(request, "labeling/rating_mapping.html", context, status=status)
