"""Tokens of the API: issued once, revoked at once, found by their hash."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from labeling import rules
from labeling.actions.audit import record_event
from labeling.actions.people import SERVICE_ROLES, add_role
from labeling.enums import Role, Scope
from labeling.models import Project, ServiceAccount, Token, User
from reviewapp.common import clock
from reviewapp.common.errors import NotAllowed, Refused

START = "assay_"
HINT = len(START) + 4
EACH_USE = timedelta(minutes=1)  # how often the time of the last use is written down


@dataclass(frozen=True)
class IssuedToken:
    """A token and its secret, which is shown once and not kept."""

    token: Token
    secret: str


@transaction.atomic
def issue_token(
    *, user: User, name: str, scopes: Sequence[str], days: int, by: User | None, project: Project | None = None,
    operator: str = "",
) -> IssuedToken:  # fmt: skip
    """A new token that speaks for the user; people issue their own, managers those of their project's services."""
    if by and by.pk != user.pk:
        service = ServiceAccount.objects.filter(user=user).select_related("project").first()
        if service is None:
            raise NotAllowed("People make their own tokens.")
        rules.check_role(by, service.project, Role.MANAGER)
        project = service.project
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise Refused("A token needs a name of 1 to 80 characters.")
    if not scopes or set(scopes) - set(Scope.values):
        raise Refused(f"A token has one or more of these scopes: {', '.join(Scope.values)}.")
    if not 1 <= days <= Token.LONGEST_DAYS:
        raise Refused(f"A token lasts 1 to {Token.LONGEST_DAYS} days.")
    if not user.is_active:
        raise Refused("This person is deactivated.")
    now = clock.now()
    secret = START + secrets.token_urlsafe(32)
    token = Token.objects.create(
        user=user, project=project, name=name, digest=hash_of(secret), hint=secret[:HINT], created_by=by,
        scopes=[scope for scope in Scope.values if scope in scopes], created_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    record_event(
        kind="token.issued", project=project, by=by, operator=operator, target=f"token:{token.public_id}",
        after={"name": name, "user": str(user.public_id), "scopes": token.scopes, "days": days},
    )  # fmt: skip
    return IssuedToken(token, secret)


@transaction.atomic
def revoke_token(*, token: Token, by: User | None, operator: str = "") -> None:
    """End a token now; whose it is may, and a manager of the project that it is bound to."""
    if by and by.pk != token.user_id:
        if token.project is None:
            raise NotAllowed("This token is somebody else's.")
        rules.check_role(by, token.project, Role.MANAGER)
    if Token.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now()):
        record_event(
            kind="token.revoked", project=token.project, by=by, operator=operator, target=f"token:{token.public_id}",
            before={"name": token.name},
        )  # fmt: skip


@transaction.atomic
def make_service(*, project: Project, name: str, role: str, by: User | None, operator: str = "") -> ServiceAccount:
    """An account of a program: a member of this project that only tokens reach."""
    if by:
        rules.check_role(by, project, Role.MANAGER)
    rules.check_not_archived(project)
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise Refused("A service needs a name of 1 to 80 characters.")
    if role not in SERVICE_ROLES:
        raise Refused("A service is an engineer or an analyst: programs do not rate, and managers are people.")
    if ServiceAccount.objects.filter(project=project, user__name=name).exists():
        raise Refused(f"There is already a service called “{name}”.")
    user = User(email=f"{secrets.token_hex(8)}@service.invalid", name=name)
    user.set_unusable_password()
    user.save()
    add_role(project=project, user=user, role=role, by=by, operator=operator)
    return ServiceAccount.objects.create(user=user, project=project, created_by=by)


def find_token(secret: str) -> Token | None:
    """The token of a secret if it holds now, with its user and project; the time of its use is kept to the minute."""
    now = clock.now()
    live = Token.objects.filter(revoked_at__isnull=True, expires_at__gt=now, user__is_active=True)
    found = live.select_related("user", "project").filter(digest=hash_of(secret)).first()
    if found is not None:
        long_ago = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - EACH_USE)
        if found.last_used_at is None or found.last_used_at < now - EACH_USE:
            Token.objects.filter(long_ago, pk=found.pk).update(last_used_at=now)
    return found


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
