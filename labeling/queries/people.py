"""Who works in a project."""

from collections import defaultdict
from dataclasses import dataclass

from labeling.enums import Role
from labeling.models import AuditEvent, Invitation, Membership, Project, User
from reviewapp.common import clock


@dataclass(frozen=True)
class Member:
    """One person with their roles in the project."""

    user: User
    roles: list[str]
    group: str

    @property
    def missing_roles(self) -> list[tuple[str, str]]:
        return [choice for choice in Role.choices if choice[0] not in self.roles]


def members(project: Project) -> list[Member]:
    """Everybody with a role, by name, but for services, which have a page of their own; one query."""
    rows = (
        Membership.objects.filter(project=project, user__service__isnull=True)
        .select_related("user")
        .order_by("user__email", "role")
    )
    grouped: dict[User, list[Membership]] = defaultdict(list)
    for row in rows:
        grouped[row.user].append(row)
    found = [
        Member(user, [row.role for row in held], next((row.group for row in held if row.group), ""))
        for user, held in grouped.items()
    ]
    return sorted(found, key=lambda member: (not member.user.is_active, str(member.user).lower()))


def open_invitations(project: Project) -> list[Invitation]:
    waiting = Invitation.objects.filter(
        project=project, accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=clock.now()
    )
    return list(waiting.select_related("invited_by").order_by("-created_at"))


def events(project: Project, *, before: int | None = None, limit: int = 50) -> list[AuditEvent]:
    """A page of the project's audit events, newest first, by key."""
    found = AuditEvent.objects.filter(project=project).select_related("by").order_by("-pk")
    return list((found.filter(pk__lt=before) if before else found)[:limit])
