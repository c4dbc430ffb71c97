"""Training files: what went out to train models with, and which models were trained with it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from evaluation.actions.training_exports import declare_training, export_training, text_of_line
from evaluation.forms.training_files import ModelTrainingForm, TrainingFileForm
from evaluation.queries.training_exports import models_to_tell, said_of_models, training_exports
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import go_to, render_page

READERS = (Role.MANAGER, Role.ENGINEER, Role.ANALYST)
MAKERS = {Role.MANAGER, Role.ENGINEER}
SHOWN = 200


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def training_files(request: ProjectRequest) -> HttpResponseBase:
    """All that went out, and a form whose answer is the next file."""
    may_make = bool(request.roles & MAKERS)
    form = TrainingFileForm(request.POST or None, project=request.project) if may_make else None
    status = 200
    if request.method == "POST" and form is not None:
        status = 422
        if form.is_valid():
            source, split = form.chosen()
            try:
                lines = export_training(project=request.project, source=source, split=split, by=request.user)
            except (Refused, NotAllowed) as refusal:
                form.add_error(None, str(refusal))
            else:
                response = StreamingHttpResponse(map(text_of_line, lines), content_type="application/x-ndjson")
                name = f"{request.project.slug}-training.jsonl"
                response["Content-Disposition"] = f'attachment; filename="{name}"'
                response["Cache-Control"] = "no-store"
                return response
    context = {"form": form, "files": training_exports(request.project)[:SHOWN]}
    return render_page(request, "evaluation/training_files.html", context, status=status)


@require_http_methods(["GET", "POST"])
@project_page(*READERS)
def training_file(request: ProjectRequest, training_file_id: UUID) -> HttpResponse:
    """One file, and what is said of models."""
    found = get_object_or_404(training_exports(request.project), public_id=training_file_id)
    may_say = bool(request.roles & MAKERS)
    untold = models_to_tell(found)
    form = ModelTrainingForm(request.POST or None, initial={"model": untold[0] if untold else ""}) if may_say else None
    status = 200
    if request.method == "POST" and form is not None:
        status = 422
        if form.is_valid():
            is_trained = form.cleaned_data["is_trained"] == "yes"
            try:
                declare_training(export=found, model=form.cleaned_data["model"], is_trained=is_trained, by=request.user)
            except (Refused, NotAllowed) as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "Noted. Score its runs again to see the figures without these items."
                                 if is_trained else "Noted. These items count for this model.")  # fmt: skip
                return go_to(request, "evaluation:training-file", request.project.slug, found.public_id)
    said = said_of_models(found)
    context = {
        "file": found,
        "splits": sorted(found.splits.items()),
        "said": sorted(said.values(), key=lambda one: one.model),
        "untold": untold,
        "form": form,
    }
    return render_page(request, "evaluation/training_file.html", context, status=status)
