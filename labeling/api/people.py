"""Members, invitations and the record of changes, for managers."""

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.actions.people import add_role, deactivate, invite, reactivate, remove_role, revoke
from labeling.api.views import Access, ProjectApi, access
from labeling.enums import Role, Scope
from labeling.models import AuditEvent, Invitation, User
from labeling.queries import people

READ, CHANGE = access(Scope.READ, Role.MANAGER), access(Scope.ADMIN, Role.MANAGER)


class MemberOut(serializers.Serializer[Any]):
    """A person with their roles in the project."""

    id = serializers.UUIDField(source="user.public_id")
    email = serializers.CharField(source="user.email")
    name = serializers.CharField(source="user.name")
    is_active = serializers.BooleanField(source="user.is_active")
    roles = serializers.ListField(child=serializers.CharField())
    group = serializers.CharField(allow_blank=True)


class InvitationIn(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices)
    group = serializers.CharField(max_length=60, allow_blank=True, default="")


class InvitationOut(serializers.Serializer[Any]):
    """An open invitation; its link is shown once, to whoever makes it."""

    id = serializers.UUIDField(source="public_id")
    email = serializers.CharField()
    role = serializers.CharField()
    group = serializers.CharField(allow_blank=True)
    expires_at = serializers.DateTimeField()


class NewInvitationOut(InvitationOut):
    link = serializers.CharField()


class RoleIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)
    how = serializers.ChoiceField(choices=["add", "remove"])


class ActiveIn(serializers.Serializer[Any]):
    active = serializers.BooleanField()


class AuditEventOut(serializers.Serializer[Any]):
    """One change: who, what, when, before, after."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    by = serializers.SerializerMethodField()
    target = serializers.CharField()
    before = serializers.DictField()
    after = serializers.DictField()

    def get_by(self, event: AuditEvent) -> str:
        return event.by.email if event.by else event.operator


class AuditFilter(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=60, required=False, help_text="For example round.closed.")
    target = serializers.CharField(max_length=120, required=False, help_text="For example round:<id>.")
    since = serializers.DateTimeField(required=False)


class Members(ProjectApi):
    """Everybody with a role."""

    access: ClassVar = {"GET": READ}
    serializer_class = MemberOut
    pagination_class = None

    @extend_schema(operation_id="members", responses=MemberOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return Response(MemberOut(people.members(self.project), many=True).data)


class Invitations(ProjectApi):
    """Open invitations."""

    access: ClassVar = {"GET": READ, "POST": CHANGE}
    serializer_class = InvitationOut
    pagination_class = None

    @extend_schema(operation_id="invitations", responses=InvitationOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        return Response(InvitationOut(people.open_invitations(self.project), many=True).data)

    @extend_schema(operation_id="invite", request=InvitationIn, responses={201: NewInvitationOut})
    def post(self, request: Request, project: str) -> Response:
        """Let one person in with one role, by a link that works for two weeks and once."""
        issued = invite(project=self.project, by=self.me, **self.read(InvitationIn))
        link = request.build_absolute_uri(reverse("labeling:invitation", args=[issued.secret]))
        return Response({**InvitationOut(issued.invitation).data, "link": link}, status=201)


class OneInvitation(ProjectApi):
    """An invitation taken back."""

    access: ClassVar = {"DELETE": CHANGE}
    serializer_class = InvitationOut

    @extend_schema(operation_id="revoke_invitation", responses={204: None})
    def delete(self, request: Request, project: str, invitation_id: UUID) -> Response:
        mine = Invitation.objects.filter(project=self.project).select_related("project")
        revoke(invitation=get_object_or_404(mine, public_id=invitation_id), by=self.me)
        return Response(status=204)


class MemberApi(ProjectApi):
    """A view of one member."""

    member: User

    def find(self, request: Request, needed: Access, **kwargs: Any) -> None:
        super().find(request, needed, **kwargs)
        members = User.objects.filter(memberships__project=self.project).distinct()
        self.member = get_object_or_404(members, public_id=kwargs["user_id"])


class ChangeRole(MemberApi):
    """A member's roles."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = RoleIn

    @extend_schema(operation_id="change_role", request=RoleIn, responses={204: None})
    def post(self, request: Request, project: str, user_id: UUID) -> Response:
        sent = self.read(RoleIn)
        change = add_role if sent["how"] == "add" else remove_role
        change(project=self.project, user=self.member, role=sent["role"], by=self.me)
        return Response(status=204)


class SwitchMember(MemberApi):
    """Whether a member may sign in."""

    access: ClassVar = {"POST": CHANGE}
    serializer_class = ActiveIn

    @extend_schema(operation_id="switch_member", request=ActiveIn, responses={204: None})
    def post(self, request: Request, project: str, user_id: UUID) -> Response:
        """Locked out: what they held is free, what they submitted stays, and their tokens end."""
        act = reactivate if self.read(ActiveIn)["active"] else deactivate
        act(project=self.project, user=self.member, by=self.me)
        return Response(status=204)


class Audit(ProjectApi):
    """Who changed what, newest first."""

    access: ClassVar = {"GET": READ}
    serializer_class = AuditEventOut

    @extend_schema(operation_id="audit", parameters=[AuditFilter], responses=AuditEventOut(many=True))
    def get(self, request: Request, project: str) -> Response:
        wanted = self.read(AuditFilter, query=True)
        since = wanted.pop("since", None)
        found = AuditEvent.objects.filter(project=self.project, **wanted).select_related("by")
        return self.page(found.filter(at__gte=since) if since else found, AuditEventOut)
