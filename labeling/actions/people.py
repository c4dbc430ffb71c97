"""People: created, invited, given roles, deactivated. Their work stays."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.seats import free_leases_of
from labeling.enums import Role
from labeling.models import Invitation, Membership, Project, ServiceAccount, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

INVITATION_DAYS = 14
SERVICE_ROLES = (Role.ENGINEER, Role.ANALYST)  # a program rates nothing, and answers for nobody


@transaction.atomic
def create_user(*, email: str, name: str = "", password: str = "", by: User | None, operator: str = "") -> User:
    """A new person, without a password unless one is given."""
    email = User.objects.normalize_email(email.strip())
    validate_email(email)
    if User.objects.filter(email__iexact=email).exists():
        raise Refused(f"There is already a user {email}.")
    user = User(email=email, name=name.strip())
    if password:
        validate_password(password, user)
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    record_event(
        kind="user.created", project=None, by=by, operator=operator, target=f"user:{user.public_id}",
        after={"email": email},
    )  # fmt: skip
    return user


@transaction.atomic
def add_role(
    *, project: Project, user: User, role: str, by: User | None, group: str = "", operator: str = ""
) -> Membership:
    """Give somebody a role in a project."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    if role not in Role.values:
        raise Refused(f"“{role}” is no role. Roles are: {', '.join(Role.values)}.")
    service = ServiceAccount.objects.filter(user=user).first()
    if service and (role not in SERVICE_ROLES or service.project_id != project.pk):
        raise Refused("A service is an engineer or an analyst of one project: programs do not rate or manage.")
    member, is_new = Membership.objects.get_or_create(
        project=project, user=user, role=role, defaults={"group": group.strip()}
    )
    if is_new:
        record_event(
            kind="member.added", project=project, by=by, operator=operator, target=f"user:{user.public_id}",
            after={"role": role, "group": group},
        )  # fmt: skip
    return member


