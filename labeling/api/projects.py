"""Who I am, and the projects I work in."""

from collections import defaultdict
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions.progress import pause_project, resume_project
from labeling.actions.projects import (
    archive_project,
    create_project,
    may_create_projects,
    set_up_project,
    unarchive_project,
)
from labeling.api.serializers import (
    ArchivedIn,
    ManagedProjectOut,
    MeOut,
    PausedIn,
    ProjectChange,
    ProjectIn,
    ProjectOut,
)
from labeling.api.views import ApiView, ProjectApi, access
from labeling.enums import Role, Scope
from labeling.models import Membership, Project
from labeling.queries.attributes import attribute_names
from reviewapp.common.errors import NotAllowed, Refused


class Me(ApiView):
    """Whom this token speaks for."""

    access: ClassVar = {"GET": access(Scope.READ)}
    serializer_class = MeOut
    pagination_class = None

    @extend_schema(operation_id="me", responses=MeOut)
    def get(self, request: Request) -> Response:
        token = self.token
        held = Membership.objects.filter(user=self.me).select_related("project").order_by("project__slug", "role")
        roles: dict[Project, list[str]] = defaultdict(list)
        for row in held if token.project_id is None else held.filter(project=token.project_id):
            roles[row.project].append(row.role)
        found = {
            "id": self.me.public_id, "email": self.me.email, "name": self.me.name, "token": token,
            "projects": [{"slug": one.slug, "name": one.name, "roles": names} for one, names in roles.items()],
        }  # fmt: skip
        return Response(MeOut(found).data)


class Projects(ApiView):
    """The projects I work in, newest first; managers begin new ones."""

    access: ClassVar = {"GET": access(Scope.READ), "POST": access(Scope.ADMIN)}
    serializer_class = ProjectOut
    ordering = ("-created_at", "slug")

    @extend_schema(operation_id="projects", responses=ProjectOut(many=True))
    def get(self, request: Request) -> Response:
        mine = Project.objects.visible_to(self.me)
        return self.page(mine.filter(pk=self.token.project_id) if self.token.project_id else mine, ProjectOut)

    @extend_schema(operation_id="new_project", request=ProjectIn, responses={201: ManagedProjectOut})
    def post(self, request: Request) -> Response:
        """Begin a project; whoever does is its manager."""
        if self.token.project_id or not may_create_projects(self.me):
            raise NotAllowed("Only managers begin projects, with a token for all of theirs.")
        sent = self.read(ProjectIn)
        raters = sent.pop("raters_per_item")
        slug = self.once("project", sent, lambda: create_project(raters=raters, by=self.me, **sent).slug)
        return Response(ManagedProjectOut(Project.objects.get(slug=slug)).data, status=201)


class OneProject(ProjectApi):
    """One project, and its settings."""

    access: ClassVar = {"GET": access(Scope.READ), "PATCH": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = ProjectOut

    @extend_schema(operation_id="project", responses=ManagedProjectOut)
    def get(self, request: Request, project: str) -> Response:
        """The agreement objective is among it for managers only."""
        return Response(self.shown(self.project))

    @extend_schema(operation_id="change_project", request=ProjectChange, responses=ManagedProjectOut)
    def patch(self, request: Request, project: str) -> Response:
        """Change what new rounds and reports begin with. With `If-Match`, only if it is as you read it (else 412)."""
        sent = self.read(ProjectChange)
        if wrong := sorted(set(sent.get("slices", ())) - set(attribute_names(self.project))):
            raise Refused(f"The items have no attribute “{wrong[0]}” to slice by.")
        self.once(f"change:{self.project.slug}", sent, lambda: self.change(sent))
        return Response(self.shown(Project.objects.get(pk=self.project.pk)))

    def change(self, sent: dict[str, Any]) -> str:
        now = Project.objects.select_for_update().get(pk=self.project.pk)
        self.expect(self.shown(now))
        set_up_project(
            project=now, by=self.me, name=sent.get("name", now.name),
            description=sent.get("description", now.description),
            raters=sent.get("raters_per_item", now.raters_per_item),
            objective=sent.get("agreement_objective", now.agreement_objective), slices=sent.get("slices", now.slices),
        )  # fmt: skip
        return now.slug

    def shown(self, project: Project) -> dict[str, Any]:
        return dict((ManagedProjectOut if Role.MANAGER in self.roles else ProjectOut)(project).data)


class ArchiveProject(ProjectApi):
    """A project put away, or brought back."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = ArchivedIn

    @extend_schema(operation_id="archive_project", request=ArchivedIn, responses=ManagedProjectOut)
    def post(self, request: Request, project: str) -> Response:
        """An archived project can be read, and nothing in it changes."""
        act = archive_project if self.read(ArchivedIn)["archived"] else unarchive_project
        return Response(ManagedProjectOut(act(project=self.project, by=self.me)).data)


class PauseProject(ProjectApi):
    """Whether work is handed out."""

    access: ClassVar = {"POST": access(Scope.ADMIN, Role.MANAGER)}
    serializer_class = PausedIn

    @extend_schema(operation_id="pause_project", request=PausedIn, responses=ManagedProjectOut)
    def post(self, request: Request, project: str) -> Response:
        """A paused project hands out nothing; answers that come in are kept."""
        act = pause_project if self.read(PausedIn)["paused"] else resume_project
        return Response(ManagedProjectOut(act(project=self.project, by=self.me)).data)
