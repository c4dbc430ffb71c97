"""The pages one lands on: one's projects, and in a project what to do next."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from evaluation.enums import TuningState
from evaluation.models import TuningTask
from evaluation.queries.objectives import strip
from labeling.access import ProjectRequest, project_page, signed_in
from labeling.actions.projects import may_create_projects
from labeling.enums import Role
from labeling.models import Membership, Project
from labeling.queries import adjudication
from labeling.queries.queue import my_rounds
from reviewapp.common.http import Request, go_to, render_page
from reviewapp.home.loop import stages

OVERSEERS = {Role.MANAGER, Role.ENGINEER, Role.ANALYST}


@require_GET
@signed_in
def home(request: Request) -> HttpResponse:
    """One's projects; with only one, straight there."""
    projects = list(Project.objects.visible_to(request.user).order_by("archived_at", "name"))
    can_create = may_create_projects(request.user)
    if len(projects) == 1 and not can_create:
        return go_to(request, "project", projects[0].slug)
    roles: dict[int, list[str]] = {}
    for project, role in Membership.objects.filter(user=request.user).values_list("project", "role"):
        roles.setdefault(project, []).append(Role(role).label)
    context = {"projects": [(one, roles[one.pk]) for one in projects], "can_create": can_create}
    return render_page(request, "home/home.html", context)


@require_GET
@project_page()
def project(request: ProjectRequest) -> HttpResponse:
    """What to do next and how far things are, for each role one holds."""
    roles = request.roles
    sees_loop = bool(roles & OVERSEERS)
    loop = stages(request.project, roles) if sees_loop else None
    context = {
        "my_rounds": my_rounds(request.user, request.project),
        "rates": bool(roles & {Role.ANNOTATOR, Role.ADJUDICATOR}),
        "judges": bool(roles & {Role.ADJUDICATOR, Role.MANAGER}),
        "disputes": adjudication.waiting_for(request.user, request.project).count()
        if roles & {Role.ADJUDICATOR, Role.MANAGER}
        else 0,
        "escalated": adjudication.escalated(request.project).count() if Role.MANAGER in roles else 0,
        "tuning": TuningTask.objects.filter(project=request.project, state=TuningState.OPEN).count() if loop else 0,
        "loop": loop,
        "strip": strip(loop.evaluation, request.session) if loop and loop.evaluation else None,
    }
    return render_page(request, "home/project.html", context)
