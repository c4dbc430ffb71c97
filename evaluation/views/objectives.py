"""Objectives: what good enough means for each use of a project; which of them pages hold figures against."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluation.actions import objectives as actions
from evaluation.forms.objectives import ObjectiveForm
from evaluation.models import Evaluation, Objective
from evaluation.queries import objectives as queries
from evaluation.views.frame import READERS
from labeling.access import ProjectRequest, project_page
from labeling.enums import Role, Split
from reviewapp.common.errors import Refused
from reviewapp.common.http import go_to, render_page


@require_GET
@project_page(*READERS)
def objectives(request: ProjectRequest) -> HttpResponse:
    """All objectives, and where the newest result on dev stands against each."""
    mine = list(Objective.objects.filter(project=request.project).order_by("archived_at", "-is_default", "name"))
    newest = (
        Evaluation.objects.filter(run__project=request.project, split=Split.DEV)
        .select_related("run__project", "release__golden_set")
        .order_by("-created_at", "-pk")
        .first()
    )
    facts = queries.Facts(newest) if newest else None
    rows = [(one, queries.standing_of(one, newest, facts) if newest and not one.archived_at else None) for one in mine]
    context = {"rows": rows, "newest": newest, "can_manage": Role.MANAGER in request.roles}
    return render_page(request, "evaluation/objectives.html", context)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def new_objective(request: ProjectRequest) -> HttpResponse:
    return _form_page(request, None)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def objective(request: ProjectRequest, objective_id: UUID) -> HttpResponse:
    """Change it, make it the default, put it away or bring it back."""
    found = _find(request, objective_id)
    try:
        if "default" in request.POST:
            actions.make_default_objective(objective=found, by=request.user)
        elif "archive" in request.POST or "restore" in request.POST:
            actions.archive_objective(objective=found, archived="archive" in request.POST, by=request.user)
        else:
            return _form_page(request, found)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go_to(request, "evaluation:objectives", request.project.slug)


def _form_page(request: ProjectRequest, found: Objective | None) -> HttpResponse:
    form = ObjectiveForm(request.POST or None, initial=ObjectiveForm.filled(found) if found else None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            if found is None and Objective.objects.filter(project=request.project, name=name.strip()).exists():
                raise Refused(f"There is already an objective “{name}”.")
            actions.set_objective(
                project=request.project, name=name, wanted=form.wanted(), objective=found, by=request.user
            )
            messages.success(request, f"Saved. Pages hold figures against “{name}” where it is chosen.")
            return go_to(request, "evaluation:objectives", request.project.slug)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render_page(request, "evaluation/objective.html", {"form": form, "objective": found}, status=status)


@require_POST
@project_page(*READERS)
def choose_objective(request: ProjectRequest) -> HttpResponse:
    """Kept for this session only; back to the page it was chosen on."""
    try:
        wanted = UUID(request.POST.get("objective", ""))
    except ValueError as error:
        raise Http404 from error
    found = _find(request, wanted)
    if found.archived_at:
        raise Http404
    queries.choose(request.session, request.project, found)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("evaluation:objectives", args=[request.project.slug])
    return go_to(request, back)


def _find(request: ProjectRequest, public_id: UUID) -> Objective:
    return get_object_or_404(
        Objective.objects.filter(project=request.project).select_related("project"), public_id=public_id
    )
