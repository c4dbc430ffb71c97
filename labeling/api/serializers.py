"""How the things of labelling look in the API. Keys are codes and public ids, never row numbers."""

from typing import Any

from rest_framework import serializers

from labeling.enums import Role, Scope
from labeling.models import Project, Token


class ProjectOut(serializers.ModelSerializer[Project]):
    """A project."""

    class Meta:
        model = Project
        fields = ("slug", "name", "description", "raters_per_item", "slices", "created_at", "archived_at", "paused_at")


class MemberProject(serializers.Serializer[Any]):
    """A project and one's roles in it."""

    slug = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))


class TokenOut(serializers.ModelSerializer[Token]):
    """A token, without its secret."""

    id = serializers.UUIDField(source="public_id")
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))

    class Meta:
        model = Token
        fields = ("id", "name", "hint", "scopes", "expires_at")


class MeOut(serializers.Serializer[Any]):
    """Whom the token speaks for, and what it may."""

    id = serializers.UUIDField()
    email = serializers.CharField()
    name = serializers.CharField()
    token = TokenOut()
    projects = MemberProject(many=True)
