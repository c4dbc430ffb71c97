"""Who I am, and the projects I work in."""

from collections import defaultdict
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.serializers import MeOut, ProjectOut
from labeling.api.views import ApiView, ProjectApi, access
from labeling.enums import Scope
from labeling.models import Membership, Project


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
    """The projects I work in, newest first."""

    access: ClassVar = {"GET": access(Scope.READ)}
    serializer_class = ProjectOut

    @extend_schema(operation_id="projects", responses=ProjectOut(many=True))
    def get(self, request: Request) -> Response:
        mine = Project.objects.visible_to(self.me)
        return self.page(mine.filter(pk=self.token.project_id) if self.token.project_id else mine, ProjectOut)


class OneProject(ProjectApi):
    """One project."""

    access: ClassVar = {"GET": access(Scope.READ)}
    serializer_class = ProjectOut

    @extend_schema(operation_id="project", responses=ProjectOut)
    def get(self, request: Request, project: str) -> Response:
        return Response(ProjectOut(self.project).data)
