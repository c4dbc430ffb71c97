"""Projects themselves: begun, set up, put away."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from labeling.access import ProjectRequest, project_page, signed_in
from labeling.actions import projects as actions
from labeling.enums import Role
from labeling.forms.projects import NewProjectForm, ProjectForm
from labeling.queries.attributes import attribute_names
from reviewapp.common.errors import NotAllowed, Refused
from reviewapp.common.http import Request, go_to, render_page


@require_http_methods(["GET", "POST"])
@signed_in
def new_project(request: Request) -> HttpResponse:
    """Begin a project; whoever does is its manager."""
    if not actions.may_create_projects(request.user):
        raise NotAllowed("Only managers begin projects. Ask the operator of this server.")
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = actions.create_project(by=request.user, **form.cleaned_data)
            return go_to(request, "project", project.slug)
        except (Refused, ValidationError) as refusal:
            form.add_error(None, str(refusal) if isinstance(refusal, Refused) else refusal)
    status = 422 if request.method == "POST" else 200
    return render_page(request, "labeling/new_project.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@project_page(Role.MANAGER)
def settings(request: ProjectRequest) -> HttpResponse:
    """What new rounds and reports begin with; archiving."""
    project = request.project
    form = ProjectForm(
        request.POST or None,
        attributes=attribute_names(project),
        initial={
            "name": project.name,
            "description": project.description,
            "raters": project.raters_per_item,
            "objective": project.agreement_objective,
            "slices": project.slices,
        },
    )
    if request.method == "POST" and form.is_valid():
        actions.set_up_project(project=project, by=request.user, **form.cleaned_data)
        messages.success(request, "Saved. Rounds that exist keep what they began with.")
        return go_to(request, "labeling:project-settings", project.slug)
    status = 422 if request.method == "POST" else 200
    return render_page(request, "labeling/project_settings.html", {"form": form}, status=status)


@require_POST
@project_page(Role.MANAGER)
def archive(request: ProjectRequest) -> HttpResponse:
    """Put the project away, or bring it back."""
    if request.project.archived_at:
        actions.unarchive_project(project=request.project, by=request.user)
        messages.success(request, "The project is open again.")
    else:
        actions.archive_project(project=request.project, by=request.user)
        messages.success(request, "The project is archived: it can be read, and nothing in it changes.")
    return go_to(request, "labeling:project-settings", request.project.slug)