@transaction.atomic
def remove_role(*, project: Project, user: User, role: str, by: User | None, operator: str = "") -> None:
    """Take a role away; the last active manager keeps theirs."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    managers = Membership.objects.select_for_update().filter(project=project, role=Role.MANAGER, user__is_active=True)
    if role == Role.MANAGER and not managers.exclude(user=user).exists():
        raise NotAllowed("This is the project's last manager. Make somebody else a manager first.")
    removed, _ = Membership.objects.filter(project=project, user=user, role=role).delete()
    if removed:
        record_event(
            kind="member.removed", project=project, by=by, operator=operator, target=f"user:{user.public_id}",
            before={"role": role},
        )  # fmt: skip


@transaction.atomic
def deactivate(*, project: Project, user: User, by: User | None, operator: str = "") -> None:
    """Lock somebody out at once: their leases are freed, their submitted work stays.

    A manager may do this to the members of their project who are in no project of others.
    """
    if by:
        rules.check_role(by, project, Role.MANAGER)
        if by.pk == user.pk:
            raise NotAllowed("You cannot deactivate yourself.")
        elsewhere = Membership.objects.filter(user=user).exclude(project=project)
        if elsewhere.exists():
            raise NotAllowed("This person works in other projects too. Take their roles here away instead.")
    managers = Membership.objects.filter(project=project, role=Role.MANAGER, user__is_active=True)
    if not managers.exclude(user=user).exists():
        raise NotAllowed("This is the project's last manager. Make somebody else a manager first.")
    User.objects.filter(pk=user.pk).update(is_active=False)
    freed = free_leases_of(rater=user)
    record_event(
        kind="user.deactivated", project=project, by=by, operator=operator, target=f"user:{user.public_id}",
        after={"leases_freed": freed},
    )  # fmt: skip


@transaction.atomic
def reactivate(*, project: Project, user: User, by: User | None, operator: str = "") -> None:
    if by:
        rules.check_role(by, project, Role.MANAGER)
        if Membership.objects.filter(user=user).exclude(project=project).exists():
            raise NotAllowed("This person works in other projects too. The operator can let them in again.")
    User.objects.filter(pk=user.pk).update(is_active=True)
    record_event(kind="user.reactivated", project=project, by=by, operator=operator, target=f"user:{user.public_id}")


@dataclass(frozen=True)
class Issued:
    """An invitation and the secret of its link, which is shown once and not kept."""

    invitation: Invitation
    secret: str


@transaction.atomic
def invite(*, project: Project, email: str, role: str, group: str, by: User) -> Issued:
    """Let one person in with one role, by a link that works for two weeks and once."""
    rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    email = User.objects.normalize_email(email.strip())
    validate_email(email)
    if role not in Role.values:
        raise Refused(f"“{role}” is no role.")
    if Membership.objects.filter(project=project, user__email__iexact=email, role=role).exists():
        raise Refused(f"{email} has this role already.")
    secret = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        project=project,
        email=email,
        role=role,
        group=group.strip(),
        secret_hash=_hash(secret),
        invited_by=by,
        expires_at=clock.now() + timedelta(days=INVITATION_DAYS),
    )
    record_event(
        kind="invitation.sent", project=project, by=by, target=f"invitation:{made.public_id}",
        after={"email": email, "role": role},
    )  # fmt: skip
    return Issued(made, secret)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find_invitation(secret: str) -> Invitation | None:
    """The open invitation behind a link; None if it is unknown, used, revoked or too old."""
    found = Invitation.objects.filter(secret_hash=_hash(secret)).select_related("project", "invited_by").first()
    return found if found and found.is_open(clock.now()) else None


@transaction.atomic
def revoke(*, invitation: Invitation, by: User) -> None:
    rules.check_role(by, invitation.project, Role.MANAGER)
    open_ones = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True)
    if open_ones.update(revoked_at=clock.now()):
        record_event(
            kind="invitation.revoked", project=invitation.project, by=by,
            target=f"invitation:{invitation.public_id}",
        )  # fmt: skip


@transaction.atomic
def accept(*, invitation: Invitation, user: User) -> Membership:
    """Join with the invitation's role. Only the person with the invited address can."""
    held = Invitation.objects.select_for_update(of=("self",)).select_related("project").get(pk=invitation.pk)
    if not held.is_open(clock.now()):
        raise NotAllowed("This invitation has been used or is no longer valid.")
    if held.email.lower() != user.email.lower():
        raise NotAllowed("This invitation is for another address.")
    held.accepted_at, held.accepted_by = clock.now(), user
    held.save(update_fields=["accepted_at", "accepted_by"])
    record_event(kind="invitation.accepted", project=held.project, by=user, target=f"invitation:{held.public_id}")
    return add_role(project=held.project, user=user, role=held.role, group=held.group, by=None, operator=str(user))


@transaction.atomic
def rater_accounts(*, project: Project, names: list[str], by: User | None, operator: str = "") -> dict[str, User]:
    """The user of each rater named in a file: a member by e-mail, or else an inactive account that stands for them."""
    emails = {name: name if "@" in name else f"{_local(name)}@raters.{project.slug}.invalid" for name in names}
    there = {user.email.lower(): user for user in User.objects.filter(email__in=set(emails.values()))}
    members = set(
        Membership.objects.filter(Q(project=project), user__in=there.values()).values_list("user_id", flat=True)
    )
    found: dict[str, User] = {}
    for name, email in emails.items():
        user = there.get(email.lower())
        if user is None:
            user = User(email=email.lower(), name=name[:120], is_active=False)
            user.set_unusable_password()
            user.save()
            there[email.lower()] = user
            record_event(
                kind="user.created", project=project, by=by, operator=operator, target=f"user:{user.public_id}",
                after={"rater": name, "active": False},
            )  # fmt: skip
        elif user.pk not in members and user.is_active:
            raise Refused(f"The rater {name} is a user, but no member of this project. Add them first.")
        found[name] = user
    return found


def _local(name: str) -> str:
    """A rater's name as the part of an address before the @: its own if it fits, else a hash of it."""
    plain = name.lower()
    return (
        plain
        if plain.isascii() and plain.replace("-", "").replace("_", "").replace(".", "").isalnum()
        else (hashlib.sha256(name.encode()).hexdigest()[:24])
    )
