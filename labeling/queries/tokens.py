"""Tokens that hold, and those that ended lately."""

from datetime import timedelta

from django.db.models import Q, QuerySet

from labeling.models import Project, ServiceAccount, Token, User
from reviewapp.common import clock

KEPT = timedelta(days=30)  # how long an ended token is listed


def tokens_of(user: User) -> list[Token]:
    return list(_listed(Token.objects.filter(user=user)).select_related("project"))


def tokens_of_services(project: Project) -> list[Token]:
    return list(_listed(Token.objects.filter(project=project, user__service__isnull=False)).select_related("user"))


def services_of(project: Project) -> list[ServiceAccount]:
    return list(ServiceAccount.objects.filter(project=project).select_related("user").order_by("user__name"))


def _listed(tokens: QuerySet[Token]) -> QuerySet[Token]:
    """Those that hold first, then those that ended within 30 days."""
    since = clock.now() - KEPT
    return tokens.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=since), expires_at__gt=since).order_by(
        "revoked_at", "-expires_at", "pk"
    )
